"""What a person was told on the screen, and what the server must therefore hold: all of it, once, and nothing half."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.faults.script import Save

Wire = dict[str, Any]


def wanted_fields(save: Save) -> dict[str, dict[str, int]]:
    """The values that a form is filled in with, by kind of record; the first finds the record again."""
    number = save.number
    if save.form == "meeting":
        return {"meeting": {"households_invited": number, "households_present": number // 2}}
    if save.form == "patrol":
        return {"patrol": {"officers": number, "militia": number // 5}}
    return {
        "outreach": {"attendance": number, "households": number // 3},
        "handout": {"leaflets": number, "households": number // 7},
    }


@dataclass(slots=True)
class Ledger:
    """One schedule's own account: `said` on the screen, or only tried."""

    tried: dict[int, Save] = field(default_factory=dict)
    said: set[int] = field(default_factory=set)
    # patrols are started by one tap, before there is a number
    starts_tried: int = 0
    starts_said: int = 0
    refusals: int = 0

    @property
    def said_count(self) -> int:
        return len(self.said) + self.starts_said

    def judge(self, records: Mapping[str, Wire], started: int) -> list[str]:
        """What is not as it must be. `started`: patrols of this phone that this schedule began, on the server."""
        faults = [fault for save in self.tried.values() for fault in self._judge_save(save, records)]
        if not self.starts_said <= started <= self.starts_tried:
            faults.append(f"{started} patrols, said {self.starts_said}, tried {self.starts_tried}")
        return faults

    def _judge_save(self, save: Save, records: Mapping[str, Wire]) -> list[str]:
        wanted = wanted_fields(save)
        found = {kind: find(records, kind, values) for kind, values in wanted.items()}
        counts = {kind: len(each) for kind, each in found.items()}
        is_said = save.number in self.said
        if set(counts.values()) == {0} and not is_said:
            return []
        if set(counts.values()) != {1}:
            return [f"{save.form} {save.number} {'said' if is_said else 'only tried'}: {counts} on the server"]
        return [
            f"{kind} {save.number}: {name} is {value_of(found[kind][0], name)}, not {value}"
            for kind, values in wanted.items()
            for name, value in values.items()
            if value_of(found[kind][0], name) != value
        ] + _judge_family(save, found)


def _judge_family(save: Save, found: Mapping[str, Sequence[Wire]]) -> list[str]:
    """Leaflets belong to the outreach that they were saved with."""
    if save.form != "outreach" or value_of(found["handout"][0], "parent") == found["outreach"][0]["id"]:
        return []
    return [f"the leaflets of {save.number} hang elsewhere"]


def find(records: Mapping[str, Wire], kind: str, values: Mapping[str, int]) -> list[Wire]:
    name, value = next(iter(values.items()))
    return [wire for wire in records.values() if wire["kind"] == kind and value_of(wire, name) == value]


def value_of(wire: Wire, name: str) -> Any:
    head = wire["fields"].get(name)
    return head[0] if head else None
