"""Pull: the page of a partition's feed that follows a cursor (P17, P20), as stored wire text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, literal, or_, select, union_all

from backend.models import Counter, Departure, FeedMark, Record
from backend.services.access import PartitionAccess
from sync.canonical import write
from sync.cursor import Cursor, Feed, Page, after_page, decode, encode, plan_pull
from sync.days import DAY_MS
from sync.limits import FIRST_PULL_WINDOW_DAYS

# every role that sees a partition sees all of it; a narrower sight would be another scope (P17)
SCOPE = "all"


@dataclass(frozen=True, slots=True)
class Answer:
    """One partition's part of the answer; `records` are JSON texts."""

    records: list[str]
    cursor: str | None
    more: bool
    reset: bool

    def text(self) -> str:
        records = ",".join(self.records)
        rest = write({"cursor": self.cursor, "more": self.more, "reset": self.reset})
        return f'{{"records":[{records}],{rest[1:]}'


def pull(
    connection: Connection,
    visible: Mapping[str, PartitionAccess],
    cursors: Mapping[str, str | None],
    records_max: int,
    epoch: str,
    now_ms: int,
) -> dict[str, Answer]:
    """Answers for the partitions named in `cursors` that the caller sees; they share `records_max` in turn."""
    asked = sorted(partition for partition in cursors if partition in visible)
    answers: dict[str, Answer] = {}
    rest = records_max
    for index, partition in enumerate(asked):
        share = -(-rest // (len(asked) - index))
        answers[partition] = _pull_one(connection, partition, cursors[partition], share, epoch, now_ms)
        rest -= len(answers[partition].records)
    return answers


def _pull_one(
    connection: Connection, partition: str, cursor_text: str | None, records_max: int, epoch: str, now_ms: int
) -> Answer:
    cursor = decode(cursor_text) if cursor_text is not None else None
    if cursor_text is not None and cursor is None:
        return Answer([], None, more=False, reset=True)
    feed = _feed(connection, partition, cursor, epoch, now_ms)
    page = plan_pull(cursor, feed)
    if page is None:
        return Answer([], None, more=False, reset=True)
    rows = _descending(connection, partition, page, records_max) if page.is_descending else None
    if rows is None:
        rows = _ascending(connection, partition, page.after, records_max)
    last_seq = rows[-1][0] if rows else None
    mark = mark_of(connection, partition, last_seq) if last_seq and not page.is_descending else ""
    following, more = after_page(page, last_seq, mark or "", is_full=len(rows) >= records_max, counter=feed.counter)
    return Answer([text for _, text in rows], encode(following), more=more, reset=False)


def _feed(connection: Connection, partition: str, cursor: Cursor | None, epoch: str, now_ms: int) -> Feed:
    counter = connection.execute(select(Counter.seq).where(Counter.partition == partition)).scalar() or 0
    return Feed(
        epoch=epoch,
        scope=SCOPE,
        counter=counter,
        counter_mark=mark_of(connection, partition, counter) or "",
        mark_at_cursor=mark_of(connection, partition, cursor.seq) if cursor else None,
        window_from_ms=now_ms - FIRST_PULL_WINDOW_DAYS * DAY_MS,
    )


def mark_of(connection: Connection, partition: str, seq: int) -> str | None:
    """The mark of the run of changes that `seq` belongs to; null when the partition never gave it."""
    following = select(FeedMark.mark).where(FeedMark.partition == partition, FeedMark.last_seq >= seq)
    return connection.execute(following.order_by(FeedMark.last_seq).limit(1)).scalar()


def _ascending(connection: Connection, partition: str, after: int, records_max: int) -> Sequence[tuple[int, str]]:
    """Records and departures after a place, ascending.

    One statement, hence one snapshot: two would skip a record that commits between them (A1)."""
    records = select(Record.seq, Record.wire.label("text"), literal(0).label("gone"))
    records = records.where(Record.partition == partition, Record.seq > after).order_by(Record.seq).limit(records_max)
    departures = select(Departure.seq, Departure.record.label("text"), literal(1).label("gone"))
    departures = departures.where(Departure.partition == partition, Departure.seq > after)
    departures = departures.order_by(Departure.seq).limit(records_max)
    either = union_all(select(records.subquery()), select(departures.subquery())).subquery()
    rows = connection.execute(select(either).order_by(either.c.seq).limit(records_max))
    return [(row.seq, _departed(row.text, row.seq) if row.gone else row.text) for row in rows]


def _departed(record: str, seq: int) -> str:
    return write({"id": record, "seq": seq, "moved": True})


def _descending(connection: Connection, partition: str, page: Page, records_max: int) -> Sequence[tuple[int, str]]:
    """Records below a place that changed within the window, or whose parent or sibling did; references first of all."""
    changed = Record.partition == partition, Record.changed_ms >= page.from_ms
    wanted: ColumnElement[bool] = or_(
        Record.family.in_(select(Record.family).where(*changed)), Record.parent.in_(select(Record.id).where(*changed))
    )
    if page.is_first:
        wanted = or_(Record.reference, wanted)
    rows = (
        select(Record.seq, Record.wire)
        .where(Record.partition == partition, Record.seq < page.below, wanted)
        .order_by(Record.seq.desc())
        .limit(records_max)
    )
    return [(row.seq, row.wire) for row in connection.execute(rows)]
