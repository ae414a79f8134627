"""Read what figures are made of: a scope's daily cells; or, of one author, the records themselves.

Nothing of a day that has not come is read: it neither counts nor makes its unit a reporting one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, or_, select, tuple_

from backend.models import Area, DailyFigure, Record
from backend.services.scope import Scope
from backend.services.tallies import WHOLE, Bucket, Buckets, DayTally, Tallies
from sync.figures import (
    COUNTED_KINDS,
    LEVEL_KINDS,
    LIVE,
    Figures,
    add,
    count_cell,
    is_activity,
    is_counted,
    shown,
)
from sync.periods import Span


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cells: of some spans (they may overlap) up to today, of a campaign, of one author's records only."""

    spans: tuple[Span, ...]
    today: date
    campaign: str | None
    author: str | None
    by_area: bool

    @property
    def last(self) -> date:
        return min(max(span.last for span in self.spans), self.today)


class Cell(NamedTuple):
    """What one area and day come to."""

    area: str
    day: str
    partition: str
    activities: int
    figures: Figures
    changed_ms: int


def read_tallies(connection: Connection, scope: Scope, buckets: Buckets, wanted: Wanted) -> Tallies:
    """Read what figures of a scope are made of."""
    tallies = Tallies(buckets, wanted.by_area)
    spans = merge_spans(wanted.spans, wanted.today)
    if spans:
        for cell in _cells(connection, scope, wanted, spans):
            _put(tallies, cell)
    for cell in _level_cells(connection, scope, wanted):
        if cell.area in buckets.of_area:
            of_unit = tallies.levels[buckets.of_area[cell.area]].setdefault(cell.partition, [])
            of_unit.append((cell.day, cell.figures))
    if wanted.campaign is None:
        _read_live(connection, scope, wanted, tallies)
    return tallies.settle()


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


def merge_spans(spans: Iterable[Span], today: date) -> list[Span]:
    """The same days up to today in as few spans as possible, ascending."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.first <= merged[-1].last:
            merged[-1] = Span(merged[-1].first, max(merged[-1].last, span.last))
        else:
            merged.append(span)
    return [Span(span.first, min(span.last, today)) for span in merged if span.first <= today]


def _put(tallies: Tallies, cell: Cell) -> None:
    if cell.activities:
        tallies.active_days[cell.partition].append(cell.day)
    if cell.area not in tallies.buckets.of_area:
        return
    days = tallies.days[tallies.buckets.of_area[cell.area]]
    tally = days.get(cell.day)
    if tally is None:
        tally = days[cell.day] = DayTally()
    add(tally.figures, cell.figures)
    tally.changed_ms = max(tally.changed_ms, cell.changed_ms)


def _cells(connection: Connection, scope: Scope, wanted: Wanted, spans: list[Span]) -> Iterator[Cell]:
    """The cells of some spans, everywhere in the scope's units: a hamlet takes its unit's state."""
    if wanted.author is not None:
        areas = select(Area.id).where(Area.partition.in_(scope.partitions))
        return _own_cells(connection, wanted, (Record.area.in_(areas), _within(Record.day, spans)))
    within = _within(DailyFigure.day, spans)
    return _stored_cells(connection, wanted, (DailyFigure.partition.in_(scope.partitions), within))


def _level_cells(connection: Connection, scope: Scope, wanted: Wanted) -> Iterator[Cell]:
    """Levels stand from long before the span, so the few cells that state one are all read."""
    stated = (
        Record.partition.in_(scope.partitions),
        Record.kind.in_(sorted(LEVEL_KINDS)),
        Record.day <= wanted.last.isoformat(),
    )
    if wanted.author is not None:
        return _own_cells(connection, wanted, stated)
    cells = select(Record.area, Record.day).where(*stated).distinct()
    return _stored_cells(connection, wanted, (tuple_(DailyFigure.area, DailyFigure.day).in_(cells),))


def _within(day: Any, spans: list[Span]) -> Any:
    return or_(*(day.between(span.first.isoformat(), span.last.isoformat()) for span in spans))


def _stored_cells(connection: Connection, wanted: Wanted, where: Iterable[Any]) -> Iterator[Cell]:
    told = DailyFigure.by_campaign if wanted.campaign else DailyFigure.figures
    query = select(
        DailyFigure.area, DailyFigure.day, DailyFigure.partition, DailyFigure.activities, told, DailyFigure.changed_ms
    )
    for area, day, partition, activities, text, changed_ms in connection.execute(query.where(*where)):
        figures = orjson.loads(text)
        if wanted.campaign:
            figures = figures.get(wanted.campaign, {})
        yield Cell(area, day, partition, activities, figures, changed_ms)


def _own_cells(connection: Connection, wanted: Wanted, where: Iterable[Any]) -> Iterator[Cell]:
    """Cells of one author's records, counted here and now."""
    columns = select(
        Record.area, Record.day, Record.partition, Record.kind, Record.campaign, Record.at_ms, Record.changed_ms,
        Record.hidden, Record.wire,
    )  # fmt: skip
    own = columns.where(*where, Record.author == wanted.author, Record.kind.in_(sorted(COUNTED_KINDS)))
    rows = connection.execute(own.order_by(Record.area, Record.day))
    for (area, day), group in groupby(rows, key=lambda row: (row.area, row.day)):
        records = list(group)
        shown_here = [row for row in records if not row.hidden]
        counted = [row for row in shown_here if wanted.campaign in (None, row.campaign)]
        yield Cell(
            area,
            day,
            records[0].partition,
            sum(is_activity(row.kind) for row in shown_here),
            count_cell((row.at_ms, orjson.loads(row.wire)) for row in counted),
            # with those that were voided: that restates a closed period, too
            max(row.changed_ms for row in records),
        )


def _read_live(connection: Connection, scope: Scope, wanted: Wanted, into: Tallies) -> None:
    """Records that count as long as they live, in their present state."""
    kinds = sorted(measure.kind for measure in LIVE if measure.kind)
    query = select(Record.area, Record.wire).where(
        Record.partition.in_(scope.partitions), Record.kind.in_(kinds), Record.hidden.is_(False)
    )
    if wanted.author is not None:
        query = query.where(Record.author == wanted.author)
    for row in connection.execute(query):
        wire = orjson.loads(row.wire)
        area = shown(wire, "area")
        place = area if area in into.buckets.of_area else row.area
        if place not in into.buckets.of_area or (area is not None and place != area and not scope.is_whole):
            continue
        began = shown(wire, "launched_on") or ""
        for measure in LIVE:
            if measure.kind == wire["kind"] and is_counted(measure, wire):
                into.live[into.buckets.of_area[place]].setdefault(measure.name, []).append(began)
