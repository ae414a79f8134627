"""Every screen, in both languages, on the smallest phones: no violation that axe knows, and targets for a thumb."""

import json
from typing import Any

import pytest

from tests.e2e.browser import PHONE, SMALL_PHONE, Phone
from tests.e2e.conftest import OpenPhone
from tests.support.sources import ROOT

AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TARGET_PX_MIN = 48
OFFICER = (
    "/",
    "/record",
    "/record/outreach",
    "/record/meeting",
    "/record/incident",
    "/record/patrol",
    "/record/handout",
    "/record/inspection",
    "/record/support",
    "/record/tips",
    "/record/residence_check",
    "/record/handin",
    "/patrol/end",
    "/lock",
    "/list",
    "/sync",
    "/more",
    "/feed",
    "/figures",
    "/conflicts",
    "/help",
    "/help/record/handout",
    "/tour",
    "/training",
    "/map",
    "/users",
    "/lock",
    "/patrol/details",
)
# A checkbox is as large as the label around it; links inside sentences are exempt (WCAG 2.5.8, inline).
SMALL_TARGETS = """min => [...document.querySelectorAll('a, button, input, select, textarea, summary, [role=button]')]
  .map(each => ['checkbox', 'radio'].includes(each.type) ? each.closest('label') ?? each : each)
  .filter(each => each.checkVisibility({visibilityProperty: true, opacityProperty: true}))
  .filter(each => !each.matches('.skip') && !(each.tagName === 'A' && each.closest('p')))
  .map(each => [each, each.getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && (box.height < min - 0.5 || box.width < min - 0.5))
  .map(([each, box]) => `${each.tagName} ${each.textContent.trim().slice(0, 40) || each.name || each.id} `
    + `${Math.round(box.width)}x${Math.round(box.height)}`)"""


def violations(held: Phone) -> list[str]:
    """What axe finds on the present screen, one line for each rule and element."""
    held.page.wait_for_load_state("networkidle")
    held.page.evaluate(AXE.read_text("utf-8") + "; undefined")
    options = json.dumps({"runOnly": RULES})
    found: dict[str, Any] = held.page.evaluate(f"() => axe.run(document, {options})")
    return [
        f"{rule['id']}: {node['target']} {node['html'][:120]}" for rule in found["violations"] for node in rule["nodes"]
    ]


def small_targets(held: Phone) -> list[str]:
    found: list[str] = held.page.evaluate(SMALL_TARGETS, TARGET_PX_MIN)
    return found


def sideways(held: Phone) -> bool:
    """Whether the page has to be moved sideways to be read."""
    return bool(held.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def faults(held: Phone, path: str) -> list[str]:
    found = [*violations(held), *(f"small: {each}" for each in small_targets(held))]
    return [f"{path} {fault}" for fault in [*found, *(["scrolls sideways"] if sideways(held) else [])]]


@pytest.mark.parametrize("size", [PHONE, SMALL_PHONE], ids=["360px", "320px"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_screen_can_be_used_by_everybody(open_phone: OpenPhone, language: str, size: tuple[int, int]) -> None:
    held = open_phone("officer", size=size, language=language, bypass_csp=True)
    held.open("/sign-in")
    found = faults(held, "/sign-in")
    held.sign_in("canbo.caikhe")
    use_language(held, language)
    for path in OFFICER:
        held.open(path)
        held.page.wait_for_load_state("networkidle")
        # what stands behind a tap is to be used, too
        held.page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        found += faults(held, path)
    assert held.page.locator("html").get_attribute("lang") == language
    assert found == []


def use_language(held: Phone, language: str) -> None:
    """Vietnamese until somebody chooses another language; the choice stays on the phone."""
    held.open("/more")
    held.page.locator(f"input[name=language][value={language}]").check()
    held.page.wait_for_function("language => document.documentElement.lang === language", arg=language)
