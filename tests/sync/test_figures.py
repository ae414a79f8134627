"""Figures of one cell and their addition: nulls, levels, order, and every measure of measures.json."""

import random
from typing import Any

import pytest
from hypothesis import given, strategies as st

from sync.figures import (
    COUNTED_KINDS,
    LEVEL_KINDS,
    LEVELS,
    LIVE,
    MEASURE_NAMES,
    MEASURES,
    Figures,
    add,
    complete_figures,
    count_cell,
    is_activity,
    last_levels,
    sum_levels,
)
from sync.kinds import KINDS

MINUTE = 60_000


def wire(kind: str, values: dict[str, Any], record: str = "a", flags: tuple[str, ...] = ()) -> dict[str, Any]:
    fields = {name: [value, "device.1.tag"] for name, value in values.items()}
    return {"id": record, "kind": kind, "fields": fields, "flags": list(flags)}


def count(*records: dict[str, Any]) -> Figures:
    return count_cell((0, record) for record in records)


def test_a_count_counts_and_a_sum_skips_nulls() -> None:
    found = count(wire("patrol", {"officers": 2}), wire("patrol", {"officers": None}), wire("patrol", {"officers": 3}))
    assert (found["patrols"], found["officer_turns"]) == (3, 5)


def test_a_sum_of_nulls_is_null_and_a_sum_over_nothing_is_absent() -> None:
    found = count(wire("incident", {"category": "theft"}))
    assert (found["incidents"], found["incidents_theft"]) == (None, None)
    assert "incidents_drugs" not in found
    assert "patrols" not in found


def test_zero_is_zero() -> None:
    assert count(wire("outreach", {"attendance": 0}), wire("outreach", {}))["outreach_attendance"] == 0


@pytest.mark.parametrize(
    ("started", "ended", "flags", "minutes"),
    [
        (0, 2 * MINUTE - 1, (), 1),
        (5, 5, (), 0),
        (MINUTE, 0, (), None),
        (0, None, (), None),
        (None, 0, (), None),
        (0, MINUTE, ("time_in_future",), 1),
        (0, MINUTE, ("conflict", "suspect_clock"), 1),
    ],
)
def test_minutes(started: int | None, ended: int | None, flags: tuple[str, ...], minutes: int | None) -> None:
    found = count(wire("patrol", {"started_at": started, "ended_at": ended}, flags=flags))
    assert (found["patrols"], found["patrol_minutes"]) == (1, minutes)


def test_outcomes_count_the_cases_of_records_that_carry_them() -> None:
    found = count(
        wire("incident", {"cases": 3, "outcomes": ["fined", "reminded"], "category": "noise"}),
        wire("incident", {"cases": 2, "outcomes": ["fined"], "category": "theft"}),
        wire("incident", {"cases": 4, "outcomes": None}),
    )
    named = {name: value for name, value in found.items() if name.startswith(("outcomes_", "incidents"))}
    assert named == {
        "incidents": 9, "incidents_noise": 3, "incidents_theft": 2, "outcomes_fined": 5, "outcomes_reminded": 3
    }  # fmt: skip


def test_a_parents_field_is_never_added_to_its_childs() -> None:
    found = count(wire("outreach", {"households": 40, "documents": 1}), wire("handout", {"households": 25}))
    assert (found["outreach_households"], found["handout_households"]) == (40, 25)


def test_flagged_records_of_every_kind_are_counted() -> None:
    flag = ("possible_duplicate",)
    assert count(wire("tips", {}, flags=flag), wire("patrol", {}, flags=flag))["possible_duplicates"] == 2
    assert "possible_duplicates" not in count(wire("tips", {}), wire("patrol", {}, flags=("conflict",)))


def test_the_last_level_of_a_cell_stands() -> None:
    early, late = wire("support", {"people_assigned": 5, "loans": 2}), wire("support", {"people_assigned": 7}, "b")
    assert count_cell([(2, late), (1, early)])["support_people_assigned"] == 7
    assert count_cell([(1, late), (2, early)])["support_people_assigned"] == 5
    assert count_cell([(1, early), (1, late)])["support_people_assigned"] == 7
    assert count_cell([(1, early), (2, late)])["support_loans"] == 2


def test_sums_beside_levels_are_added() -> None:
    found = count(wire("support", {"meetings": 4, "loans": 2}), wire("support", {"meetings": 5, "loans": 1}, "b"))
    assert (found["support_meetings"], found["support_loans"]) == (9, 1)


def test_levels_stand_over_time_and_add_over_units() -> None:
    assert last_levels([("2026-11-02", {"support_loans": None}), ("2026-11-01", {"support_loans": 3})]) == {
        "support_loans": 3
    }
    assert sum_levels([{"support_loans": 3}, {}, {"support_loans": 4}]) == {"support_loans": 7}
    total: Figures = {}
    add(total, {"support_loans": 3, "support_meetings": 2})
    assert total == {"support_meetings": 2}


def test_two_cells_of_one_day_both_leave_their_levels() -> None:
    """A unit has a cell for each of its areas."""
    cells = [("2026-11-01", {"support_loans": 3}), ("2026-11-01", {"support_people_assigned": 5})]
    assert last_levels(cells) == {"support_loans": 3, "support_people_assigned": 5}


