"""A record continued operation by operation is the same, byte for byte, as its whole log merged at once."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from sync.advance import advance, begin, merge_log
from sync.canonical import write
from sync.merge import Logged
from sync.operation import Operation
from sync.record import Merged
from tests.sync.test_merge import DEVICES, VALUES, logs

FIELDS = ("route", "officers")


def text(merged: Merged) -> str:
    return write([merged.fields, merged.siblings, merged.stamps, merged.edited_while_void, merged.suspect])


@st.composite
def edits(draw: st.DrawFn) -> list[Logged]:
    """Mostly plain edits of what is shown, so that the fast way is really taken; sometimes a stray name."""
    shown: dict[str, str] = {}
    entries: list[Logged] = []
    for n in range(1, draw(st.integers(2, 8))):
        device = draw(st.sampled_from(DEVICES))
        fields = draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=2, unique=True))
        stray = draw(st.sampled_from(["", "", "", "", "", "z" * 16 + ".1.aaaaaaaa", "unnamed"]))
        prev = {f: (shown[f],) for f in fields if f in shown and stray != "unnamed"}
        if stray not in ("", "unnamed"):
            prev[fields[0]] = (*prev.get(fields[0], ()), stray)
        values = {field: draw(VALUES) for field in fields}
        operation = Operation(device, n, "aaaaaaaa", "r", "patrol", "p", values, prev, (), (n, 0), 1)
        entries.append(Logged(operation, n, suspect=draw(st.integers(0, 9)) == 0, accepted=draw(st.integers(0, 9)) > 0))
        if entries[-1].accepted:
            shown |= dict.fromkeys(fields, operation.id)
    return entries


def continued(log: list[Logged]) -> tuple[Merged | None, int]:
    """The record as the server continues it, and how many operations needed no log."""
    merged: Merged | None = None
    fast = 0
    for count, entry in enumerate(log, 1):
        following = begin(entry) if merged is None else advance(merged, entry)
        fast += following is not None
        if following is None and any(e.accepted for e in log[:count]):
            following = merge_log(log[:count])
        merged = following
    return merged, fast


@given(st.one_of(logs(), edits()))
def test_going_on_from_a_settled_record_equals_the_merge_of_its_log(log: list[Logged]) -> None:
    merged, _ = continued(log)
    if merged is not None:
        assert text(merged) == text(merge_log(log))
        assert merged.settled == merge_log(log).settled


def test_plain_edits_never_need_the_log() -> None:
    log, before = [], ""
    for n in range(1, 6):
        prev = {"route": (before,)} if before else {}
        operation = Operation(DEVICES[n % 2], n, "aaaaaaaa", "r", "patrol", "p", {"route": n}, prev, (), (n, 0), 1)
        log.append(Logged(operation, n, suspect=False, accepted=True))
        before = operation.id
    merged, fast = continued(log)
    assert fast == 5
    assert merged is not None
    assert merged.fields == {"route": [5, before]}


def entry(
    n: int,
    values: dict[str, Any],
    prev: dict[str, tuple[str, ...]] | None = None,
    device: str = DEVICES[0],
    **changes: Any,
) -> Logged:
    operation = Operation(device, n, "aaaaaaaa", "r", "patrol", "p", values, prev or {}, (), (n, 0), 1)
    told = {name: changes.pop(name) for name in ("accepted", "suspect") if name in changes}
    return Logged(operation._replace(**changes), n + 100, **({"suspect": False, "accepted": True} | told))


FIRST = entry(1, {"route": "x", "officers": 3})
ONE = FIRST.operation.id
STRANGER = f"{'z' * 16}.1.aaaaaaaa"


def test_a_first_operation_is_the_record() -> None:
    assert begin(FIRST) == Merged(
        fields={"route": ["x", ONE], "officers": [3, ONE]},
        siblings={},
        stamps={ONE: [1, 0, 101]},
        edited_while_void=False,
        suspect=False,
        settled=True,
    )


def test_a_first_operation_may_set_nothing() -> None:
    assert begin(entry(1, {})) == Merged({}, {}, {}, edited_while_void=False, suspect=False, settled=True)


def test_a_first_operation_that_names_nothing_in_full_is_plain() -> None:
    assert begin(entry(1, {"route": "x"}, {"route": ()})) == merge_log([entry(1, {"route": "x"}, {"route": ()})])
    assert begin(entry(1, {"route": "x"}, {"officers": (STRANGER,)})) is not None


@pytest.mark.parametrize(
    "unusual",
    [
        entry(1, {"route": "x"}, accepted=False),
        entry(1, {"route": "x"}, suspect=True),
        entry(1, {"route": "x"}, saw=(STRANGER,)),
        entry(1, {"route": "x", "void": "twice"}),
        entry(1, {"void": None}),
        entry(1, {"route": "x"}, {"void": (STRANGER,)}),
        entry(1, {"route": "x"}, {"void": ()}),
        entry(1, {"route": "x"}, {"route": (STRANGER,)}),
        entry(1, {"officers": 3, "route": "x"}, {"route": (STRANGER,)}),
    ],
)
def test_an_unusual_first_operation_needs_the_log(unusual: Logged) -> None:
    assert begin(unusual) is None


def shown() -> Merged:
    merged = begin(FIRST)
    assert merged is not None
    return merged


def test_an_edit_replaces_its_head_and_leaves_the_rest() -> None:
    edit = entry(2, {"route": "y"}, {"route": (ONE,)}, DEVICES[1])
    assert advance(shown(), edit) == Merged(
        fields={"route": ["y", edit.operation.id], "officers": [3, ONE]},
        siblings={},
        stamps={ONE: [1, 0, 101], edit.operation.id: [2, 0, 102]},
        edited_while_void=False,
        suspect=False,
        settled=True,
    )


def test_the_stamp_of_what_nobody_shows_any_more_goes() -> None:
    edit = entry(2, {"route": "y", "officers": 4}, {"route": (ONE,), "officers": (ONE,)})
    merged = advance(shown(), edit)
    assert merged is not None
    assert merged.stamps == {edit.operation.id: [2, 0, 102]}


def test_a_field_that_was_never_set_is_set_without_naming_anything() -> None:
    merged = advance(shown(), entry(2, {"note": "n"}))
    assert merged is not None
    assert list(merged.fields) == ["route", "officers", "note"]


@pytest.mark.parametrize(
    "unusual",
    [
        entry(2, {"route": "y"}),
        entry(2, {"route": "y"}, {"officers": (ONE,)}),
        entry(2, {"route": "y"}, {"route": (ONE, STRANGER)}),
        entry(2, {"route": "y"}, {"route": (STRANGER,)}),
        entry(2, {"route": "y", "officers": 4}, {"route": (ONE,)}),
        entry(2, {"note": "n"}, {"note": (STRANGER,)}),
        entry(2, {"route": "y"}, {"route": (ONE,)}, accepted=False),
        entry(2, {"route": "y"}, {"route": (ONE,)}, suspect=True),
        entry(2, {"route": "y"}, {"route": (ONE,)}, saw=(ONE,)),
        entry(2, {"void": "twice"}),
        entry(2, {"route": "y"}, {"route": (ONE,), "void": (STRANGER,)}),
    ],
)
def test_an_unusual_edit_needs_the_log(unusual: Logged) -> None:
    assert advance(shown(), unusual) is None


def test_a_record_that_is_not_settled_needs_its_log() -> None:
    plain = entry(2, {"route": "y"}, {"route": (ONE,)})
    assert advance(shown()._replace(settled=False), plain) is None


def test_who_replaces_twins_names_them_all() -> None:
    """P9: else the twin that was not named would come back as a sibling."""
    twins = shown()._replace(fields={"route": ["x", ONE, STRANGER]})
    assert advance(twins, entry(2, {"route": "y"}, {"route": (ONE,)})) is None
    merged = advance(twins, entry(2, {"route": "y"}, {"route": (STRANGER, ONE)}))
    assert merged is not None
    assert list(merged.fields["route"]) == ["y", f"{DEVICES[0]}.2.aaaaaaaa"]


EDIT = entry(2, {"route": "y"}, {"route": (ONE,)})


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ([FIRST], True),
        ([FIRST, EDIT], True),
        ([EDIT, FIRST], True),
        ([FIRST, entry(2, {"officers": 4}, {"officers": (ONE,)}, DEVICES[1])], True),
        # a held one among them is nothing to the others
        ([FIRST, EDIT, entry(3, {"route": "z"}, {"route": (ONE,)}, accepted=False)], True),
        # two heads: a conflict, and twins too
        ([FIRST, entry(2, {"route": "y"})], False),
        ([FIRST, entry(2, {"route": "x"})], False),
        ([FIRST, EDIT, entry(3, {"route": "z"}, {"route": (ONE,)})], False),
        # a name that has not arrived, or is held
        ([FIRST, entry(2, {"route": "y"}, {"route": (ONE, STRANGER)})], False),
        ([entry(1, {"route": "x"}, accepted=False), EDIT], False),
        # the second field alone
        ([FIRST, entry(2, {"route": "y", "officers": 4}, {"route": (ONE,)})], False),
        # no head at all: two that name each other
        (
            [
                entry(1, {"route": "x"}, {"route": (f"{DEVICES[1]}.1.aaaaaaaa",)}),
                entry(1, {"route": "y"}, {"route": (ONE,)}, DEVICES[1]),
            ],
            False,
        ),
        # a clock that cannot be right, a voiding, a look at one
        ([FIRST, EDIT._replace(suspect=True)], False),
        ([FIRST, entry(2, {"void": "twice"})], False),
        ([FIRST, entry(2, {"route": "y"}, {"route": (ONE,), "void": ()})], False),
    ],
)
def test_when_a_record_is_settled(log: list[Logged], expected: bool) -> None:
    assert merge_log(log).settled is expected
