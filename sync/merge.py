"""The merge (P8 to P11): the state of a record is a pure function of the set of its operations.

No arrival order, no server state, no clock. Held operations count only as links: an accepted
operation that names a held one names by that also what the held one names.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sync.canonical import Json, write
from sync.operation import Operation
from sync.stamp import Key

VOID = "void"
# held operations by id; forks may share one
Held = Mapping[str, Sequence[Operation]]


class Logged(NamedTuple):
    """An operation of the log with what its first receipt fixed (P12)."""

    operation: Operation
    effective_ms: int
    suspect: bool
    accepted: bool

    @property
    def key(self) -> Key:
        return self.operation.key(self.effective_ms)


@dataclass(frozen=True, slots=True)
class Head:
    """A value that nothing replaced, with every operation that says it (P9), the highest key first."""

    value: Json
    operations: tuple[Logged, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(logged.operation.id for logged in self.operations)


@dataclass(frozen=True, slots=True)
class State:
    """Heads by field, the shown one first; and the edits that a voiding did not see (P10)."""

    heads: Mapping[str, tuple[Head, ...]]
    edited_while_void: bool

    def shown(self, field: str) -> Json:
        """The shown value, null where the field was never set."""
        heads = self.heads.get(field)
        return heads[0].value if heads else None

    def values(self) -> dict[str, Json]:
        return {field: heads[0].value for field, heads in self.heads.items()}


def merge(log: Iterable[Logged]) -> State:
    """The state that a set of operations of one record comes to."""
    logged = list(log)
    accepted = sorted((e for e in logged if e.accepted), key=lambda e: e.key, reverse=True)
    held = _held_by_id(logged, {entry.operation.id for entry in accepted})
    fields = sorted({field for entry in accepted for field in entry.operation.set})
    heads = {field: merge_field(field, accepted, held) for field in fields}
    return State(heads, _edited_while_void(heads, held))


def _held_by_id(log: Iterable[Logged], accepted: set[str]) -> Held:
    """Held operations by id. A fork may repeat the id of another; an accepted one speaks for itself."""
    found: dict[str, list[Operation]] = {}
    for entry in log:
        if not entry.accepted and entry.operation.id not in accepted:
            found.setdefault(entry.operation.id, []).append(entry.operation)
    return found


def merge_field(field: str, accepted: Sequence[Logged], held: Held) -> tuple[Head, ...]:
    """Heads of one field, the shown one first. `accepted` comes highest key first; at least one sets the field."""
    setting = [entry for entry in accepted if field in entry.operation.set]
    named: set[str] = set()
    for entry in setting:
        named |= _through_held(entry.operation.prev.get(field, ()), field, held)
    heads = [entry for entry in setting if entry.operation.id not in named]
    return _grouped(field, heads or setting[:1])


def _grouped(field: str, heads: Iterable[Logged]) -> tuple[Head, ...]:
    """Heads with equal values are one head with several ids (P9)."""
    entries = list(heads)
    if len(entries) == 1:
        return (Head(entries[0].operation.set[field], (entries[0],)),)
    groups: dict[str, list[Logged]] = {}
    for entry in entries:
        groups.setdefault(write(entry.operation.set[field]), []).append(entry)
    return tuple(Head(group[0].operation.set[field], tuple(group)) for group in groups.values())


def _through_held(names: Iterable[str], field: str, held: Held) -> set[str]:
    """The operations named, and those that a held one among them names, all the way down."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            for operation in held.get(name, ()):
                waiting += operation.prev.get(field, ())
    return found


def _edited_while_void(heads: Mapping[str, tuple[Head, ...]], held: Held) -> bool:
    """Whether a record that is void has heads that its voiding did not see and that did not see it (P10)."""
    void = heads.get(VOID)
    if not void or void[0].value is None:
        return False
    voiding = set(void[0].ids)
    seen = _seen(void[0], held)
    for field, of_field in heads.items():
        if field != VOID and any(not _is_seen(head, voiding, seen, held) for head in of_field):
            return True
    return False


def _is_seen(head: Head, voiding: set[str], seen: set[str], held: Held) -> bool:
    for entry in head.operations:
        operation = entry.operation
        if operation.id in seen or operation.id in voiding:
            return True
        if voiding & _through_held(operation.prev.get(VOID, ()), VOID, held):
            return True
    return False


def _seen(void: Head, held: Held) -> set[str]:
    """What the voiding operations saw; a held one among it stands for all that it names."""
    found: set[str] = set()
    waiting = [name for entry in void.operations for name in entry.operation.saw]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            for operation in held.get(name, ()):
                waiting += [*operation.saw, *(n for ids in operation.prev.values() for n in ids)]
    return found
