"""The merge as a function of a set: any order, any duplication, any split gives the same bytes (P8)."""

import random
from typing import Any

from hypothesis import given, strategies as st

from sync.canonical import write
from sync.merge import Logged, merge
from sync.operation import Operation
from sync.record import compared
from tests.simulation import naive

DEVICES = ("a" * 16, "b" * 16, "c" * 16)
# tiny alphabets: collisions are the rule
VALUES = st.sampled_from([None, 0, 1, True, "x", "y", ["a"]])
FIELDS = ("route", "officers", "void")


@st.composite
def logs(draw: st.DrawFn) -> list[Logged]:
    """Random histories: some operations name earlier, absent, held or foreign ones."""
    ids: list[str] = []
    entries = []
    for n in range(1, draw(st.integers(2, 9))):
        device = draw(st.sampled_from(DEVICES))
        known = st.lists(st.sampled_from(ids), max_size=3, unique=True) if ids else st.just([])
        absent = st.lists(st.just(f"{'z' * 16}.{n}.aaaaaaaa"), max_size=1)
        fields = draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=2, unique=True))
        prev = {field: (*draw(known), *draw(absent)) for field in FIELDS if draw(st.booleans())}
        ms = draw(st.integers(0, 3))
        operation = Operation(
            device, n, "aaaaaaaa", "r", "patrol", "p", {field: draw(VALUES) for field in fields},
            prev, tuple(draw(known)), (ms, draw(st.integers(0, 1))), 1,
        )  # fmt: skip
        ids.append(operation.id)
        entries.append(Logged(operation, draw(st.integers(0, ms)), draw(st.booleans()), draw(st.integers(0, 3)) > 0))
    return entries


def text(log: list[Logged]) -> str:
    state = merge(log)
    return write([compared("r", "patrol", state), state.edited_while_void])


@given(logs(), st.randoms(use_true_random=False))
def test_arrival_order_does_not_matter(log: list[Logged], chance: random.Random) -> None:
    shuffled = list(log)
    chance.shuffle(shuffled)
    assert text(shuffled) == text(log)


@given(logs())
def test_every_field_that_was_set_has_a_head(log: list[Logged]) -> None:
    state = merge(log)
    assert set(state.heads) == {field for entry in log if entry.accepted for field in entry.operation.set}
    assert all(heads for heads in state.heads.values())


@given(logs())
def test_nothing_accepted_is_dropped_unless_it_was_named(log: list[Logged]) -> None:
    """A1, P11: an operation that nobody names is a head of each field it sets."""
    state = merge(log)
    named = {name for entry in log for ids in entry.operation.prev.values() for name in ids}
    for entry in log:
        if entry.accepted and entry.operation.id not in named:
            for field in entry.operation.set:
                assert any(entry.operation.id in head.ids for head in state.heads[field])


@given(logs())
def test_the_shown_head_has_the_highest_key(log: list[Logged]) -> None:
    for heads in merge(log).heads.values():
        keys = [head.operations[0].key for head in heads]
        assert keys == sorted(keys, reverse=True)


@given(logs())
def test_no_two_heads_have_equal_values(log: list[Logged]) -> None:
    for heads in merge(log).heads.values():
        texts = [write(head.value) for head in heads]
        assert len(texts) == len(set(texts))


def said(entry: Logged) -> naive.Said:
    one = entry.operation
    wire = {"n": one.n, "tag": one.tag, "set": one.set, "prev": one.prev, "saw": one.saw, "stamp": one.stamp}
    return naive.Said(one.id, wire, entry.effective_ms, entry.suspect, entry.accepted)


@given(logs())
def test_the_merge_is_what_the_words_of_the_protocol_come_to(log: list[Logged]) -> None:
    """P8 to P10, against a merge that was written from them and not from this one."""
    state, plainly = merge(log), naive.merge([said(entry) for entry in log])
    heads = {field: [(head.value, list(head.ids)) for head in heads] for field, heads in state.heads.items()}
    assert repr(heads) == repr(plainly.heads)
    assert state.edited_while_void == plainly.is_edited_while_void
    assert compared("r", "patrol", state)["suspects"] == plainly.suspects


def edit(n: int, field: str = "route", *, device: str = DEVICES[0], accepted: bool = True, **parts: Any) -> Logged:
    value = parts.pop("value", n)
    operation = Operation(device, n, "aaaaaaaa", "r", "patrol", "p", {field: value}, {}, (), (n, 0), 1)
    return Logged(operation._replace(**parts), n, suspect=False, accepted=accepted)


def ids(*entries: Logged) -> tuple[str, ...]:
    return tuple(entry.operation.id for entry in entries)


