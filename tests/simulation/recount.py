"""The daily figures, once more and plainly: from the naive merge of the log and the words of the measures."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.simulation.naive import Merged
from tests.support.sources import ROOT

HANOI = dt.timezone(dt.timedelta(hours=7))
MEASURES: list[dict[str, Any]] = json.loads(Path(ROOT / "sync/measures.json").read_text("utf-8"))["measures"]
KINDS: dict[str, dict[str, Any]] = json.loads(Path(ROOT / "sync/kinds.json").read_text("utf-8"))["kinds"]
LEVELS = {measure["measure"] for measure in MEASURES if measure["rule"] == "level"}
# what a cell is counted from: activities, and kinds with a measure of a day
COUNTED = {kind for kind, entry in KINDS.items() if entry["activity"]} | {
    measure["kind"] for measure in MEASURES if measure["rule"] != "live"
}
Figures = dict[str, int | None]


@dataclass(frozen=True, slots=True)
class Counted:
    """A merged record with its kind and home, and the time of its first receipt."""

    id: str
    kind: str
    partition: str
    merged: Merged
    created_ms: int

    def value(self, name: str) -> Any:
        return self.merged.shown(name)


@dataclass(slots=True)
class Cell:
    """What one area's day comes to."""

    figures: Figures = field(default_factory=dict)
    activities: int = 0
    by_campaign: dict[str, Figures] = field(default_factory=dict)


def recount(records: Iterable[Counted], homes: dict[str, str]) -> dict[tuple[str, str], Cell]:
    """Cells by (area, day). `homes`: the partition of every area."""
    by_id = {record.id: record for record in records}
    members: dict[tuple[str, str], list[tuple[int, Counted, str | None]]] = defaultdict(list)
    for record in (record for record in by_id.values() if record.kind in COUNTED):
        parent = _parent(record, by_id)
        if record.value("void") is None and (parent is None or parent.value("void") is None):
            at_ms = _inherited(record, parent, "started_at")
            if at_ms is None:
                at_ms = (parent or record).created_ms
            area = _place(record, homes) or (parent and _place(parent, homes)) or record.partition
            members[area, _day(at_ms)].append((at_ms, record, _inherited(record, parent, "campaign")))
    return {cell: _count(sorted(found, key=lambda m: (m[0], m[1].id))) for cell, found in members.items()}


def _sum(one: int | None, other: int | None) -> int | None:
    return one if other is None else other + (one or 0)


def _parent(record: Counted, by_id: dict[str, Counted]) -> Counted | None:
    named = record.value("parent") if "parent" in KINDS[record.kind]["fields"] else None
    found = by_id.get(named) if isinstance(named, str) and named != record.id else None
    return found if found is not None and found.partition == record.partition else None


def _inherited(record: Counted, parent: Counted | None, name: str) -> Any:
    own = record.value(name)
    if own is None or (name == "campaign" and not own):
        return parent.value(name) if parent else own
    return own


def _place(record: Counted, homes: dict[str, str]) -> str | None:
    place = record.value("place")
    return place if place is not None and homes.get(place) == record.partition else None


def _day(ms: int) -> str:
    return (dt.datetime(1970, 1, 1, tzinfo=HANOI) + dt.timedelta(milliseconds=ms, hours=7)).date().isoformat()


def _count(members: list[tuple[int, Counted, str | None]]) -> Cell:
    cell = Cell()
    for _, record, campaign in members:
        cell.activities += KINDS[record.kind]["activity"]
        _add(cell.figures, record)
        if campaign:
            _add(cell.by_campaign.setdefault(campaign, {}), record)
    return cell


def _add(figures: Figures, record: Counted) -> None:
    for measure in MEASURES:
        if measure["kind"] != record.kind or measure["rule"] == "live" or not _concerns(measure, record):
            continue
        name, value = measure["measure"], _value(measure, record)
        if measure["rule"] == "level":
            figures[name] = value if value is not None else figures.get(name)
        else:
            figures[name] = _sum(figures.get(name), value)


def _concerns(measure: dict[str, Any], record: Counted) -> bool:
    where = measure.get("where")
    if where is None:
        return True
    value = record.value(where["field"])
    return where["has"] in (value or ()) if "has" in where else bool(value == where["equals"])


def _value(measure: dict[str, Any], record: Counted) -> int | None:
    if measure["rule"] == "count":
        return 1
    if measure["rule"] == "minutes":
        start, end = record.value("started_at"), record.value("ended_at")
        return None if start is None or end is None or end < start else (end - start) // 60_000
    value = record.value(measure["field"])
    return value if isinstance(value, int) else None
