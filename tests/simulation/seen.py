"""What the model phone sees of a record, and the operation that a change becomes (P3, P5, P10, P30).

Written after the protocol's text for the phone, not after the server's merge: it works on one record's wire form
with the phone's own operations on top.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.simulation.phone import Shown, Wire

COUNT_MAX = 2**31 - 1
Key = tuple[int, int, int, str, int, str]


@dataclass(frozen=True, slots=True)
class Own:
    """An operation of this device that is shown over the server's record; `code` says why it is held."""

    operation: Wire
    effective_ms: int
    code: str | None
    is_waiting: bool


@dataclass(slots=True)
class Head:
    """A value with the ids that carry it and the key of the first."""

    value: Any
    ids: list[str]
    key: Key


# the heads of each field, the shown one first
Heads = dict[str, list[Head]]


def id_of(device: str, operation: Wire) -> str:
    return f"{device}.{operation['n']}.{operation['tag']}"


def see(device: str, record: Wire | None, own: Sequence[Own]) -> Heads:
    """The record as this phone shows it (P30)."""
    names = dict.fromkeys(record["fields"] if record else ())
    for one in own:
        names.update(dict.fromkeys(one.operation["set"]))
    return {name: heads for name in names if (heads := _see_field(device, name, record, own))}


def _see_field(device: str, name: str, record: Wire | None, own: Sequence[Own]) -> list[Head]:
    setting = [one for one in own if name in one.operation["set"]]
    replaced = {previous for one in setting for previous in one.operation["prev"].get(name, ())}
    nodes: dict[str, tuple[Any, Key, bool]] = {}
    for value, *ids in _told(record, name):
        nodes.update({i: (value, _key(i, record["stamps"][i] if record else [0, 0, 0]), False) for i in ids})
    for one in setting:
        own_id = id_of(device, one.operation)
        ms, count = one.operation["stamp"]
        value, key, _ = nodes.get(own_id) or (
            one.operation["set"][name],
            _key(own_id, [ms, count, one.effective_ms]),
            True,
        )
        # what waits for its receipt stays on top, also where the server's copy has come before that
        nodes[own_id] = value, key, True
    heads = {i: node for i, node in nodes.items() if i not in replaced}
    return _own_first(_group(heads), heads)


def _told(record: Wire | None, name: str) -> list[list[Any]]:
    if record is None or name not in record["fields"]:
        return []
    return [record["fields"][name], *record["siblings"].get(name, ())]


def _key(operation_id: str, stamp: Sequence[int]) -> Key:
    device, n, tag = operation_id.split(".")
    ms, count, effective_ms = stamp
    return effective_ms, ms, count, device, int(n), tag


def _group(heads: dict[str, tuple[Any, Key, bool]]) -> list[Head]:
    groups: dict[str, Head] = {}
    for operation_id, (value, key, _) in sorted(heads.items(), key=lambda item: item[1][1], reverse=True):
        text = json.dumps(value, sort_keys=True)
        if text in groups:
            groups[text].ids.append(operation_id)
        else:
            groups[text] = Head(value, [operation_id], key)
    return list(groups.values())


def _own_first(groups: list[Head], heads: dict[str, tuple[Any, Key, bool]]) -> list[Head]:
    """The newest own head is shown whatever its key."""
    own = [operation_id for operation_id, (_, _, is_own) in heads.items() if is_own]
    if not own:
        return groups
    newest = max(own, key=lambda operation_id: int(operation_id.split(".")[1]))
    return sorted(groups, key=lambda head: newest not in head.ids)


def show(heads: Heads, own: Sequence[Own]) -> Shown:
    """What the screen says."""
    return Shown(
        {name: found[0].value for name, found in heads.items()},
        frozenset(name for name, found in heads.items() if len(found) > 1),
        tuple(one.operation["n"] for one in own if one.is_waiting),
        frozenset(one.code for one in own if one.code is not None),
    )


def name_heads(heads: Heads, values: Iterable[str], *, decides: bool) -> tuple[dict[str, list[str]], list[Head]]:
    """`prev` of an operation that sets these fields, and the heads that it replaces (P5)."""
    replaced = {name: heads.get(name, [])[: None if decides or name == "void" else 1] for name in values}
    named = {**replaced, "void": heads.get("void", [])}
    prev = {name: sorted(i for head in found for i in head.ids) for name, found in named.items() if found}
    return prev, [head for found in replaced.values() for head in found]


def saw(heads: Heads) -> list[str]:
    """The ids of all heads of all fields but `void` (P10)."""
    return sorted({i for name, found in heads.items() if name != "void" for head in found for i in head.ids})


def stamp(now_ms: int, replaced: Iterable[Head]) -> list[int]:
    """P3."""
    tops = [(head.key[0], head.key[2]) for head in replaced]
    top = max((ms for ms, _ in tops), default=-1)
    if now_ms > top:
        return [now_ms, 0]
    count = 1 + max(count for ms, count in tops if ms == top)
    return [top, count] if count <= COUNT_MAX else [top + 1, 0]
