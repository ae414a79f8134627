"""A few schedules of the campaign that kills servers; many more by hand: `python -m tests.faults.killed_servers`."""

import pytest

from tests.faults.killed_servers import campaign

pytestmark = [pytest.mark.integration, pytest.mark.slow]
SEEDS = range(1, 4)
CONTROL_SEEDS = range(1, 60)
STORES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.mark.parametrize("store", STORES)
def test_nothing_acknowledged_is_lost_or_doubled_when_servers_are_killed(store: str) -> None:
    tally = campaign(store, SEEDS)
    assert tally.failures == []
    assert tally.schedules == len(SEEDS)
    assert tally.kills > 0
    assert tally.acknowledged > 0


@pytest.mark.postgresql
def test_control_a_receipt_before_its_commit_is_found() -> None:
    assert campaign("postgresql", CONTROL_SEEDS, "receipt-before-commit").failures
