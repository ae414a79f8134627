"""Deciding a batch: idempotence, forks, faults that hold one operation and no other (P12, P14, P15, P27, P28)."""

from typing import Any

import pytest

from sync.exchange import Facts, Home, Stored, judge_again, plan_push
from sync.operation import Reading, read_operation

DEVICE = "d" * 16
UNIT = "0190f0a0-0000-7000-8000-00000000000a"
OTHER = "0190f0a0-0000-7000-8000-00000000000b"
RECORD = "0190f0a0-0000-7000-8000-000000000001"
NOW = 1_764_000_000_000


def operation(n: int = 1, **changes: Any) -> dict[str, Any]:
    whole = {
        "n": n, "tag": "aaaaaaaa", "record": RECORD, "kind": "patrol", "partition": UNIT, "set": {"officers": 3},
        "prev": {}, "stamp": [NOW, 0], "observed": {"wall_ms": NOW}, "schema": 1,
    }  # fmt: skip
    return {name: value for name, value in (whole | changes).items() if value != "absent"}


def reading(n: int = 1, **changes: Any) -> Reading:
    return read_operation(operation(n, **changes), DEVICE)


def facts(**changes: Any) -> Facts:
    return Facts(**({"now_ms": NOW, "device_is_lost": False, "may_write": lambda kind, unit: unit == UNIT} | changes))


def codes(*readings: Reading, **changes: Any) -> list[str | None]:
    return [receipt.get("code") for receipt in plan_push(readings, facts(**changes)).receipts]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"prev": "absent", "observed": "absent"}, None),
        ({"colour": 1}, "operation-invalid"),
        ({"tag": "short"}, "operation-invalid"),
        ({"tag": "absent"}, "operation-invalid"),
        ({"record": "7"}, "operation-invalid"),
        ({"stamp": [-1, 0]}, "operation-invalid"),
        ({"stamp": [NOW, 2**31]}, "operation-invalid"),
        ({"stamp": [2**53 - 1, 0]}, None),
        ({"stamp": [True, 0]}, "operation-invalid"),
        ({"prev": {"officers": ["nobody"]}}, "operation-invalid"),
        ({"set": {"Officers": 3}}, "operation-invalid"),
        ({"set": {"note": "x" * 33_000}}, "operation-invalid"),
        ({"schema": 2}, "schema-newer"),
        ({"kind": "parade"}, "unknown-kind"),
        ({"kind": "constructor"}, "unknown-kind"),
        ({"set": {"colour": 1}}, "unknown-field"),
        ({"set": {"constructor": 1}}, "unknown-field"),
        ({"set": {"officers": -1}}, "value-invalid"),
        ({"set": {"note": "a\0b"}}, "value-invalid"),
        ({"set": {"note": "\ud800"}}, "value-invalid"),
        ({"prev": {"officers": [f"{DEVICE}.1.aaaaaaaa"]}}, "impossible-prev"),
        ({"saw": [f"{DEVICE}.2.bbbbbbbb"]}, "impossible-prev"),
        ({"partition": OTHER}, "not-granted"),
    ],
)
def test_a_fault_holds_its_operation_and_no_other(changes: dict[str, Any], code: str | None) -> None:
    sound = reading(9, record="0190f0a0-0000-7000-8000-000000000002")
    assert codes(reading(1, **changes), sound) == [code, None]


def test_a_record_keeps_the_partition_and_kind_of_its_first_operation() -> None:
    assert codes(reading(1), reading(2, partition=OTHER)) == [None, "partition-mismatch"]
    assert codes(reading(1), reading(2, kind="meeting", set={})) == [None, "kind-mismatch"]


def test_operations_made_before_a_move_follow_the_record() -> None:
    moved = {RECORD: Home(UNIT, "patrol", frozenset({OTHER}))}
    assert codes(reading(1, partition=OTHER), homes=moved) == [None]


def test_a_lost_device_has_everything_held() -> None:
    assert codes(reading(1), reading(2), device_is_lost=True) == ["device-lost", "device-lost"]


def stored(of: Reading, **changes: Any) -> Stored:
    whole = {
        "n": of.n, "fork": 0, "text": of.text, "hash": of.hash, "status": "accepted", "code": None,
        "effective_ms": NOW, "suspect": False,
    }  # fmt: skip
    return Stored(**(whole | changes))


def test_the_same_operation_again_gets_the_receipt_that_it_has_now() -> None:
    again = reading(1, stamp=[NOW + 10**9, 0])
    known = {1: [stored(again, effective_ms=5, suspect=True)]}
    plan = plan_push([again], facts(stored=known))
    assert plan.rows == []
    assert plan.receipts == [
        {"n": 1, "status": "accepted", "hash": again.hash, "effective_ms": 5, "suspect": True}
    ]  # A9: the clamp of the first receipt stands


def test_another_content_under_the_same_number_is_kept_aside() -> None:
    first, other = reading(1), reading(1, set={"officers": 4})
    plan = plan_push([other], facts(stored={1: [stored(first)]}))
    assert [(row.fork, row.code) for row in plan.rows] == [(1, "forked")]
    assert [entry.accepted for entry in plan.touched[RECORD]] == [False]
    kept = [stored(first), stored(other, fork=1, status="held", code="forked")]
    again = plan_push([other], facts(stored={1: kept}))
    assert again.rows == []
    assert again.receipts[0]["code"] == "forked"


def test_what_cannot_be_made_canonical_has_no_hash_and_keeps_its_text() -> None:
    faulty = reading(1, set={"note": "\ud800"})
    assert faulty.hash is None
    assert "\\ud800" in faulty.text
    assert codes(faulty, stored={1: [stored(faulty, status="held", code="value-invalid")]}) == ["value-invalid"]


def test_time_never_refuses() -> None:
    receipt = plan_push([reading(1, stamp=[NOW + 300_001, 0])], facts()).receipts[0]
    assert (receipt["status"], receipt["effective_ms"], receipt["suspect"]) == ("accepted", NOW + 300_000, True)


def test_a_held_operation_is_released_when_its_cause_is_gone() -> None:
    kept = reading(1, partition=OTHER)
    assert judge_again(kept, facts()) == "not-granted"
    assert judge_again(kept, facts(may_write=lambda kind, unit: True)) is None


def test_releasing_judges_everything_again_and_not_only_the_cause() -> None:
    large = reading(
        1, partition=OTHER, set={"note": "x" * 500}, saw=[f"{'e' * 16}.{n}.aaaaaaaa" for n in range(10**3, 2200)]
    )
    assert judge_again(large, facts(may_write=lambda kind, unit: True)) == "operation-invalid"


def test_what_a_newer_client_added_is_held_and_stays_a_link() -> None:
    """P8, P15: its stamp is read, so it can be released with the effective_ms of its first receipt."""
    plan = plan_push([reading(1, surprise=1)], facts())
    assert (plan.receipts[0]["code"], plan.receipts[0]["effective_ms"]) == ("operation-invalid", NOW)
    assert [entry.accepted for entry in plan.touched[RECORD]] == [False]


def test_nesting_past_any_stack_holds_one_operation() -> None:
    deep: Any = []
    for _ in range(600):
        deep = [deep]
    assert codes(reading(1, set={"route": deep}), reading(2)) == ["value-invalid", None]


def test_a_decision_may_name_any_number_of_heads() -> None:
    ids = [f"{'e' * 16}.{n}.aaaaaaaa" for n in range(1, 241)]
    assert codes(reading(1, prev={"officers": ids})) == [None]