def heads(log: list[Logged], field: str = "route") -> list[tuple[str, ...]]:
    return [head.ids for head in merge(log).heads[field]]


def test_what_was_named_through_several_held_operations_is_replaced() -> None:
    """P8: every name on every way through them counts."""
    first, second, third = edit(1), edit(2), edit(3)
    one = edit(4, accepted=False, prev={"route": ids(first, second)})
    other = edit(5, accepted=False, prev={"route": ids(third)})
    last = edit(6, prev={"route": ids(one, other)})
    assert heads([first, second, third, one, other, last]) == [ids(last)]


def test_a_held_operation_links_only_the_field_that_it_was_named_in() -> None:
    first = edit(1)
    held = edit(2, accepted=False, prev={"route": ids(first)})
    last = edit(3, "officers", prev={"officers": ids(held)})
    assert heads([first, held, last]) == [ids(first)]


def test_held_operations_that_name_each_other_end() -> None:
    one = edit(1, accepted=False, prev={"route": (f"{DEVICES[1]}.2.aaaaaaaa",)})
    other = edit(2, device=DEVICES[1], accepted=False, prev={"route": ids(one)})
    last = edit(3, prev={"route": ids(one)})
    assert heads([one, other, last]) == [ids(last)]


def test_an_accepted_operation_speaks_for_itself_beside_a_held_fork_of_its_id() -> None:
    first = edit(1)
    spoken = edit(2)
    fork = spoken._replace(operation=spoken.operation._replace(prev={"route": ids(first)}), accepted=False)
    last = edit(3, prev={"route": ids(spoken)})
    assert heads([first, spoken, fork, last]) == [ids(last), ids(first)]


def test_twins_stand_with_the_latest_first_and_siblings_by_their_latest() -> None:
    log = [edit(1, value="x"), edit(2, value="y"), edit(3, value="x")]
    assert heads(log) == [ids(log[2], log[0]), ids(log[1])]


def test_a_ring_of_forged_names_shows_its_highest_key_alone() -> None:
    one = edit(1, prev={"route": (f"{DEVICES[1]}.2.aaaaaaaa",)})
    other = edit(2, device=DEVICES[1], prev={"route": ids(one)})
    assert heads([one, other]) == [ids(other)]


def is_told(*log: Logged) -> bool:
    return merge(log).edited_while_void


def test_an_edit_that_any_twin_of_the_voiding_saw_is_seen() -> None:
    """P10: the void head may have several ids, and each saw something."""
    first, second = edit(1), edit(2, "officers")
    voiding = edit(3, "void", value="twice", saw=ids(first))
    twin = edit(4, "void", value="twice", saw=ids(second))
    assert not is_told(first, second, voiding, twin)
    assert is_told(first, second, voiding)
    assert is_told(first, second, twin)


def test_an_edit_that_saw_the_voiding_through_a_held_one_is_no_concurrent_edit() -> None:
    voiding = edit(1, "void", value="twice")
    held = edit(2, "void", value="again", accepted=False, prev={"void": ids(voiding)})
    assert not is_told(voiding, held, edit(3, prev={"void": ids(held)}))
    assert is_told(voiding, edit(3, prev={"void": ids(held)}))
    assert is_told(voiding, held, edit(3, prev={"route": ids(held)}))


def test_who_saw_a_held_operation_saw_what_that_one_names_anywhere() -> None:
    first, second, third = edit(1), edit(2, "officers"), edit(3, "note")
    held = edit(4, accepted=False, prev={"route": ids(first)}, saw=ids(second))
    further = edit(5, accepted=False, prev={"note": ids(third)}, saw=ids(held))
    voiding = edit(6, "void", value="twice", saw=ids(further))
    assert not is_told(first, second, third, held, further, voiding)
    assert is_told(first, second, third, held, voiding)


def test_held_operations_that_saw_each_other_end() -> None:
    one = edit(1, accepted=False, saw=(f"{DEVICES[1]}.2.aaaaaaaa",))
    other = edit(2, device=DEVICES[1], accepted=False, saw=ids(one))
    assert is_told(one, other, edit(3), edit(4, "void", value="twice", saw=ids(one)))


def test_one_unseen_edit_among_seen_ones_is_enough() -> None:
    first, second = edit(1), edit(2, "officers")
    assert is_told(first, second, edit(3, "void", value="twice", saw=ids(first)))
    assert is_told(first, second, edit(3, "void", value="twice", saw=ids(second)))
    assert not is_told(first, second, edit(3, "void", value="twice", saw=ids(first, second)))
    assert not is_told(first, second, edit(3, "void", value=None))
