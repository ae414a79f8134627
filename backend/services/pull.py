"""Pull: the page of a partition's feed that follows a cursor (P17, P20), as stored wire text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    literal,
    or_,
    select,
    union_all,
)

from backend.models import Counter, Departure, FeedMark, Record
from backend.services.access import PartitionAccess
from sync.canonical import rewrite
from sync.cursor import Feed, Page, after_page, decode, encode, plan_pull
from sync.days import DAY_MS
from sync.limits import FIRST_PULL_WINDOW_DAYS

# every role that sees a partition sees all of it; a narrower sight would be another scope (P17)
SCOPE = "all"
HEADS: Final = (
    select(Counter.partition, Counter.seq, FeedMark.mark)
    .join(FeedMark, and_(FeedMark.partition == Counter.partition, FeedMark.last_seq == Counter.seq), isouter=True)
    .where(Counter.partition.in_(bindparam("partitions", expanding=True)))
)
MARK: Final = (
    select(FeedMark.mark)
    .where(FeedMark.partition == bindparam("of_partition"), FeedMark.last_seq >= bindparam("seq"))
    .order_by(FeedMark.last_seq)
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One partition's part of the answer; `records` are JSON texts."""

    records: list[str]
    cursor: str | None
    more: bool
    reset: bool

    def text(self) -> str:
        records = ",".join(self.records)
        rest = rewrite({"cursor": self.cursor, "more": self.more, "reset": self.reset})
        return f'{{"records":[{records}],{rest[1:]}'


