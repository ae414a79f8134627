"""A record on the wire (P18): its shape, its flags at their very edges, and where, when and for what it counts."""

import json
from typing import Any

import pytest

from sync.merge import Logged, State, merge
from sync.operation import Operation
from sync.record import (
    Authorship,
    Merged,
    Own,
    Placement,
    compared,
    flags_of,
    merged_of,
    own_of,
    placement_of,
    wire_text,
)

A, B, C = "a" * 16, "b" * 16, "c" * 16
NOTHING = Merged({}, {}, {}, edited_while_void=False, suspect=False, settled=True)
NOW = 1_764_000_000_000
AHEAD = NOW + 300_000
AUTHOR = Authorship("u1", 'Lê "Ba"', A, 5)


def entry(device: str, values: dict[str, Any], ms: int = 1, *, suspect: bool = False, **changes: Any) -> Logged:
    operation = Operation(device, 1, "aaaaaaaa", "r", "patrol", "p", values, {}, (), (ms, 0), 1)
    return Logged(operation._replace(**changes), ms + 100, suspect=suspect, accepted=True)


def conflict() -> State:
    """`route` is contested by B and C, of whom C is later; `officers` is not."""
    return merge(
        [entry(A, {"officers": 3}), entry(B, {"route": "x"}, 2, suspect=True), entry(C, {"route": "y"}, 3)]
    )  # fmt: skip


def test_heads_siblings_and_stamps_of_a_conflict() -> None:
    merged = merged_of(conflict(), settled=False)
    assert merged.fields == {"officers": [3, f"{A}.1.aaaaaaaa"], "route": ["y", f"{C}.1.aaaaaaaa"]}
    assert merged.siblings == {"route": [["x", f"{B}.1.aaaaaaaa"]]}
    assert merged.stamps == {
        f"{A}.1.aaaaaaaa": [1, 0, 101],
        f"{B}.1.aaaaaaaa": [2, 0, 102],
        f"{C}.1.aaaaaaaa": [3, 0, 103],
    }
    assert (merged.suspect, merged.edited_while_void, merged.settled) == (True, False, False)
    assert merged.values() == {"officers": 3, "route": "y"}


def test_equal_values_are_one_head_with_the_ids_of_all() -> None:
    merged = merged_of(merge([entry(A, {"route": "x"}), entry(B, {"route": "x"}, 2)]), settled=True)
    assert merged.fields == {"route": ["x", f"{B}.1.aaaaaaaa", f"{A}.1.aaaaaaaa"]}
    assert (merged.siblings, merged.suspect, merged.settled) == ({}, False, True)


def test_a_clock_that_nothing_shown_depends_on_is_not_suspect() -> None:
    wrong = entry(A, {"route": "x"}, suspect=True)
    right = entry(B, {"route": "y"}, 2, prev={"route": (wrong.operation.id,)})
    assert not merged_of(merge([wrong, right]), settled=True).suspect


def test_an_edit_beside_a_voiding_is_told_in_the_state_and_the_record() -> None:
    state = merge([entry(A, {"route": "x"}), entry(B, {"void": "twice"}, 2)])
    assert merged_of(state, settled=False).edited_while_void
    assert (state.shown("void"), state.shown("route"), state.shown("note")) == ("twice", "x", None)
    assert state.values() == {"route": "x", "void": "twice"}


def test_what_two_replicas_compare() -> None:
    assert compared("r", "patrol", conflict()) == {
        "record": "r",
        "kind": "patrol",
        "fields": {"officers": [3, f"{A}.1.aaaaaaaa"], "route": ["y", f"{C}.1.aaaaaaaa"]},
        "siblings": {"route": [["x", f"{B}.1.aaaaaaaa"]]},
        "suspects": [f"{B}.1.aaaaaaaa"],
    }
    assert compared("r", "patrol", merge([entry(A, {"route": "x"})]))["siblings"] == {}


def test_the_text_on_the_wire_is_canonical_json_of_the_whole_record() -> None:
    merged = merged_of(conflict(), settled=False)
    changed = Authorship("u2", "Năm", B, 6)
    text = wire_text("r1", "patrol", "p1", 7, merged, AUTHOR.text(), changed.text(), ["conflict", "orphan"])
    whole = {
        "changed": {"by": {"id": "u2", "name": "Năm"}, "device": B, "received_ms": 6},
        "created": {"by": {"id": "u1", "name": 'Lê "Ba"'}, "device": A, "received_ms": 5},
        "fields": merged.fields,
        "flags": ["conflict", "orphan"],
        "id": "r1",
        "kind": "patrol",
        "partition": "p1",
        "seq": 7,
        "siblings": merged.siblings,
        "stamps": merged.stamps,
    }
    assert text == json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def test_a_record_without_siblings_says_so() -> None:
    text = wire_text("r1", "patrol", "p1", 7, NOTHING, AUTHOR.text(), AUTHOR.text(), [])
    assert (json.loads(text)["siblings"], json.loads(text)["flags"]) == ({}, [])


