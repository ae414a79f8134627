"""The plan of a batch: whole receipts, rows and log entries; whose policy is asked; what follows a merged commune."""

from typing import Any

import pytest

from sync.exchange import ACCEPTED, CLOSED, HELD, Facts, Home, Plan, judge_again, plan_push, receipt
from sync.merge import Logged
from tests.sync.test_exchange import NOW, OTHER, RECORD, UNIT, facts, reading, stored

RECEIPT = {"status": "accepted", "effective_ms": NOW, "suspect": False}


def plan(*readings: Any, **changes: Any) -> Plan:
    return plan_push(readings, facts(**changes))


def test_a_receipt_says_number_status_hash_and_time() -> None:
    first, second = reading(1), reading(2)
    assert plan(first, second).receipts == [{"n": of.n, "hash": of.hash, **RECEIPT} for of in (first, second)]


def test_what_is_accepted_is_appended_and_grows_the_log_of_its_record() -> None:
    one = reading(1)
    made = plan(one)
    assert made.rows == [(one, 0, "accepted", None, NOW, False)]
    assert made.touched == {RECORD: [Logged(one.operation, NOW, suspect=False, accepted=True)]}


def test_two_operations_of_one_record_are_logged_in_their_order() -> None:
    entries = plan(reading(1), reading(2)).touched[RECORD]
    assert [entry.operation.n for entry in entries] == [1, 2]


def test_what_is_held_is_appended_too_with_its_code() -> None:
    one = reading(1, stamp=[NOW + 10**9, 0], kind="parade")
    made = plan(one)
    assert made.rows == [(one, 0, "held", "unknown-kind", NOW + 300_000, True)]
    assert made.receipts == [
        {"n": 1, "status": "held", "hash": one.hash, "effective_ms": NOW + 300_000, "suspect": True,
         "code": "unknown-kind"}
    ]  # fmt: skip
    assert made.touched == {RECORD: [Logged(one.operation, NOW + 300_000, suspect=True, accepted=False)]}


def test_what_has_no_form_is_kept_and_grows_no_log() -> None:
    formless = reading(1, stamp="never")
    made = plan(formless)
    assert made.rows == [(formless, 0, "held", "operation-invalid", None, False)]
    assert made.receipts == [
        {"n": 1, "status": "held", "hash": formless.hash, "effective_ms": None, "suspect": False,
         "code": "operation-invalid"}
    ]  # fmt: skip
    assert made.touched == {}


def test_a_time_that_can_be_read_is_fixed_even_where_the_rest_has_no_form() -> None:
    made = plan(reading(1, tag="short"))
    assert [(row.effective_ms, row.suspect) for row in made.rows] == [(NOW, False)]
    assert made.touched == {}


def test_a_repeated_operation_does_not_end_the_batch() -> None:
    known, fresh = reading(1), reading(2)
    made = plan(known, fresh, stored={1: [stored(known)]})
    assert [told["n"] for told in made.receipts] == [1, 2]
    assert [row.reading.n for row in made.rows] == [2]


def test_what_a_person_closed_stays_held_for_its_author() -> None:
    assert receipt(7, "h", "closed", "forked", NOW, False)["status"] == "held"
    assert receipt(7, "h", "held", "forked", NOW, False)["status"] == "held"
    assert "code" not in receipt(7, "h", "accepted", None, NOW, False)


def test_statuses_are_the_words_of_the_log() -> None:
    assert (ACCEPTED, HELD, CLOSED) == ("accepted", "held", "closed")


def test_an_operation_that_was_closed_is_told_with_its_code_again() -> None:
    one = reading(1)
    made = plan(one, stored={1: [stored(one, status="closed", code="not-granted")]})
    assert (made.receipts[0]["status"], made.receipts[0]["code"]) == ("held", "not-granted")


def test_forks_are_numbered_in_the_order_of_their_arrival() -> None:
    first, second, third = (reading(1, set={"officers": count}) for count in (1, 2, 3))
    known = {1: [stored(first), stored(second, fork=1, status="held", code="forked")]}
    assert [row.fork for row in plan(third, stored=known).rows] == [2]


def test_two_faulty_texts_without_a_hash_are_not_the_same_operation() -> None:
    """P14: neither has a canonical form, so their texts decide."""
    one, other = reading(1, set={"note": "\ud800"}), reading(1, set={"note": "\ud801"})
    made = plan(other, stored={1: [stored(one, status="held", code="value-invalid")]})
    assert made.receipts[0]["code"] == "forked"
    assert [row.fork for row in made.rows] == [1]


def test_a_fork_is_told_before_any_other_fault() -> None:
    made = plan(reading(1, kind="parade"), stored={1: [stored(reading(1))]}, device_is_lost=True)
    assert made.receipts[0]["code"] == "forked"


def test_a_lost_device_is_told_before_any_other_fault() -> None:
    assert plan(reading(1, kind="parade"), device_is_lost=True).receipts[0]["code"] == "device-lost"


def test_the_policy_is_asked_for_the_kind_and_partition_of_the_record() -> None:
    asked: list[tuple[str, str]] = []

    def may_write(kind: str, partition: str) -> bool:
        asked.append((kind, partition))
        return True

    plan(reading(1), reading(2), may_write=may_write)
    assert asked == [("patrol", UNIT), ("patrol", UNIT)]


def test_the_first_accepted_operation_gives_a_record_its_home() -> None:
    stands = facts()
    plan_push([reading(1)], stands)
    assert stands.homes == {RECORD: Home(UNIT, "patrol")}


@pytest.mark.parametrize("change", [{"partition": OTHER}, {"kind": "parade"}, {"tag": "short"}])
def test_a_held_operation_gives_its_record_no_home(change: dict[str, Any]) -> None:
    stands = facts()
    plan_push([reading(1, **change)], stands)
    assert stands.homes == {}


def test_a_home_does_not_outlast_the_right_to_write_there() -> None:
    """P28: access counts as of now, and for the record's partition, not for the one that is named."""
    there = {RECORD: Home(OTHER, "patrol", frozenset({UNIT}))}
    assert [told.get("code") for told in plan(reading(1), homes=there).receipts] == ["not-granted"]


def test_what_was_recorded_for_a_merged_commune_belongs_to_the_one_that_took_it_in() -> None:
    stands = facts(successors={OTHER: UNIT})
    made = plan_push([reading(1, partition=OTHER), reading(2, partition=UNIT), reading(3, partition=OTHER)], stands)
    assert [told.get("code") for told in made.receipts] == [None, None, None]
    assert stands.homes == {RECORD: Home(UNIT, "patrol")}


def test_only_a_partition_that_the_record_left_may_still_be_named() -> None:
    moved = {RECORD: Home(UNIT, "patrol", frozenset({"0190f0a0-0000-7000-8000-00000000000c"}))}
    assert plan(reading(1, partition=OTHER), homes=moved).receipts[0]["code"] == "partition-mismatch"


def test_a_lost_device_has_nothing_released() -> None:
    assert judge_again(reading(1), facts(device_is_lost=True)) == "device-lost"


def test_what_has_no_form_is_never_released() -> None:
    both = reading(1, tag="short", set={"note": "\ud800"})
    assert (both.code, both.operation) == ("value-invalid", None)
    assert judge_again(both, facts()) == "operation-invalid"
    assert judge_again(reading(1, tag="short"), facts()) == "operation-invalid"


def test_facts_begin_with_nothing_known() -> None:
    stands = Facts(NOW, False, lambda kind, partition: True)
    assert [told["status"] for told in plan_push([reading(1)], stands).receipts] == ["accepted"]
    assert plan_push([], stands) == Plan([], [], {})
