"""The merge, once more and plainly: from the log alone, by the words of P8 to P10, one question at a time.

Not after `sync/merge.py`: it asks of each operation whether anybody replaced it, walking from the replaced to the
replacing, and is quadratic where the other is not. It shares no code with the server.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

Head = tuple[Any, list[str]]
ID = re.compile(r"[a-z2-7]{16}\.[1-9][0-9]{0,15}\.[a-z2-7]{8}")
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Said:
    """One operation of the log, and what its first receipt fixed."""

    id: str
    wire: dict[str, Any]
    effective_ms: int
    suspect: bool
    accepted: bool

    @property
    def key(self) -> tuple[int, int, int, str, int, str]:
        ms, count = self.wire["stamp"]
        return self.effective_ms, ms, count, self.id.partition(".")[0], self.wire["n"], self.wire["tag"]


@dataclass(slots=True)
class Merged:
    """Heads by field, the shown one first."""

    heads: dict[str, list[Head]] = field(default_factory=dict)
    suspects: list[str] = field(default_factory=list)
    is_edited_while_void: bool = False

    def shown(self, name: str) -> Any:
        return self.heads[name][0][0] if name in self.heads else None


def said(device: str, text: str, effective_ms: int | None, suspect: object, status: str) -> Said | None:
    """A row of the log as an operation; null where its form says too little to be one."""
    wire = json.loads(text)
    if effective_ms is None or not is_formed(wire):
        return None
    return Said(f"{device}.{wire['n']}.{wire['tag']}", wire, effective_ms, bool(suspect), status == "accepted")


def is_formed(wire: dict[str, Any]) -> bool:
    """P5, without what P6 says of names and values of the kind."""
    ids = [*wire.get("saw", []), *(i for named in wire.get("prev", {}).values() for i in named)]
    texts: list[tuple[Any, str | re.Pattern[str]]] = [
        (wire.get("tag"), r"[a-z2-7]{8}"),
        (wire.get("record"), UUID),
        (wire.get("partition"), UUID),
    ]
    stamp = wire.get("stamp")
    return (
        all(isinstance(text, str) and re.fullmatch(form, text) for text, form in texts)
        and isinstance(stamp, list)
        and [type(part) for part in stamp] == [int, int]
        and 0 <= stamp[0] <= 2**53 - 1
        and 0 <= stamp[1] <= 2**31 - 1
        and isinstance(wire.get("set"), dict)
        and all(NAME.fullmatch(name) for name in [wire["kind"], *wire["set"], *wire.get("prev", {})])
        and all(isinstance(i, str) and ID.fullmatch(i) for i in ids)
    )


def merge(log: Iterable[Said]) -> Merged:
    """The state of one record."""
    every = list(log)
    accepted = [one for one in every if one.accepted]
    spoken = {one.id for one in accepted}
    held = [one for one in every if not one.accepted and one.id not in spoken]
    merged = Merged()
    for name in sorted({name for one in accepted for name in one.wire["set"]}):
        merged.heads[name] = _heads(name, accepted, held)
    by_id = {one.id: one for one in accepted}
    shown = {i for heads in merged.heads.values() for _, ids in heads for i in ids}
    merged.suspects = sorted(i for i in shown if by_id[i].suspect)
    merged.is_edited_while_void = _is_edited_while_void(merged, by_id, held)
    return merged


def _heads(name: str, accepted: list[Said], held: list[Said]) -> list[Head]:
    setting = sorted((one for one in accepted if name in one.wire["set"]), key=lambda one: one.key)
    left = [one for one in setting if not _is_replaced(one.id, name, setting, held, set())]
    values: dict[str, Head] = {}
    for one in reversed(left or setting[-1:]):
        value = one.wire["set"][name]
        values.setdefault(json.dumps(value, sort_keys=True), (value, []))[1].append(one.id)
    return list(values.values())


def _is_replaced(target: str, name: str, setting: list[Said], held: list[Said], asked: set[str]) -> bool:
    """Whether somebody accepted names it, or somebody held does who is himself named so."""
    if any(target in one.wire.get("prev", {}).get(name, ()) for one in setting):
        return True
    asked.add(target)
    between = [one for one in held if target in one.wire.get("prev", {}).get(name, ()) and one.id not in asked]
    return any(_is_replaced(one.id, name, setting, held, asked) for one in between)


def _is_edited_while_void(merged: Merged, by_id: dict[str, Said], held: list[Said]) -> bool:
    """P10: a head that the voiding did not see, and that did not see the voiding."""
    if merged.shown("void") is None:
        return False
    voiding = set(merged.heads["void"][0][1])
    seen = _everything_seen([by_id[i] for i in voiding], held)
    others = [ids for name, heads in merged.heads.items() if name != "void" for _, ids in heads]
    return any(not any(_knows(by_id[i], voiding, seen, held) for i in ids) for ids in others)


def _knows(one: Said, voiding: set[str], seen: set[str], held: list[Said]) -> bool:
    return one.id in seen or one.id in voiding or any(_names_void(one, void, held, set()) for void in voiding)


def _names_void(one: Said, void: str, held: list[Said], asked: set[str]) -> bool:
    """Whether it names the voiding in `prev.void`, itself or by somebody held."""
    named = set(one.wire.get("prev", {}).get("void", ()))
    if void in named:
        return True
    asked.add(one.id)
    between = [other for other in held if other.id in named and other.id not in asked]
    return any(_names_void(other, void, held, asked) for other in between)


def _everything_seen(voiding: list[Said], held: list[Said]) -> set[str]:
    """All that the voiding saw; who saw a held operation saw what that one names."""
    seen = {i for one in voiding for i in one.wire.get("saw", ())}
    while True:
        more = {i for one in held if one.id in seen for i in _all_names(one)} - seen
        if not more:
            return seen
        seen |= more


def _all_names(one: Said) -> Iterator[str]:
    yield from one.wire.get("saw", ())
    for named in one.wire.get("prev", {}).values():
        yield from named
