"""What a screen can stand in, beside what it shows on a quiet day: the same rules for everybody, on every size."""

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import LOAD_MS_MAX, PHONE, SMALL_PHONE, Phone
from tests.e2e.conftest import OpenPhone
from tests.e2e.test_accessibility import faults, use_language

LARGE_PHONE = (412, 915)
PIN, WRONG = "246810", "135799"
ZALO = "Object.defineProperty(navigator, 'userAgent', {get: () => 'Mozilla/5.0 (Linux; Android 13) Zalo android/1'})"
# a letter twice as large, as a phone's own setting for text makes it
LARGE_TEXT = "document.documentElement.style.fontSize = '200%'"
OPEN_ALL = "document.querySelectorAll('details').forEach(each => { each.open = true })"
SUBMIT = "button[type=submit]"


class Look:
    """Collects what is wrong with the present screen, at its own size and with letters twice as large."""

    def __init__(self, held: Phone) -> None:
        self.held = held
        self.found: list[str] = []

    def at(self, name: str) -> None:
        self.held.page.wait_for_load_state("networkidle")
        self.held.page.evaluate(OPEN_ALL)
        self.found += faults(self.held, name)
        self.held.page.evaluate(LARGE_TEXT)
        self.found += faults(self.held, f"{name} at 200%")
        self.held.page.evaluate("document.documentElement.style.fontSize = ''")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "size"),
    [("vi", SMALL_PHONE), ("en", SMALL_PHONE), ("en", PHONE), ("vi", LARGE_PHONE)],
    ids=["vi-320px", "en-320px", "en-360px", "vi-412px"],
)
def test_every_state_can_be_used_by_everybody(open_phone: OpenPhone, language: str, size: tuple[int, int]) -> None:
    held = open_phone("officer", size=size, language=language, bypass_csp=True)
    look = Look(held)
    held.sign_in("canbo.caikhe")
    use_language(held, language)
    see_home(look)
    # the patrol and its kin stay on this phone
    held.context.set_offline(True)
    see_patrol(look)
    see_record(look)
    see_lock(look)
    assert "\n".join(look.found) == ""


def see_home(look: Look) -> None:
    look.held.open("/")
    expect(look.held.page.locator("a[href='/lock']").first).to_be_visible()
    look.at("home, without a lock")
    other = look.held.context.new_page()
    other.add_init_script(ZALO)
    other.goto(look.held.url + "/")
    expect(other.locator(".notice").filter(has_text=look.held.url)).to_be_visible()
    within = Look(Phone(look.held.context, other, look.held.url, look.held.profile))
    within.at("home, in another app")
    look.found += within.found
    other.close()


def see_patrol(look: Look) -> None:
    page = look.held.page
    look.held.open("/")
    page.locator("button.primary").click()
    expect(page.get_by_role("timer")).to_be_visible()
    look.at("home, on patrol")
    page.locator(".clock button").last.click()
    expect(page.locator("dialog.pocket")).to_be_visible()
    look.at("pocket")
    look.held.open("/record/incident")
    expect(page.locator("textarea[name=note]")).to_be_attached()
    page.evaluate(OPEN_ALL)
    page.locator("textarea[name=note]").fill("0912 345 678")
    page.wait_for_timeout(500)
    look.at("incident, with a number in its note")
    look.held.open("/")
    look.at("home, with a draft")
    look.held.open("/record/incident")
    page.locator(SUBMIT).click()
    look.at("incident, with faults")
    look.held.open("/patrol/end")
    look.at("end of the patrol")


def see_record(look: Look) -> None:
    page = look.held.page
    look.held.open("/record/meeting")
    page.locator("[name=agenda]").fill("an ninh trật tự")
    page.locator(SUBMIT).click()
    expect(page.locator("h1")).to_be_visible()
    look.held.open("/list")
    page.locator("ul.rows > li a").first.click()
    expect(page.locator("ul.rows, dl").first).to_be_visible()
    look.at("record")
    for number in range(page.locator("main button").count()):
        page.locator("main button").nth(number).click()
        look.at(f"record, after its button {number}")
        page.reload()
        expect(page.locator("ul.rows, dl").first).to_be_visible()


def see_lock(look: Look) -> None:
    page = look.held.page
    for way in ("passphrase", "pin"):
        look.held.open("/lock")
        page.locator(f"input[value={way}]").check()
        look.at(f"lock, by {way}")
    page.locator("#secret").fill(PIN)
    page.locator("#again").fill(WRONG)
    page.locator(SUBMIT).click()
    expect(page.get_by_role("alert")).to_be_visible()
    look.at("lock, not the same twice")
    page.locator("#secret").fill(PIN)
    page.locator("#again").fill(PIN)
    page.locator(SUBMIT).click()
    expect(page.get_by_role("timer").or_(page.locator("button.primary")).first).to_be_visible(timeout=LOAD_MS_MAX)
    look.held.page.wait_for_url("**/", timeout=LOAD_MS_MAX)
    page.locator("nav a[href='/more']").click()
    page.locator("a[href='/lock']").first.click()
    expect(page.locator(".form-actions").first).to_be_visible()
    look.at("lock, set")
    look.held.open("/list")
    expect(page.locator("#secret")).to_be_visible()
    look.at("locked")
    page.locator("#secret").fill(WRONG)
    page.locator(SUBMIT).click()
    expect(page.get_by_role("alert")).to_be_visible(timeout=LOAD_MS_MAX)
    look.at("locked, wrong PIN")
    page.locator("main section:last-of-type > button").click()
    expect(page.get_by_role("alert").last).to_be_visible()
    look.at("locked, forgotten asked")
