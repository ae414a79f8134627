"""A browser killed at any moment, and a phone without space: nothing is gone that the screen said it had saved.

A handful of schedules; `make faults` runs two hundred. Each campaign is a process of its own, as a person starts it.
"""

import re
import subprocess
import sys
from typing import Any

import pytest

from tests.faults.ledger import Ledger
from tests.faults.script import MOMENTS, Save, write_script
from tests.support.sources import ROOT

CAMPAIGN_S_MAX = 600
# two of these meet a phone without space
SEEDS = "4..7"
CONTROL_SEEDS = "3..8"
MEETING, OUTREACH = Save("meeting", 7), Save("outreach", 9)


def campaign(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.faults.browser", *arguments],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=CAMPAIGN_S_MAX,
    )  # fmt: skip


def figure(said: str, name: str) -> int:
    found = re.search(rf"(\d+) {name}", said)
    assert found, said
    return int(found[1])


@pytest.mark.browser
@pytest.mark.slow
def test_nothing_is_lost_that_the_screen_said_it_had_saved() -> None:
    done = campaign("--seeds", SEEDS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert figure(done.stdout, "lost or wrong") == 0
    assert min(figure(done.stdout, name) for name in ("kills", "saves said", "without space")) > 0


@pytest.mark.browser
@pytest.mark.slow
def test_a_screen_that_says_so_too_early_is_caught() -> None:
    done = campaign("--seeds", CONTROL_SEEDS, "--control", "say-first")
    assert done.returncode == 1, done.stdout + done.stderr
    assert figure(done.stdout, "lost or wrong") > 0


def test_the_same_seed_is_the_same_script() -> None:
    assert write_script(17) == write_script(17)


def test_two_hundred_scripts_die_at_every_kind_of_moment_and_never_share_a_number() -> None:
    lives = [life for seed in range(1, 201) for life in write_script(seed).lives]
    numbers = [save.number for life in lives for save in life.saves]
    assert {life.death.moment for life in lives if life.death} == MOMENTS.keys()
    assert len(numbers) == len(set(numbers))
    assert any(life.is_full for life in lives)


def record(name: str, kind: str, **fields: Any) -> dict[str, dict[str, Any]]:
    return {name: {"id": name, "kind": kind, "fields": {field: [value, "x"] for field, value in fields.items()}}}


MEETING_7 = record("m", "meeting", households_invited=7, households_present=3)
OUTREACH_9 = record("o", "outreach", attendance=9, households=3)
HANDOUT_9 = record("h", "handout", leaflets=9, households=1, parent="o")


@pytest.mark.parametrize("is_said", [True, False])
def test_a_record_that_is_there_once_is_as_it_must_be(is_said: bool) -> None:
    ledger = Ledger(tried={7: MEETING, 9: OUTREACH}, said={7, 9} if is_said else set())
    assert ledger.judge({**MEETING_7, **OUTREACH_9, **HANDOUT_9}, 0) == []


def test_a_record_that_was_only_tried_may_be_absent() -> None:
    assert Ledger(tried={7: MEETING, 9: OUTREACH}).judge({}, 0) == []


@pytest.mark.parametrize(
    "records",
    [
        {},
        {**MEETING_7, **record("n", "meeting", households_invited=7, households_present=3)},
        record("m", "meeting", households_invited=7, households_present=4),
    ],
    ids=["lost", "doubled", "changed"],
)
def test_what_was_said_and_is_not_so_is_told(records: dict[str, dict[str, Any]]) -> None:
    assert len(Ledger(tried={7: MEETING}, said={7}).judge(records, 0)) == 1


def test_a_half_of_what_was_saved_together_is_told_even_if_it_was_only_tried() -> None:
    assert len(Ledger(tried={9: OUTREACH}).judge(OUTREACH_9, 0)) == 1


@pytest.mark.parametrize(("started", "faults"), [(0, 1), (1, 0), (2, 0), (3, 1)])
def test_patrols_are_at_least_those_said_and_at_most_those_tried(started: int, faults: int) -> None:
    assert len(Ledger(starts_said=1, starts_tried=2).judge({}, started)) == faults
