"""A merged record on the wire (P18), its flags, and where, when and for what it counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sync.canonical import Json, rewrite
from sync.days import day_of
from sync.limits import CLAMP_AHEAD_MS
from sync.merge import VOID, Head, State


@dataclass(frozen=True, slots=True)
class Authorship:
    """Who and which device, and when the server received it; never taken from a field."""

    user: str
    name: str
    device: str
    received_ms: int

    def text(self) -> str:
        """As a record on the wire says it (P18)."""
        by = {"id": self.user, "name": self.name}
        return rewrite({"by": by, "device": self.device, "received_ms": self.received_ms})


class Placement(NamedTuple):
    """Where (area), when (day, ms) and for which campaign a record counts, and whether it is hidden."""

    area: str
    at_ms: int
    campaign: str | None
    void: bool
    hidden: bool

    @property
    def day(self) -> str:
        return day_of(self.at_ms)


class Merged(NamedTuple):
    """What a merge comes to, in the shape of the wire (P18): heads as `[value, id, …]`, stamps by operation id.

    `settled`: all accepted operations are known, each replaced what it named, and nothing was ever voided: then
    the next plain edit needs no log (`sync.advance`)."""

    fields: dict[str, list[Json]]
    siblings: dict[str, list[list[Json]]]
    stamps: dict[str, list[int]]
    edited_while_void: bool
    suspect: bool
    settled: bool

    def values(self) -> dict[str, Json]:
        """The shown value of each field that was ever set."""
        return {field: head[0] for field, head in self.fields.items()}


def merged_of(state: State, *, settled: bool) -> Merged:
    """The wire's shape of a state."""
    heads = [head for of_field in state.heads.values() for head in of_field]
    entries = [entry for head in heads for entry in head.operations]
    return Merged(
        fields={field: _head(of_field[0]) for field, of_field in state.heads.items()},
        siblings={f: [_head(head) for head in heads[1:]] for f, heads in state.heads.items() if len(heads) > 1},
        stamps={entry.operation.id: [*entry.operation.stamp, entry.effective_ms] for entry in entries},
        edited_while_void=state.edited_while_void,
        suspect=any(entry.suspect for entry in entries),
        settled=settled,
    )


def wire_text(
    record: str, kind: str, partition: str, seq: int, merged: Merged, created: str, changed: str, flags: list[str]
) -> str:
    """The record as phones and supervisors receive it: canonical JSON, its members in their order.

    `created` and `changed` are the texts of `Authorship`: a batch shares them. Ids, kinds and flags need no escapes."""
    return (
        f'{{"changed":{changed},"created":{created},"fields":{rewrite(merged.fields)},"flags":{_listed(flags)},'
        f'"id":"{record}","kind":"{kind}","partition":"{partition}","seq":{seq},'
        f'"siblings":{rewrite(merged.siblings) if merged.siblings else "{}"},"stamps":{_stamped(merged.stamps)}}}'
    )


def _listed(flags: list[str]) -> str:
    return '["' + '","'.join(flags) + '"]' if flags else "[]"


def _stamped(stamps: Mapping[str, list[int]]) -> str:
    """Stamps by operation id, as canonical JSON: names of ASCII in their order, each with three integers."""
    told = [f'"{name}":[{ms},{count},{effective_ms}]' for name, (ms, count, effective_ms) in sorted(stamps.items())]
    return f"{{{','.join(told)}}}"


def flags_of(
    merged: Merged, values: Mapping[str, Json], received_ms: int, *, is_orphan: bool, may_name_people: bool = False
) -> list[str]:
    """What a supervisor should look at, sorted. `received_ms` is when the last change was received; `may_name_people`
    says that some free text looks like personal data (`sync.personal`)."""
    start, end = values.get("started_at"), values.get("ended_at")
    present, invited = values.get("households_present"), values.get("households_invited")
    limit = received_ms + CLAMP_AHEAD_MS
    raised = {
        "conflict": bool(merged.siblings),
        "edited_while_void": merged.edited_while_void,
        "end_before_start": start is not None and end is not None and end < start,
        "orphan": is_orphan,
        "over_invited": present is not None and invited is not None and present > invited,
        "personal_data_suspected": may_name_people,
        "suspect_clock": merged.suspect,
        "time_in_future": (start is not None and start > limit) or (end is not None and end > limit),
    }
    return [flag for flag, is_raised in raised.items() if is_raised]


class Own(NamedTuple):
    """What a record says by itself of where, when and for what it counts."""

    place: str | None
    started_at: int | None
    campaign: str | None
    void: bool
    created_ms: int


def own_of(values: Mapping[str, Json], created_ms: int, *, place_is_known: bool) -> Own:
    """`place_is_known` says that `values["place"]` is an area at or under the partition."""
    place = values.get("place") if place_is_known else None
    return Own(place, values.get("started_at"), values.get("campaign"), values.get(VOID) is not None, created_ms)


def placement_of(own: Own, partition: str, parent: Own | None) -> Placement:
    """Own place, time and campaign, else the parent's own; without any time the day of first receipt.

    Only the parent's own values count, never what it takes from a parent of its own: so a change concerns the
    record and its children and ends there, and the order of arrival cannot matter."""
    above = parent or Own(None, None, None, False, own.created_ms)
    started = own.started_at if own.started_at is not None else above.started_at
    return Placement(
        area=own.place or above.place or partition,
        at_ms=started if started is not None else above.created_ms,
        campaign=own.campaign or above.campaign,
        void=own.void,
        hidden=own.void or above.void,
    )


def compared(record: str, kind: str, state: State) -> dict[str, Any]:
    """What two replicas must agree on byte for byte, in canonical JSON."""
    entries = [entry for heads in state.heads.values() for head in heads for entry in head.operations]
    suspects = {entry.operation.id for entry in entries if entry.suspect}
    return {
        "record": record,
        "kind": kind,
        "fields": {field: _head(heads[0]) for field, heads in state.heads.items()},
        "siblings": {f: [_head(head) for head in heads[1:]] for f, heads in state.heads.items() if len(heads) > 1},
        "suspects": sorted(suspects),
    }


def _head(head: Head) -> list[Json]:
    return [head.value, *head.ids]
