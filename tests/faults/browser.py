"""`python -m tests.faults.browser --seeds 1..200`: kill real browsers at random, and count what was lost."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError, Playwright, expect, sync_playwright

from tests.e2e.browser import STEP_MS_MAX
from tests.faults.builds import CONTROLS, copy_app
from tests.faults.journal import Outcome, note, read_journal, tell
from tests.faults.office import Office
from tests.faults.schedule import Place, run_schedule
from tests.support.chromium import MISSING, find_chromium
from tests.support.server import Server, run_flask, running_server, server_environment

# one phone goes through so many schedules before a new one is taken out of its box
PHONE_SEEDS = 10
ERROR_SHOWN = 600


@contextmanager
def running_copy(folder: Path, control: str | None = None) -> Iterator[Server]:
    """A server of a copy of this tree, with areas and accounts and no records."""
    root = copy_app(folder / "tree", control)
    environment = server_environment(folder / "instance")
    run_flask(environment, "migrate", root=root)
    run_flask(environment, "demo", "--empty", root=root)
    with running_server(environment, root=root) as server:
        yield server


class Campaign:
    """Schedules one after the other, several on one phone."""

    def __init__(self, playwright: Playwright, chromium: str, server: Server, folder: Path) -> None:
        self._playwright, self._chromium, self._server, self._folder = playwright, chromium, server, folder
        self._office = Office(server.url)
        self._place: Place | None = None
        self._left = 0

    def run(self, seed: int) -> Outcome:
        if self._left == 0 or self._place is None:
            self._place = self._unbox(seed)
        self._left -= 1
        outcome = _judged(self._place, seed)
        if not outcome.is_good:
            self._left = 0
        return outcome

    def _unbox(self, seed: int) -> Place:
        self._left = PHONE_SEEDS
        profile = self._folder / f"phone-{seed}"
        place = Place(self._playwright, self._chromium, self._server.url, profile, self._office)
        place.sign_in()
        return place


def _judged(place: Place, seed: int) -> Outcome:
    """A schedule that comes to a stop is told apart from one that lost something."""
    try:
        return run_schedule(place, seed)
    except (PlaywrightError, AssertionError, OSError) as error:
        return Outcome(seed, 0, 0, 0, 0.0, broken=f"{type(error).__name__}: {error}"[:ERROR_SHOWN])


def main() -> int:
    given = _arguments()
    chromium = find_chromium()
    if chromium is None:
        sys.exit(MISSING)
    expect.set_options(timeout=STEP_MS_MAX)
    outcomes = read_journal(given.journal)
    seeds = [seed for seed in range(given.seeds[0], given.seeds[1] + 1) if seed not in outcomes]
    for seed, outcome in _run(chromium, seeds, given.control) if seeds else ():
        note(given.journal, outcome)
        outcomes[seed] = outcome
        for fault in filter(None, [*outcome.faults, outcome.broken]):
            print(f"seed {seed}: {fault}", flush=True)
    chosen = {seed: o for seed, o in outcomes.items() if given.seeds[0] <= seed <= given.seeds[1]}
    print(tell(chosen))
    return 0 if all(outcome.is_good for outcome in chosen.values()) else 1


def _run(chromium: str, seeds: list[int], control: str | None) -> Iterator[tuple[int, Outcome]]:
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="diaban-faults-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        server = stack.enter_context(running_copy(folder, control))
        playwright = stack.enter_context(sync_playwright())
        campaign = Campaign(playwright, chromium, server, folder)
        for seed in seeds:
            yield seed, campaign.run(seed)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.browser", description=__doc__)
    parser.add_argument("--seeds", type=_seeds, default=(1, 200), metavar="A..B")
    parser.add_argument("--journal", type=Path, help="go on where this file ends")
    parser.add_argument("--control", choices=sorted(CONTROLS), help="a fault in the app that must be caught")
    return parser.parse_args()


def _seeds(text: str) -> tuple[int, int]:
    """`5..9`, or `7` alone."""
    first, dots, last = text.partition("..")
    bounds = (int(first), int(last) if dots else int(first))
    if not 0 < bounds[0] <= bounds[1]:
        raise argparse.ArgumentTypeError(f"not a range of seeds: {text}")
    return bounds


if __name__ == "__main__":
    sys.exit(main())
