"""Two thousand schedules hold in each run of the suite, and each fault of a build is caught (docs/simulation.md).

Each class is a scope of its own, so that the processes of a parallel run share them out.
"""

import os
import re
import subprocess
import sys

import pytest

from tests.simulation.faults import FAULTS, ON_POSTGRESQL_ONLY
from tests.support.sources import ROOT

pytestmark = [pytest.mark.integration, pytest.mark.slow]
# how many; more of them go on by `make simulate`
SCHEDULES = int(os.environ.get("SIMULATED_SCHEDULES", "2000"))
POSTGRESQL_SHARE = 0.15
PARTS_ON_SQLITE = 10
PARTS_ON_POSTGRESQL = 3
CAMPAIGN_S_MAX = 900
TOLD_MAX = 20_000
CAUGHT_WITHIN = 1_000
# what the oracle says of each fault: more than one thing, for it stops at the first that is not so
CAUGHT_BY = {
    "receipt-before-commit": r"acknowledged \S+ is in the log 0 times|not in the log: \[|was told \(.*\), now \(",
    "no-idempotency": r"in the log (more than once|\d+ times)|was told \(.*\), now \(|'code': 'forked'",
    "clamp-at-every-delivery": r"was told \(.*\), (now|the log says) \(",
    "conflict-by-base-sequence": r"record \S+:\n  the log says",
    "plain-sequence-cursor": r"lacks \[|gave \[.*, not \[|holds [\s\S]*the server has",
    "purge-unsent": r"has lost what was saved|is held \(not-granted\): None",
}


def parts(first: int, count: int, pieces: int) -> list[str]:
    """`count` seeds in ranges, as the command takes them."""
    bounds = [first + count * piece // pieces for piece in range(pieces + 1)]
    return [f"{one}..{other - 1}" for one, other in zip(bounds, bounds[1:], strict=False) if one < other]


ON_POSTGRESQL = round(SCHEDULES * POSTGRESQL_SHARE)
RANGES = parts(1, SCHEDULES - ON_POSTGRESQL, PARTS_ON_SQLITE)
HALF = len(RANGES) // 2


def campaign(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.simulation", "--workers", "1", *arguments],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=CAMPAIGN_S_MAX,
    )  # fmt: skip


def hold(seeds: str, store: str) -> None:
    """Fails with what was not so, the schedule's steps, and the command that runs that seed again."""
    done = campaign("--store", store, "--seeds", seeds)
    assert done.returncode == 0, (done.stdout + done.stderr)[-TOLD_MAX:]


class TestOneHalfOnSqlite:
    @pytest.mark.parametrize("seeds", RANGES[:HALF])
    def test_schedules_hold(self, seeds: str) -> None:
        hold(seeds, "sqlite")


class TestTheOtherHalfOnSqlite:
    @pytest.mark.parametrize("seeds", RANGES[HALF:])
    def test_schedules_hold(self, seeds: str) -> None:
        hold(seeds, "sqlite")


@pytest.mark.postgresql
class TestOnPostgresql:
    @pytest.mark.parametrize("seeds", parts(1, ON_POSTGRESQL, PARTS_ON_POSTGRESQL))
    def test_schedules_hold(self, seeds: str) -> None:
        hold(seeds, "postgresql")


class TestPositiveControls:
    @pytest.mark.parametrize(
        "fault", [pytest.param(f, marks=pytest.mark.postgresql) if f in ON_POSTGRESQL_ONLY else f for f in FAULTS]
    )
    def test_a_fault_is_caught(self, fault: str) -> None:
        """By the oracle, in words that fit the fault: a crash would prove nothing."""
        store = "postgresql" if fault in ON_POSTGRESQL_ONLY else "sqlite"
        done = campaign("--store", store, "--fault", fault, "--seeds", f"1..{CAUGHT_WITHIN}")
        told = re.search(r"^seed \d+ at commit \S+: Violation: (.*?)\n\n", done.stdout, re.MULTILINE | re.DOTALL)
        assert done.returncode == 1 and told, (done.stdout + done.stderr)[-TOLD_MAX:]
        assert re.search(CAUGHT_BY[fault], told[1]), told[1]
