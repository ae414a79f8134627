"""Cells, levels and live records of a scope, put together by child area and day: the matter of figures."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson
from sqlalchemy import Connection, or_, select, tuple_

from backend.models import Area, DailyFigure, Record
from backend.services.scope import Scope
from sync.figures import LEVEL_KINDS, LIVE, Figures, add, is_counted, last_levels, shown, sum_levels
from sync.periods import Span

# the id of a direct child; null for the area itself; "" for the area with everything under it
Bucket = str | None
WHOLE = ""


@dataclass(slots=True)
class DayTally:
    """What the cells of one bucket and day come to."""

    figures: Figures = field(default_factory=dict)
    changed_ms: int = 0


@dataclass(slots=True)
class Buckets:
    """Which bucket an area's cells fall into, and the units that a bucket is made of."""

    of_area: dict[str, Bucket]
    units: dict[Bucket, set[str]]
    children: list[str]


@dataclass(slots=True)
class Tallies:
    """Everything that rows are computed from, read once."""

    buckets: Buckets
    days: dict[Bucket, dict[str, DayTally]]
    active_days: dict[str, set[str]]
    levels: dict[Bucket, dict[str, list[tuple[str, dict[str, int | None]]]]]
    live: list[tuple[Bucket, str, str]]
    is_split: bool
    order: dict[Bucket, list[str]] = field(default_factory=dict)

    def parts(self, bucket: Bucket) -> list[Bucket]:
        """The buckets that one is made of: the whole, where children are told apart, of all."""
        return [*self.buckets.units] if bucket == WHOLE and self.is_split else [bucket]

    def sums(self, bucket: Bucket, span: Span) -> tuple[Figures, int]:
        """Sums of a bucket over a span, and when the last of its cells changed."""
        total: Figures = {}
        changed_ms = 0
        for part in self.parts(bucket):
            changed_ms = max(changed_ms, self._add_days(part, span, total))
        return total, changed_ms

    def _add_days(self, part: Bucket, span: Span, total: Figures) -> int:
        days = self.days.get(part, {})
        if part not in self.order:
            self.order[part] = sorted(days)
        order, changed_ms = self.order[part], 0
        first, last = bisect_left(order, span.first.isoformat()), bisect_right(order, span.last.isoformat())
        for day in order[first:last]:
            add(total, days[day].figures)
            changed_ms = max(changed_ms, days[day].changed_ms)
        return changed_ms

    def levels_at(self, bucket: Bucket, day: date) -> Figures:
        """Levels that stand at the end of a day, added over units."""
        last = day.isoformat()
        units = [cells for part in self.parts(bucket) for cells in self.levels.get(part, {}).values()]
        return sum_levels(last_levels(cell for cell in cells if cell[0] <= last) for cells in units)

    def live_at(self, bucket: Bucket, day: date) -> Figures:
        """Live records that had been launched by a day."""
        total: Figures = {}
        parts = set(self.parts(bucket))
        for own, measure, launched_on in self.live:
            if own in parts and launched_on <= day.isoformat():
                add(total, {measure: 1})
        return total

    def is_active(self, unit: str, span: Span) -> bool:
        """Whether a unit has an activity in a span."""
        first, last = span.first.isoformat(), span.last.isoformat()
        return any(first <= day <= last for day in self.active_days.get(unit, ()))


def read_tallies(
    connection: Connection, scope: Scope, spans: Iterable[Span], campaign: str | None, *, by_area: bool
) -> Tallies:
    """Read what figures of a scope over some spans are made of; `spans` may overlap."""
    buckets = read_buckets(connection, scope, by_area=by_area)
    wanted = merge_spans(spans)
    tallies = Tallies(buckets, defaultdict(dict), defaultdict(set), defaultdict(dict), [], by_area)
    _read_cells(connection, scope, wanted, campaign, tallies)
    _read_levels(connection, scope, wanted[-1].last, campaign, tallies)
    if campaign is None:
        _read_live(connection, scope, tallies)
    return tallies


