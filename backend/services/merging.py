"""After the log grew: merge the touched records anew, number them, place them, mark what must be counted again."""

import json
from collections import Counter as Counted
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, select

from backend.ambient import Ambient
from backend.models import Base, Departure, Operation, Record
from backend.services.access import Actor
from backend.services.bulk import among, append_rows, by_dialect, change_rows, listed
from backend.services.numbering import number_changes
from backend.services.placing import Parents, concerns_children
from sync import canonical
from sync.advance import advance, begin, merge_log
from sync.canonical import Json
from sync.exchange import ACCEPTED, Home
from sync.fold import fold
from sync.kinds import KINDS, MEASURED_KINDS, is_reference
from sync.merge import Logged
from sync.operation import read_operation
from sync.personal import suspected
from sync.record import Authorship, Merged, Placement, flags_of, wire_text

RECORD: Final = Base.metadata.tables[Record.__tablename__]
ROWS: Final = by_dialect(lambda dialect: select(RECORD).where(among(Record.id, dialect)))
CHILDREN: Final = by_dialect(lambda dialect: select(RECORD).where(among(Record.parent, dialect)))
LOGS: Final = by_dialect(
    lambda dialect: select(
        Operation.device, Operation.record, Operation.text, Operation.effective_ms, Operation.suspect, Operation.status
    ).where(among(Operation.record, dialect))
)
NONE: Final[Mapping[str, str]] = {}


class Moved(Exception):
    """A record has another home than was decided on: created or moved meanwhile. The transaction is tried again."""


@dataclass(slots=True)
class Draft:
    """A record on its way to its row: what stood before (the row, and its wire read), and what the log says now."""

    id: str
    home: Home
    before: Row[Any] | None
    told: dict[str, Any] | None
    merged: Merged
    values: dict[str, Json]
    grew: bool

    @property
    def partition(self) -> str:
        return self.home.partition

    @property
    def created_ms(self) -> int | None:
        return None if self.before is None else int(self.before.created_ms)

    @property
    def parent(self) -> str | None:
        parent = self.values.get("parent") if "parent" in KINDS[self.home.kind].fields else None
        return parent if parent != self.id else None

    def value_before(self, field: str) -> Json:
        """What the row before showed of a field."""
        return self.told["fields"].get(field, (None,))[0] if self.told else None


class Written(NamedTuple):
    """A finished draft: its columns, all but `seq` and `wire` for good; whether its wire text or only its placement
    differs from before; and the texts of who created and changed it."""

    draft: Draft
    columns: dict[str, Any]
    flags: list[str]
    authors: tuple[str, str]
    is_changed: bool
    is_moved: bool

    @property
    def before(self) -> Row[Any] | None:
        return self.draft.before

    def wire(self, seq: int) -> str:
        draft, (created, changed) = self.draft, self.authors
        return wire_text(draft.id, draft.home.kind, draft.partition, seq, draft.merged, created, changed, self.flags)


class Teller:
    """Texts of authors, each written once for a batch."""

    def __init__(self, author: Authorship) -> None:
        self.author = author
        self.text = author.text()

    def told(self, draft: Draft, which: str) -> tuple[Authorship, str]:
        """Who did it: the caller, where nothing was told before."""
        told = draft.told[which] if draft.told else None
        if told is None or (which == "changed" and draft.grew):
            return self.author, self.text
        author = Authorship(told["by"]["id"], told["by"]["name"], told["device"], told["received_ms"])
        return author, author.text()


def store_records(
    connection: Connection,
    actor: Actor,
    homes: Mapping[str, Home],
    touched: Mapping[str, Sequence[Logged]],
    now_ms: int,
    ambient: Ambient,
    *,
    rows: Mapping[str, Row[Any]] | None = None,
) -> None:
    """Bring the rows of records whose log grew, and of their children, up to date.

    The caller holds the counters of their partitions, and commits. `rows`: what stands of those records, where the
    caller has read it under these locks."""
    ids = [record for record in touched if record in homes]
    before = rows_of(connection, ids) if rows is None else rows
    drafts = _drafts(connection, ids, homes, touched, before)
    _add_children(connection, drafts)
    parents = Parents(connection, drafts, now_ms)
    teller = Teller(Authorship(actor.user, actor.name, actor.device, now_ms))
    written = [_write(draft, *parents.place(draft), teller) for draft in drafts.values()]
    _number(connection, written, now_ms, ambient)
    # new rows are inserted plainly: a record that another transaction has just given another home fails here, and
    # the whole request is tried again (P27)
    append_rows(connection, RECORD, [row.columns for row in written if row.before is None])
    stood = [row for row in written if row.before is not None]
    change_rows(connection, RECORD, [row.columns for row in stood if row.is_changed or row.is_moved])