def test_only_a_reported_unit_has_zeros() -> None:
    reported = complete_figures({"incidents": None, "patrols": 2}, is_reported=True)
    assert (reported["patrols"], reported["incidents"], reported["meetings"]) == (2, None, 0)
    assert {reported[name] for name in LEVELS} == {None}
    silent = complete_figures({}, is_reported=False)
    assert set(silent) == set(MEASURE_NAMES)
    assert set(silent.values()) == {None}


def test_a_measure_that_is_no_more_is_left_out() -> None:
    found = complete_figures({"patrols": 1, "of_another_version": 5}, is_reported=True)
    assert list(found) == list(MEASURE_NAMES)
    assert found["patrols"] == 1


def test_every_measure_names_fields_that_exist() -> None:
    for measure in MEASURES:
        fields = KINDS[measure.kind].fields if measure.kind else {}
        named = {name for name in (measure.field, measure.where_field) if name}
        assert named <= set(fields), measure.name
        assert measure.rule in ("count", "sum", "minutes", "level", "live", "flag")
    assert len(set(MEASURE_NAMES)) == len(MEASURE_NAMES)


PATROLS = st.lists(st.builds(dict, officers=st.none() | st.integers(0, 1_000_000), started_at=st.integers(0, 10**12)))


@given(PATROLS, st.integers(0, 2**32))
def test_neither_the_order_nor_a_cut_into_cells_matters(values: list[dict[str, Any]], seed: int) -> None:
    records = [(n, wire("patrol", value, record=f"{n:04}")) for n, value in enumerate(values)]
    whole = count_cell(records)
    shuffled = random.Random(seed).sample(records, len(records))
    assert count_cell(shuffled) == whole
    cut = seed % (len(records) + 1)
    added: Figures = {}
    for part in (shuffled[:cut], shuffled[cut:]):
        add(added, count_cell(part))
    assert added == whole


def test_only_an_activity_makes_a_day_a_reported_one() -> None:
    assert [is_activity(kind) for kind in ("patrol", "incident", "leg", "submission", "parade")] == [
        True, True, False, False, False
    ]  # fmt: skip


def test_a_number_that_is_none_is_not_added() -> None:
    assert count(wire("patrol", {"officers": True}), wire("patrol", {"officers": "3"}))["officer_turns"] is None


def test_the_last_number_entered_for_a_level_stands_though_later_ones_are_empty() -> None:
    first, last = wire("support", {"loans": 2}), wire("support", {"loans": None}, "b")
    assert count_cell([(1, first), (2, last)])["support_loans"] == 2
    assert count_cell([(1, last)])["support_loans"] is None


def test_a_cell_of_nothing_known_leaves_a_total_as_it_is() -> None:
    total: Figures = {"patrols": 2, "officer_turns": None}
    add(total, {"patrols": None, "officer_turns": 3, "meetings": None, "incidents": 0})
    assert total == {"patrols": 2, "officer_turns": 3, "meetings": None, "incidents": 0}
    add(total, {"patrols": 3, "support_loans": 9})
    assert total == {"patrols": 5, "officer_turns": 3, "meetings": None, "incidents": 0}


def test_levels_of_units_that_entered_nothing_stay_unknown() -> None:
    assert sum_levels([{"support_loans": None}, {"support_loans": None}]) == {"support_loans": None}
    assert sum_levels([{"support_loans": None}, {"support_loans": 0}, {"support_loans": 5}]) == {"support_loans": 5}
    assert last_levels([("2026-11-01", {"support_loans": 1, "patrols": 4}), ("2026-11-02", {"support_loans": 2})]) == {
        "support_loans": 2
    }


def test_a_record_of_a_kind_that_nothing_counts_leaves_its_cell_as_it_is() -> None:
    assert count(wire("review", {"verdict": "confirmed"}), wire("patrol", {"officers": 2})) == count(
        wire("patrol", {"officers": 2})
    )


def test_what_counts_by_its_present_state_is_in_no_cell() -> None:
    """A group is counted as it stands now, and not on the day when it was written down."""
    assert {measure.name for measure in LIVE} == {"groups_active", "models_active"}
    assert count(wire("group", {"state": "active"}, flags=("possible_duplicate",)), wire("model", {})) == {}
    assert COUNTED_KINDS.isdisjoint({"group", "model"})


def test_a_cell_is_counted_from_activities_and_from_what_measures_name() -> None:
    activities = {name for name, kind in KINDS.items() if kind.activity}
    assert activities | {"proposal"} == COUNTED_KINDS
    assert {"support"} == LEVEL_KINDS


def test_a_record_makes_the_measures_of_its_own_kind_alone() -> None:
    found = count(wire("support", {"meetings": 4, "loans": 2}))
    assert found == {
        "support_meetings": 4,
        "support_relapses": None,
        "support_people_assigned": None,
        "support_people_employed": None,
        "support_people_progressing": None,
        "support_loans": 2,
    }
    assert set(count(wire("tips", {}))) <= {measure.name for measure in MEASURES if measure.kind == "tips"}
