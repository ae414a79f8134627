"""Daily figures: recompute the cells that pushes marked, never add or subtract, so that it may be done again.

A push holds its partition's counter from before it reads until it commits. A drain takes the same lock first,
so on PostgreSQL (read committed) it sees every record whose mark it deletes, and a push that comes meanwhile
marks its cell again. On SQLite the write transaction does the same. Lock order: counter, then marks.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import orjson
from sqlalchemy import Connection, delete, func, select, tuple_

from backend.database import reading, writing
from backend.models import Area, Counter, DailyFigure, DirtyCell, Record
from backend.services.upsert import insert_missing, insert_or_update
from sync.figures import COUNTED_KINDS, Figures, count_cell, is_activity

Cell = tuple[str, str]
CELLS_PER_TRANSACTION: Final = 100


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell whose stored figures are not what its records come to; null where there is no row."""

    area: str
    day: str
    stored: str | None
    counted: str


def drain(now_ms: int, limit: int = 500) -> int:
    """Count at most `limit` marked cells anew, oldest marks first, in short transactions; how many were counted."""
    counted = 0
    with reading() as connection:
        partitions = _marked_partitions(connection)
    for partition in partitions:
        done = chunk = CELLS_PER_TRANSACTION
        while done == chunk and counted < limit:
            chunk = min(CELLS_PER_TRANSACTION, limit - counted)
            with writing() as connection:
                done = drain_partition(connection, partition, now_ms, chunk)
            counted += done
    return counted


def drain_partition(connection: Connection, partition: str, now_ms: int, limit: int) -> int:
    """Count marked cells of one partition anew, and take their marks away. The caller commits."""
    _lock_counter(connection, partition)
    marked = (
        select(DirtyCell.area, DirtyCell.day, DirtyCell.marked_ms)
        .join(Area, Area.id == DirtyCell.area)
        .where(Area.partition == partition)
        .order_by(DirtyCell.marked_ms, DirtyCell.area, DirtyCell.day)
        .limit(limit)
    )
    marks = {(row.area, row.day): row.marked_ms for row in connection.execute(marked)}
    if marks:
        _store(connection, partition, marks, now_ms)
        cells = tuple_(DirtyCell.area, DirtyCell.day).in_(list(marks))
        connection.execute(delete(DirtyCell).where(cells))
    return len(marks)


def recount(connection: Connection, partition: str, now_ms: int) -> list[Difference]:
    """Count every cell of a partition from its records and compare; what differs is marked and reported.

    Takes the partition's counter, so nothing changes meanwhile; cells that are marked already are left out."""
    _lock_counter(connection, partition)
    stored = {
        (row.area, row.day): (row.figures, row.by_campaign, row.activities)
        for row in connection.execute(select(DailyFigure.__table__).where(DailyFigure.partition == partition))
    }
    records = _records(connection, (Record.partition == partition,))
    counted = {cell: _texts(list(rows)) for cell, rows in groupby(records, key=lambda row: (row.area, row.day))}
    marked = set(connection.execute(select(DirtyCell.area, DirtyCell.day)))
    found = []
    for cell in sorted(stored.keys() | counted.keys()):
        before, now = stored.get(cell), counted.get(cell, ("{}", "{}", 0))
        if cell not in marked and before != now and (before is not None or now[2] or now[0] != "{}"):
            found.append(Difference(*cell, stored=before[0] if before else None, counted=now[0]))
    marks = [{"area": each.area, "day": each.day, "marked_ms": now_ms} for each in found]
    insert_missing(connection, DirtyCell, marks)
    return found


def as_of_ms(connection: Connection, partitions: list[str], now_ms: int) -> int:
    """The time up to which every change in these partitions is counted."""
    oldest = connection.execute(
        select(func.min(DirtyCell.marked_ms))
        .join(Area, Area.id == DirtyCell.area)
        .where(Area.partition.in_(partitions))
    ).scalar()
    return now_ms if oldest is None else min(now_ms, oldest - 1)


def _marked_partitions(connection: Connection) -> list[str]:
    oldest = func.min(DirtyCell.marked_ms)
    found = select(Area.partition).join(DirtyCell, DirtyCell.area == Area.id).group_by(Area.partition)
    return list(connection.execute(found.order_by(oldest, Area.partition)).scalars())


def _lock_counter(connection: Connection, partition: str) -> None:
    locking = select(Counter.seq).where(Counter.partition == partition).with_for_update()
    if connection.execute(locking).first() is None:
        insert_missing(connection, Counter, [{"partition": partition, "seq": 0}])
        connection.execute(locking)


def _store(connection: Connection, partition: str, marks: dict[Cell, int], now_ms: int) -> None:
    before = {
        (row.area, row.day): row
        for row in connection.execute(
            select(DailyFigure.__table__).where(tuple_(DailyFigure.area, DailyFigure.day).in_(list(marks)))
        )
    }
    records = _records(connection, (tuple_(Record.area, Record.day).in_(list(marks)),))
    counted = {cell: list(rows) for cell, rows in groupby(records, key=lambda row: (row.area, row.day))}
    rows = []
    for cell, marked_ms in sorted(marks.items()):
        row = _row(cell, partition, counted.get(cell, []), before.get(cell), marked_ms, now_ms)
        if row is not None:
            rows.append(row)
    insert_or_update(connection, DailyFigure, rows)


def _row(
    cell: Cell, partition: str, records: list[Any], before: Any | None, marked_ms: int, now_ms: int
) -> dict[str, Any] | None:
    """The cell's row; an emptied cell keeps its row, which says when it last differed."""
    figures, by_campaign, activities = _texts(records)
    if before is None and not records:
        return None
    same = before is not None and (before.figures, before.by_campaign, before.activities) == (
        figures, by_campaign, activities
    )  # fmt: skip
    return {
        "area": cell[0],
        "day": cell[1],
        "partition": partition,
        "activities": activities,
        "figures": figures,
        "by_campaign": by_campaign,
        # when the change was received, not when it was counted: a late scheduler restates nothing
        "changed_ms": before.changed_ms if before is not None and same else marked_ms,
        "counted_ms": now_ms,
    }


def _records(connection: Connection, where: Iterable[Any]) -> Iterator[Any]:
    columns = select(Record.area, Record.day, Record.kind, Record.campaign, Record.at_ms, Record.wire)
    shown = columns.where(*where, Record.hidden.is_(False), Record.kind.in_(sorted(COUNTED_KINDS)))
    return iter(connection.execute(shown.order_by(Record.area, Record.day, Record.id)))


def _texts(records: list[Any]) -> tuple[str, str, int]:
    """`(figures, figures by campaign, activities)` of one cell's records, as they are stored."""
    wires = [(row.campaign, row.at_ms, orjson.loads(row.wire)) for row in records]
    campaigns = sorted({campaign for campaign, _, _ in wires if campaign})
    by_campaign = {c: count_cell((at, wire) for own, at, wire in wires if own == c) for c in campaigns}
    activities = sum(is_activity(row.kind) for row in records)
    return _text(count_cell((at, wire) for _, at, wire in wires)), _text(by_campaign), activities


def _text(value: Figures | dict[str, Figures]) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