def move_records(connection: Connection, ids: Sequence[str], to: str, now_ms: int, ambient: Ambient) -> None:
    """Give records another partition (P27). Their old feeds say that they left, and both counters advance.

    The caller holds the counters of the old partitions and of `to`, and names whole families."""
    found = rows_of(connection, ids)
    rows = {record: found[record] for record in ids if record in found}
    drafts = {record: _draft_as_it_stands(row, to) for record, row in rows.items()}
    parents = Parents(connection, drafts, now_ms)
    nobody = Teller(Authorship("", "", "", now_ms))
    written = [_write(draft, *parents.place(draft), nobody) for draft in drafts.values()]
    departures = _number(connection, written, now_ms, ambient, left={row.id: row.partition for row in rows.values()})
    change_rows(connection, RECORD, [row.columns for row in written])
    append_rows(connection, Base.metadata.tables[Departure.__tablename__], departures)


def place_anew(connection: Connection, ids: Sequence[str], now_ms: int, ambient: Ambient) -> None:
    """Let records count where they belong after areas have moved around them; nothing else of them changes (P27).

    The caller holds the counters of their partitions."""
    drafts = {row.id: _draft_as_it_stands(row, row.partition) for row in rows_of(connection, ids).values()}
    parents = Parents(connection, drafts, now_ms)
    nobody = Teller(Authorship("", "", "", now_ms))
    placed = [_write(draft, *parents.place(draft), nobody) for draft in drafts.values()]
    written = [row for row in placed if row.is_changed or row.is_moved]
    _number(connection, written, now_ms, ambient)
    change_rows(connection, RECORD, [row.columns for row in written])


def rows_of(connection: Connection, ids: Sequence[str]) -> dict[str, Row[Any]]:
    """The rows of those records that exist."""
    found = connection.execute(ROWS[connection.dialect.name], {"ids": listed(connection, ids)})
    return {row.id: row for row in found}


def read_logs(connection: Connection, records: Iterable[str]) -> dict[str, list[Logged]]:
    """The logs of records. Held operations and forks are part of them, because they may be named (P8)."""
    logs: dict[str, list[Logged]] = {}
    for row in connection.execute(LOGS[connection.dialect.name], {"ids": listed(connection, list(records))}):
        operation = read_operation(canonical.read(row.text.encode()), row.device).operation
        if operation is not None and row.effective_ms is not None:
            entry = Logged(operation, row.effective_ms, row.suspect, row.status == ACCEPTED)
            logs.setdefault(row.record, []).append(entry)
    return logs


def _drafts(
    connection: Connection,
    ids: Sequence[str],
    homes: Mapping[str, Home],
    touched: Mapping[str, Sequence[Logged]],
    before: Mapping[str, Row[Any]],
) -> dict[str, Draft]:
    """Records with what the log now says; the log itself is read only where the newest operations are not plain."""
    drafts: dict[str, Draft] = {}
    unknown: list[str] = []
    for record in ids:
        row = before.get(record)
        if row is not None and (row.partition, row.kind) != (homes[record].partition, homes[record].kind):
            raise Moved
        told = json.loads(row.wire) if row is not None else None
        merged = _continued(row, told, touched[record])
        if merged is None:
            unknown.append(record)
        else:
            drafts[record] = Draft(record, homes[record], row, told, merged, merged.values(), grew=True)
    logs = read_logs(connection, unknown) if unknown else {}
    for record in unknown:
        log = logs.get(record, touched[record])
        if any(entry.accepted for entry in log):
            grew = any(entry.accepted for entry in touched[record])
            drafts[record] = _draft(record, homes[record], before.get(record), log, grew=grew)
    return {record: drafts[record] for record in ids if record in drafts}


def _continued(before: Row[Any] | None, told: dict[str, Any] | None, entries: Sequence[Logged]) -> Merged | None:
    """The state after some operations, from the state before; null when the whole log must be merged."""
    merged: Merged | None = None
    if before is not None and told is not None:
        if not before.settled:
            return None
        merged = Merged(told["fields"], {}, told["stamps"], edited_while_void=False, suspect=False, settled=True)
    for position, entry in enumerate(entries):
        merged = begin(entry) if merged is None and position == 0 else merged and advance(merged, entry)
        if merged is None:
            return None
    return merged


def _draft(record: str, home: Home, before: Row[Any] | None, log: Sequence[Logged], *, grew: bool) -> Draft:
    merged = merge_log(log)
    told = json.loads(before.wire) if before is not None else None
    return Draft(record, home, before, told, merged, merged.values(), grew)


