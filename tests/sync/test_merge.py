"""The merge as a function of a set: any order, any duplication, any split gives the same bytes (P8)."""

import random

from hypothesis import given, strategies as st

from sync.canonical import write
from sync.merge import Logged, merge
from sync.operation import Operation
from sync.record import compared

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
