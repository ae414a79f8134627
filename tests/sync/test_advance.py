"""A record continued operation by operation is the same, byte for byte, as its whole log merged at once."""

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
