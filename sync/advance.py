"""A record's next state without its log (P8): the same as `sync.merge`, at the cost of the edit alone.

A first operation and a plain edit (each field it sets names exactly the head it replaces) are by far the most
common. Everything else answers null, and the caller merges the whole log.
"""

from collections.abc import Iterable

from sync.merge import VOID, Logged, merge
from sync.operation import Operation
from sync.record import Merged, merged_of


def merge_log(log: Iterable[Logged]) -> Merged:
    """The state of the whole log of a record, with at least one accepted operation."""
    entries = list(log)
    return merged_of(merge(entries), settled=_is_settled(entries))


def begin(logged: Logged) -> Merged | None:
    """The state of a record after its first accepted operation."""
    operation = logged.operation
    if not _is_plain(logged) or any(operation.prev.get(field) for field in operation.set):
        return None
    name = operation.id
    fields = {field: [value, name] for field, value in operation.set.items()}
    stamps = {name: [*operation.stamp, logged.effective_ms]} if fields else {}
    return Merged(fields, {}, stamps, edited_while_void=False, suspect=False, settled=True)


def advance(before: Merged, logged: Logged) -> Merged | None:
    """The state of a settled record after one more accepted operation that replaces what is shown."""
    operation = logged.operation
    if not (before.settled and _is_plain(logged) and _replaces_heads(before, operation)):
        return None
    name = operation.id
    fields = before.fields | {field: [value, name] for field, value in operation.set.items()}
    stamps = {**before.stamps, name: [*operation.stamp, logged.effective_ms]}
    named = {name for head in fields.values() for name in head[1:]}
    kept = {name: stamp for name, stamp in stamps.items() if name in named}
    return Merged(fields, {}, kept, edited_while_void=False, suspect=False, settled=True)


def _is_plain(logged: Logged) -> bool:
    """Whether an operation is accepted, in time and without a word about voiding."""
    operation = logged.operation
    if not logged.accepted or logged.suspect or operation.saw:
        return False
    return VOID not in operation.set and VOID not in operation.prev


def _replaces_heads(before: Merged, operation: Operation) -> bool:
    """Whether each field set names all ids of its head and no other: a name not there yet would outlast this."""
    for field in operation.set:
        if set(operation.prev.get(field, ())) != set(before.fields.get(field, (None,))[1:]):
            return False
    return True


def _is_settled(log: list[Logged]) -> bool:
    accepted = [entry for entry in log if entry.accepted]
    if not all(map(_is_plain, accepted)):
        return False
    known = {entry.operation.id for entry in accepted}
    named: dict[str, list[str]] = {}
    for operation in (entry.operation for entry in accepted):
        for field in operation.set:
            names = operation.prev.get(field, ())
            if not known.issuperset(names):
                return False
            named.setdefault(field, []).extend(names)
    return all(_has_one_head(field, accepted, set(names)) for field, names in named.items())


def _has_one_head(field: str, accepted: list[Logged], named: set[str]) -> bool:
    """Whether exactly one operation on a field is not named by another: several with one value are not (P9)."""
    return sum(field in e.operation.set and e.operation.id not in named for e in accepted) == 1