def read_buckets(connection: Connection, scope: Scope, *, by_area: bool) -> Buckets:
    """Every area of the scope with its bucket; children in the order of their codes and names."""
    under = Area.path.startswith(scope.path, autoescape=True)
    rows = connection.execute(
        select(Area.id, Area.path, Area.partition, Area.parent).where(under).order_by(Area.code, Area.folded, Area.id)
    ).all()
    of_area: dict[str, Bucket] = {}
    units: dict[Bucket, set[str]] = {WHOLE: set(scope.partitions)}
    for row in rows:
        child = row.path[len(scope.path) :].partition("/")[0] or None
        of_area[row.id] = child if by_area else WHOLE
        units.setdefault(child, set()).add(row.partition)
    return Buckets(of_area, units, [row.id for row in rows if row.parent == scope.id])


def merge_spans(spans: Iterable[Span]) -> list[Span]:
    """The same days in as few spans as possible, ascending."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.first <= merged[-1].last:
            merged[-1] = Span(merged[-1].first, max(merged[-1].last, span.last))
        else:
            merged.append(span)
    return merged


def _read_cells(connection: Connection, scope: Scope, spans: list[Span], campaign: str | None, into: Tallies) -> None:
    columns = select(
        DailyFigure.area, DailyFigure.day, DailyFigure.partition, DailyFigure.activities,
        DailyFigure.figures, DailyFigure.by_campaign, DailyFigure.changed_ms,
    )  # fmt: skip
    days = or_(*(DailyFigure.day.between(span.first.isoformat(), span.last.isoformat()) for span in spans))
    for row in connection.execute(columns.where(DailyFigure.partition.in_(scope.partitions), days)):
        if row.activities:
            into.active_days[row.partition].add(row.day)
        if row.area not in into.buckets.of_area:
            continue
        tally = into.days[into.buckets.of_area[row.area]].setdefault(row.day, DayTally())
        add(tally.figures, _figures(row, campaign))
        tally.changed_ms = max(tally.changed_ms, row.changed_ms)


def _read_levels(connection: Connection, scope: Scope, last: date, campaign: str | None, into: Tallies) -> None:
    """Levels stand from long before the span, so the few cells that state one are all read."""
    stated = select(Record.area, Record.day).where(
        Record.partition.in_(scope.partitions), Record.kind.in_(sorted(LEVEL_KINDS)), Record.day <= last.isoformat()
    )
    columns = select(
        DailyFigure.area, DailyFigure.day, DailyFigure.partition, DailyFigure.figures, DailyFigure.by_campaign
    )
    for row in connection.execute(columns.where(tuple_(DailyFigure.area, DailyFigure.day).in_(stated.distinct()))):
        if row.area in into.buckets.of_area:
            units = into.levels[into.buckets.of_area[row.area]]
            units.setdefault(row.partition, []).append((row.day, _figures(row, campaign)))


def _read_live(connection: Connection, scope: Scope, into: Tallies) -> None:
    """Records that count as long as they live, in their present state."""
    kinds = sorted(measure.kind for measure in LIVE if measure.kind)
    columns = select(Record.area, Record.wire).where(
        Record.partition.in_(scope.partitions), Record.kind.in_(kinds), Record.hidden.is_(False)
    )
    for row in connection.execute(columns):
        wire = orjson.loads(row.wire)
        area = shown(wire, "area")
        place = area if area in into.buckets.of_area else row.area
        if place not in into.buckets.of_area or (area is not None and place != area and not scope.is_whole):
            continue
        for measure in LIVE:
            if measure.kind == wire["kind"] and is_counted(measure, wire):
                into.live.append((into.buckets.of_area[place], measure.name, shown(wire, "launched_on") or ""))


def _figures(row: Any, campaign: str | None) -> dict[str, int | None]:
    if campaign is None:
        found: dict[str, int | None] = orjson.loads(row.figures)
        return found
    of_campaign: dict[str, int | None] = orjson.loads(row.by_campaign).get(campaign, {})
    return of_campaign