def _draft_as_it_stands(row: Row[Any], partition: str) -> Draft:
    """A record, perhaps in another partition: nothing was said of it, so its log is not needed."""
    told = json.loads(row.wire)
    flags = told["flags"]
    merged = Merged(
        told["fields"], told["siblings"], told["stamps"], "edited_while_void" in flags, "suspect_clock" in flags,
        settled=row.settled,
    )  # fmt: skip
    return Draft(row.id, Home(partition, row.kind), row, told, merged, merged.values(), grew=False)


def _add_children(connection: Connection, drafts: dict[str, Draft]) -> None:
    """Add the stored children that take place, day, campaign or hiding from a draft, or were orphans until now."""
    parents = [draft.id for draft in drafts.values() if concerns_children(draft)]
    if not parents:
        return
    found = connection.execute(CHILDREN[connection.dialect.name], {"ids": listed(connection, parents)}).all()
    children = [row for row in found if row.id not in drafts and row.partition == drafts[row.parent].partition]
    for row in children:
        drafts[row.id] = _draft_as_it_stands(row, row.partition)


def _write(draft: Draft, placement: Placement, is_orphan: bool, teller: Teller) -> Written:
    before, kind, values = draft.before, draft.home.kind, draft.values
    created, created_text = teller.told(draft, "created")
    changed, changed_text = teller.told(draft, "changed")
    texts = _texts(kind, values)
    may_name_people = any(map(suspected, texts))
    flags = flags_of(draft.merged, values, changed.received_ms, is_orphan=is_orphan, may_name_people=may_name_people)
    columns = {
        "id": draft.id, "partition": draft.partition, "seq": 0, "kind": kind, "parent": draft.parent,
        "family": draft.parent or draft.id, "reference": is_reference(kind, values),
        "area": placement.area, "day": placement.day, "at_ms": placement.at_ms, "campaign": placement.campaign,
        "void": placement.void, "hidden": placement.hidden, "author": created.user, "device": created.device,
        "created_ms": created.received_ms, "changed_by": changed.user, "changed_ms": changed.received_ms,
        "conflict": "conflict" in flags, "settled": draft.merged.settled, "search": fold(" ".join(texts)), "wire": "",
    }  # fmt: skip
    is_moved = before is not None and _is_placed_elsewhere(placement, before)
    written = Written(draft, columns, flags, (created_text, changed_text), is_changed=True, is_moved=is_moved)
    if draft.grew or before is None:
        return written
    # nothing was said of it: it is numbered anew only where its text differs
    columns |= {"seq": before.seq, "wire": before.wire}
    return written._replace(is_changed=written.wire(before.seq) != before.wire)


def _is_placed_elsewhere(placement: Placement, before: Row[Any]) -> bool:
    now = (placement.area, placement.at_ms, placement.campaign, placement.void, placement.hidden)
    return now != (before.area, before.at_ms, before.campaign, before.void, before.hidden)


def _texts(kind: str, values: Mapping[str, Json]) -> list[str]:
    """What somebody wrote in their own words."""
    return [values[name] for name, field in KINDS[kind].fields.items() if field.type == "text" and values.get(name)]


def _number(
    connection: Connection, written: Sequence[Written], now_ms: int, ambient: Ambient, left: Mapping[str, str] = NONE
) -> list[dict[str, Any]]:
    """One next value of its partition's counter for each changed record, and its wire with it.

    `left`: records and the partitions that they leave; answers their departures, numbered there."""
    changed = [row for row in written if row.is_changed]
    added = Counted([*(row.columns["partition"] for row in changed), *left.values()])
    reached = number_changes(connection, added, _stale_cells(written), now_ms, ambient)
    following = {partition: last - added[partition] for partition, last in reached.items()}

    def next_of(partition: str) -> int:
        following[partition] += 1
        return following[partition]

    for row in changed:
        seq = row.columns["seq"] = next_of(row.columns["partition"])
        row.columns["wire"] = row.wire(seq)
    return [{"partition": p, "seq": next_of(p), "record": record} for record, p in left.items()]


def _stale_cells(written: Sequence[Written]) -> set[tuple[str, str]]:
    """Where the changed records count now, and where they counted before."""
    cells = set()
    for row in written:
        if (row.is_changed or row.is_moved) and row.columns["kind"] in MEASURED_KINDS:
            cells.add((row.columns["area"], row.columns["day"]))
            if row.before is not None:
                cells.add((row.before.area, row.before.day))
    return cells
