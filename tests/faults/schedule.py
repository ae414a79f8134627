"""One schedule from its seed to its verdict, on a phone that may have gone through others before."""

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Playwright

from tests.e2e.browser import phone
from tests.faults.hand import Hand, living
from tests.faults.journal import Outcome
from tests.faults.ledger import Ledger
from tests.faults.office import Office, Wire
from tests.faults.script import Life, write_script

OFFICER = "canbo.caikhe"


@dataclass(slots=True)
class Place:
    """A server, the browser, and the profile of a signed-in phone."""

    playwright: Playwright
    chromium: str
    url: str
    profile: Path
    office: Office

    def sign_in(self) -> None:
        with phone(self.playwright, self.chromium, self.url, self.profile) as held:
            held.sign_in(OFFICER)


def run_schedule(place: Place, seed: int) -> Outcome:
    """Live every life of the script, then compare what was said with what the server has."""
    began = time.monotonic()
    script, ledger, kills = write_script(seed), Ledger(), 0
    before = _patrols(place.office.read())
    for life in script.lives:
        kills += _live(place, life, ledger)
    records = place.office.read()
    faults = ledger.judge(records, len(_patrols(records) - before))
    return Outcome(seed, kills, ledger.said_count, ledger.refusals, round(time.monotonic() - began, 2), faults)


def _live(place: Place, life: Life, ledger: Ledger) -> bool:
    """One life; whether it ended in a death."""
    with living(place.playwright, place.chromium, place.url, place.profile, life, ledger) as hand:
        _act(hand, life)
    return life.death is not None


def _act(hand: Hand, life: Life) -> None:
    death = life.death
    if life.is_full:
        hand.set_space(is_full=True)
    if death and death.moment == "while opening":
        hand.arm(death)
    hand.open()
    if life.is_full:
        hand.record_without_space(life.saves[0])
        hand.set_space(is_full=False)
    *first, last = life.saves
    for save in first:
        hand.record(save, None)
    is_within_save = death is not None and death.moment in ("while saving", "at the word")
    hand.record(last, death if is_within_save else None)
    if death is None:
        hand.go_online()
        hand.wait_until_sent()
        # nothing is left to lose: quicker than a goodbye
        hand.kill()
        return
    if not is_within_save:
        hand.arm(death)
    if death.moment == "while syncing":
        hand.go_online()
        with contextlib.suppress(AssertionError):
            hand.wait_until_sent()
    hand.await_death()


def _patrols(records: dict[str, Wire]) -> set[str]:
    return {record for record, wire in records.items() if wire["kind"] == "patrol"}