def flags(merged: Merged = NOTHING, *, is_orphan: bool = False, **values: Any) -> list[str]:
    return flags_of(merged, values, NOW, is_orphan=is_orphan)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, []),
        ({"started_at": 2, "ended_at": 1}, ["end_before_start"]),
        ({"started_at": 2, "ended_at": 2}, []),
        ({"started_at": 1, "ended_at": 2}, []),
        ({"started_at": 2}, []),
        ({"started_at": None, "ended_at": 1}, []),
        ({"ended_at": 1}, []),
        ({"households_present": 4, "households_invited": 3}, ["over_invited"]),
        ({"households_present": 3, "households_invited": 3}, []),
        ({"households_present": 4}, []),
        ({"households_invited": 3}, []),
        ({"started_at": AHEAD + 1}, ["time_in_future"]),
        ({"started_at": AHEAD}, []),
        ({"ended_at": AHEAD + 1}, ["time_in_future"]),
        ({"ended_at": AHEAD}, []),
        ({"started_at": AHEAD + 2, "ended_at": AHEAD + 1}, ["end_before_start", "time_in_future"]),
    ],
)
def test_flags_of_what_was_entered(values: dict[str, Any], expected: list[str]) -> None:
    assert flags(**values) == expected


def test_flags_of_how_it_came_to_be() -> None:
    assert flags(NOTHING._replace(siblings={"route": [["x", "id"]]})) == ["conflict"]
    assert flags(NOTHING._replace(edited_while_void=True)) == ["edited_while_void"]
    assert flags(NOTHING._replace(suspect=True)) == ["suspect_clock"]
    assert flags(is_orphan=True) == ["orphan"]


def test_flags_come_sorted() -> None:
    every = NOTHING._replace(siblings={"route": [["x", "id"]]}, edited_while_void=True, suspect=True)
    found = flags(
        every, is_orphan=True, started_at=AHEAD + 2, ended_at=AHEAD + 1, households_present=1, households_invited=0
    )
    assert found == sorted(found)
    assert len(found) == 7


OWN = Own("hamlet", 10, "campaign", False, 99)
SILENT = Own(None, None, None, False, 77)


def test_what_a_record_says_of_itself() -> None:
    values = {"place": "hamlet", "started_at": 10, "campaign": "campaign", "void": None}
    assert own_of(values, 99, place_is_known=True) == OWN
    assert own_of({}, 77, place_is_known=True) == SILENT
    assert own_of(values | {"void": "twice"}, 99, place_is_known=True).void


def test_a_place_beyond_the_partition_counts_as_none() -> None:
    assert own_of({"place": "hamlet"}, 99, place_is_known=False).place is None


def test_a_record_counts_where_when_and_for_what_it_says() -> None:
    assert placement_of(OWN, "unit", None) == Placement("hamlet", 10, "campaign", void=False, hidden=False)
    other = Own("street", 20, "week of safety", False, 55)
    assert placement_of(OWN, "unit", other) == placement_of(OWN, "unit", None)


def test_what_it_does_not_say_its_parent_says_for_it() -> None:
    assert placement_of(SILENT, "unit", OWN) == Placement("hamlet", 10, "campaign", void=False, hidden=False)


def test_without_any_time_it_counts_on_the_day_of_its_familys_first_receipt() -> None:
    assert placement_of(SILENT, "unit", None) == Placement("unit", 77, None, void=False, hidden=False)
    assert placement_of(SILENT, "unit", Own(None, None, None, False, 55)).at_ms == 55


def test_midnight_of_1970_is_a_time_too() -> None:
    assert placement_of(Own(None, 0, None, False, 77), "unit", OWN).at_ms == 0
    assert placement_of(SILENT, "unit", Own(None, 0, None, False, 55)).at_ms == 0


@pytest.mark.parametrize(("own", "above", "hidden"), [(0, 0, False), (1, 0, True), (0, 1, True), (1, 1, True)])
def test_a_record_is_hidden_by_its_own_voiding_and_by_its_parents(own: int, above: int, hidden: bool) -> None:
    placed = placement_of(SILENT._replace(void=bool(own)), "unit", OWN._replace(void=bool(above)))
    assert (placed.void, placed.hidden) == (bool(own), hidden)


def test_the_day_of_a_placement_is_that_of_vietnam() -> None:
    assert Placement("unit", 17 * 3_600_000 - 1, None, void=False, hidden=False).day == "1970-01-01"
    assert Placement("unit", 17 * 3_600_000, None, void=False, hidden=False).day == "1970-01-02"