def pull(
    connection: Connection,
    visible: Mapping[str, PartitionAccess],
    cursors: Mapping[str, str | None],
    records_max: int,
    epoch: str,
    now_ms: int,
) -> dict[str, Answer]:
    """Answers for the partitions named in `cursors` that the caller sees.

    Those with something to read share `records_max` in turn; the others, most of a city's, cost no statement."""
    asked = sorted(partition for partition in cursors if partition in visible)
    heads = _heads(connection, asked)
    answers: dict[str, Answer] = {}
    waiting: list[tuple[str, Page]] = []
    for partition in asked:
        counter, mark = heads.get(partition, (0, ""))
        page = _plan(connection, partition, cursors[partition], (epoch, now_ms, counter, mark))
        if page is None:
            answers[partition] = Answer([], None, more=False, reset=True)
        elif _is_read(page, counter):
            answers[partition] = _answer(page, [], (counter, mark), is_full=False)
        else:
            waiting.append((partition, page))
    rest = records_max
    for index, (partition, page) in enumerate(waiting):
        share = -(-rest // (len(waiting) - index))
        answers[partition] = _read(connection, partition, page, share, heads.get(partition, (0, "")))
        rest -= len(answers[partition].records)
    return answers


def _heads(connection: Connection, partitions: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Counter and newest mark of partitions, in one statement."""
    rows = connection.execute(HEADS, {"partitions": partitions})
    return {row.partition: (row.seq, row.mark or "") for row in rows}


def _plan(
    connection: Connection, partition: str, cursor_text: str | None, known: tuple[str, int, int, str]
) -> Page | None:
    """The page that follows a cursor; null when the phone must start anew. `known`: epoch, now, counter, its mark."""
    epoch, now_ms, counter, mark = known
    cursor = decode(cursor_text) if cursor_text is not None else None
    if cursor_text is not None and cursor is None:
        return None
    is_newest = cursor is not None and cursor.marked_seq == counter
    feed = Feed(
        epoch=epoch,
        scope=SCOPE,
        counter=counter,
        counter_mark=mark,
        mark_at_cursor=mark if is_newest or cursor is None else mark_of(connection, partition, cursor.marked_seq),
        window_from_ms=now_ms - FIRST_PULL_WINDOW_DAYS * DAY_MS,
    )
    return plan_pull(cursor, feed)


def _is_read(page: Page, counter: int) -> bool:
    """Whether nothing can follow: an empty partition, or a cursor at its counter."""
    return counter == 0 if page.is_descending else page.after == counter


def _read(connection: Connection, partition: str, page: Page, records_max: int, head: tuple[int, str]) -> Answer:
    if page.is_descending:
        rows = _descending(connection, partition, page, records_max)
    else:
        rows = _ascending(connection, partition, page.after, records_max)
    is_full = len(rows) >= records_max
    # what came since the head was read may have taken along a record that this page would have brought
    is_behind = page.is_descending or is_full or (bool(rows) and rows[-1][0] > head[0])
    newest = _heads(connection, [partition]).get(partition, head) if is_behind else head
    return _answer(page, rows, newest, is_full=is_full)


def _answer(page: Page, rows: Sequence[tuple[int, str]], head: tuple[int, str], *, is_full: bool) -> Answer:
    last_seq, (counter, mark) = rows[-1][0] if rows else None, head
    following, more = after_page(page, last_seq, is_full=is_full, counter=counter, mark=mark)
    return Answer([text for _, text in rows], encode(following), more=more, reset=False)


def mark_of(connection: Connection, partition: str, seq: int) -> str | None:
    """The mark of the run of changes that `seq` belongs to; null when the partition never gave it."""
    return connection.execute(MARK, {"of_partition": partition, "seq": seq}).scalar()


def _changes_after() -> Select[Any]:
    """Records and departures of a partition after a place, ascending.

    One statement, hence one snapshot: two would skip a record that commits between them (A1)."""
    after: BindParameter[int] = bindparam("after")
    rows_max: BindParameter[int] = bindparam("rows_max")
    partition: BindParameter[str] = bindparam("of_partition")
    records = select(Record.seq, Record.wire.label("text"), literal(0).label("gone"))
    records = records.where(Record.partition == partition, Record.seq > after).order_by(Record.seq).limit(rows_max)
    departures = select(Departure.seq, Departure.record.label("text"), literal(1).label("gone"))
    departures = departures.where(Departure.partition == partition, Departure.seq > after)
    departures = departures.order_by(Departure.seq).limit(rows_max)
    either = union_all(select(records.subquery()), select(departures.subquery())).subquery()
    return select(either).order_by(either.c.seq).limit(rows_max)


CHANGES_AFTER: Final = _changes_after()


def _ascending(connection: Connection, partition: str, after: int, records_max: int) -> Sequence[tuple[int, str]]:
    rows = connection.execute(CHANGES_AFTER, {"of_partition": partition, "after": after, "rows_max": records_max}).all()
    return [(seq, _departed(text, seq) if gone else text) for seq, text, gone in rows]


def _departed(record: str, seq: int) -> str:
    return rewrite({"id": record, "seq": seq, "moved": True})


def _changed_lately(*, is_first: bool) -> Select[int, str]:
    """Records below a place that changed within the window, or whose parent or sibling did; references first of all.

    What changed by itself is asked for first: that is nearly every row, and the databases look for what its relatives
    did only where that says no. They gather those in one reading of the window, by its own index."""
    partition: BindParameter[str] = bindparam("of_partition")
    from_ms: BindParameter[int] = bindparam("from_ms")
    changed = Record.partition == partition, Record.changed_ms >= from_ms
    wanted: ColumnElement[bool] = or_(
        Record.changed_ms >= from_ms,
        Record.family.in_(select(Record.family).where(*changed)),
        Record.parent.in_(select(Record.id).where(*changed)),
    )
    if is_first:
        wanted = or_(Record.reference, wanted)
    found = select(Record.seq, Record.wire).where(
        Record.partition == partition, Record.seq < bindparam("below"), wanted
    )
    return found.order_by(Record.seq.desc()).limit(bindparam("rows_max"))


CHANGED_LATELY: Final = {is_first: _changed_lately(is_first=is_first) for is_first in (True, False)}


def _descending(connection: Connection, partition: str, page: Page, records_max: int) -> Sequence[tuple[int, str]]:
    given = {"of_partition": partition, "from_ms": page.from_ms, "below": page.below, "rows_max": records_max}
    return [(seq, wire) for seq, wire in connection.execute(CHANGED_LATELY[page.is_first], given).all()]
