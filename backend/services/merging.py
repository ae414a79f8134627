"""After the log grew: merge the touched records anew, number them, place them, mark what must be counted again."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from backend.ambient import Ambient
from backend.models import Area, Counter, DirtyCell, FeedMark, Operation, Record
from backend.services.access import Actor
from backend.services.upsert import insert_missing, insert_or_update
from sync import canonical
from sync.exchange import Home
from sync.fold import fold
from sync.kinds import KINDS, MEASURED_KINDS, is_reference
from sync.merge import Logged, State, merge
from sync.operation import read_operation
from sync.record import Authorship, Placement, flags_of, placement_of, wire_record

MARK_LETTERS = 8
ANCESTORS_MAX = 8
# what children take from their parent
INHERITED = ("started_at", "place", "campaign", "void", "parent")


@dataclass(slots=True)
class Draft:
    """A record on its way to its row: what stood before, and what the log says now."""

    id: str
    home: Home
    before: Row[Any] | None
    state: State
    grew: bool

    @property
    def parent(self) -> str | None:
        parent = self.state.shown("parent") if "parent" in KINDS[self.home.kind].fields else None
        return parent if parent != self.id else None


def store_records(
    connection: Connection,
    actor: Actor,
    homes: Mapping[str, Home],
    touched: Mapping[str, list[Logged]],
    now_ms: int,
    ambient: Ambient,
) -> None:
    """Bring the rows of records whose log grew, and of their children, up to date under the counters' locks."""
    ids = [record for record in touched if record in homes]
    drafts = _drafts(connection, ids, homes, touched)
    _add_children(connection, drafts)
    parents = _parents(connection, drafts)
    places = _known_places(connection, drafts.values())
    rows, unnumbered = [], []
    for draft in _parents_first(drafts):
        row = _row(draft, parents, places, actor, now_ms)
        parents[draft.id] = row
        if row["changed"]:
            rows.append(row)
        elif draft.before is not None and row["placed"]:
            unnumbered.append(row)
    _number(connection, rows, ambient)
    _mark_dirty(connection, [*rows, *unnumbered], now_ms)
    insert_or_update(connection, Record, [_columns(row) for row in rows])
    for row in unnumbered:
        connection.execute(update(Record).where(Record.id == row["id"]).values(**_placed_columns(row)))


def read_logs(connection: Connection, records: Iterable[str]) -> dict[str, list[Logged]]:
    """The logs of records, held operations included (they may be named, P8); forks are not part of them."""
    logs: dict[str, list[Logged]] = {}
    columns = select(
        Operation.device, Operation.record, Operation.text, Operation.effective_ms, Operation.suspect, Operation.status
    )
    for row in connection.execute(columns.where(Operation.record.in_(list(records)), Operation.fork == 0)):
        operation = read_operation(canonical.read(row.text.encode()), row.device).operation
        if operation is not None and row.effective_ms is not None:
            entry = Logged(operation, row.effective_ms, row.suspect, row.status == "accepted")
            logs.setdefault(row.record, []).append(entry)
    return logs


def _drafts(
    connection: Connection, ids: list[str], homes: Mapping[str, Home], touched: Mapping[str, list[Logged]]
) -> dict[str, Draft]:
    if not ids:
        return {}
    before = {row.id: row for row in connection.execute(select(Record.__table__).where(Record.id.in_(ids)))}
    logs = read_logs(connection, ids)
    drafts = {}
    for record in ids:
        log = logs.get(record, touched[record])
        if any(entry.accepted for entry in log):
            grew = any(entry.accepted for entry in touched[record])
            drafts[record] = Draft(record, homes[record], before.get(record), merge(log), grew)
    return drafts


def _add_children(connection: Connection, drafts: dict[str, Draft]) -> None:
    """Add the stored children that take place, day, campaign or hiding from a draft, or were orphans until now."""
    parents = [draft.id for draft in drafts.values() if _concerns_children(draft)]
    if not parents:
        return
    found = connection.execute(select(Record.__table__).where(Record.parent.in_(parents))).all()
    children = [row for row in found if row.id not in drafts and row.partition == drafts[row.parent].home.partition]
    logs = read_logs(connection, [row.id for row in children]) if children else {}
    for row in children:
        drafts[row.id] = Draft(row.id, Home(row.partition, row.kind), row, merge(logs[row.id]), grew=False)


def _concerns_children(draft: Draft) -> bool:
    if draft.before is None:
        return True
    fields = json.loads(draft.before.wire)["fields"]
    return any(draft.state.shown(name) != fields.get(name, [None])[0] for name in INHERITED)


def _parents(connection: Connection, drafts: Mapping[str, Draft]) -> dict[str, Any]:
    """Rows of the parents that this request does not touch, by id."""
    wanted = {draft.parent for draft in drafts.values() if draft.parent and draft.parent not in drafts}
    if not wanted:
        return {}
    columns = select(
        Record.id, Record.partition, Record.area, Record.at_ms, Record.campaign, Record.void, Record.hidden
    ).where(Record.id.in_(wanted))
    return {row.id: dict(row._mapping) for row in connection.execute(columns)}


def _known_places(connection: Connection, drafts: Iterable[Draft]) -> dict[str, str]:
    """Partition of each area that a draft names as its place."""
    wanted = {place for draft in drafts if (place := draft.state.shown("place"))}
    if not wanted:
        return {}
    rows = connection.execute(select(Area.id, Area.partition).where(Area.id.in_(wanted)))
    return {row.id: row.partition for row in rows}


def _parents_first(drafts: Mapping[str, Draft]) -> list[Draft]:
    """Children take from their parent, which must be placed before them."""
    return sorted(drafts.values(), key=lambda draft: _depth(draft, drafts))


def _depth(draft: Draft, drafts: Mapping[str, Draft]) -> int:
    """Ancestors among the drafts; a ring of parents, which no form makes, ends at the limit."""
    depth, parent = 0, draft.parent
    while parent is not None and parent in drafts and depth < ANCESTORS_MAX:
        depth, parent = depth + 1, drafts[parent].parent
    return depth


def _row(
    draft: Draft,
    parents: Mapping[str, Any],
    places: Mapping[str, str],
    actor: Actor,
    now_ms: int,
) -> dict[str, Any]:
    partition, kind, before = draft.home.partition, draft.home.kind, draft.before
    parent = parents.get(draft.parent) if draft.parent else None
    if parent is not None and parent["partition"] != partition:
        parent = None
    author = Authorship(actor.user, actor.name, actor.device, now_ms)
    created = _stored_author(before, "created") if before is not None else author
    changed = author if draft.grew or before is None else _stored_author(before, "changed")
    values = draft.state.values()
    placement = placement_of(
        values,
        partition,
        created.received_ms,
        _placement(parent),
        place_is_known=values.get("place") is not None and places.get(values["place"]) == partition,
    )
    flags = flags_of(draft.state, changed.received_ms, is_orphan=bool(draft.parent) and parent is None)
    wire = wire_record(draft.id, kind, partition, 0, draft.state, created, changed, flags)
    return {
        "id": draft.id, "partition": partition, "kind": kind, "parent": draft.parent,
        "family": draft.parent or draft.id, "reference": is_reference(kind, values),
        "area": placement.area, "day": placement.day, "at_ms": placement.at_ms, "campaign": placement.campaign,
        "void": placement.void, "hidden": placement.hidden, "author": created.user, "device": created.device,
        "created_ms": created.received_ms, "changed_by": changed.user, "changed_ms": changed.received_ms,
        "conflict": "conflict" in flags, "search": _search(kind, values), "wire": wire,
        "before": before, "changed": draft.grew or before is None or _differs(wire, before),
        "placed": before is not None and _is_placed_elsewhere(placement, before),
    }  # fmt: skip


def _differs(wire: dict[str, Any], before: Row[Any]) -> bool:
    return canonical.write({**wire, "seq": before.seq}) != canonical.write(json.loads(before.wire))


def _is_placed_elsewhere(placement: Placement, before: Row[Any]) -> bool:
    now = (placement.area, placement.at_ms, placement.campaign, placement.void, placement.hidden)
    return now != (before.area, before.at_ms, before.campaign, before.void, before.hidden)


def _placement(parent: Mapping[str, Any] | None) -> Placement | None:
    if parent is None:
        return None
    return Placement(parent["area"], parent["at_ms"], parent["campaign"], parent["void"], parent["hidden"])


def _stored_author(before: Row[Any], which: str) -> Authorship:
    told = json.loads(before.wire)[which]
    return Authorship(told["by"]["id"], told["by"]["name"], told["device"], told["received_ms"])


def _search(kind: str, values: Mapping[str, Any]) -> str:
    texts = [values[name] for name, field in KINDS[kind].fields.items() if field.type == "text" and values.get(name)]
    return fold(" ".join(texts))


def _number(connection: Connection, rows: list[dict[str, Any]], ambient: Ambient) -> None:
    """One next value of its partition's counter for each changed record; one mark for the run (P16, P17)."""
    for partition in sorted({row["partition"] for row in rows}):
        own = [row for row in rows if row["partition"] == partition]
        counted = update(Counter).where(Counter.partition == partition).values(seq=Counter.seq + len(own))
        last = connection.execute(counted.returning(Counter.seq)).scalar_one()
        for seq, row in enumerate(own, last - len(own) + 1):
            row["seq"] = row["wire"]["seq"] = seq
        mark = {"partition": partition, "last_seq": last, "mark": ambient.letters(MARK_LETTERS)}
        connection.execute(insert(FeedMark), [mark])


def _mark_dirty(connection: Connection, rows: list[dict[str, Any]], now_ms: int) -> None:
    cells = set()
    for row in rows:
        if row["kind"] in MEASURED_KINDS:
            cells.add((row["area"], row["day"]))
            if row["before"] is not None:
                cells.add((row["before"].area, row["before"].day))
    marks = [{"area": area, "day": day, "marked_ms": now_ms} for area, day in sorted(cells)]
    insert_missing(connection, DirtyCell, marks)


def _columns(row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if name not in ("before", "changed", "placed")}
    return {**kept, "wire": canonical.write(row["wire"])}


def _placed_columns(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("area", "day", "at_ms", "campaign", "void", "hidden")}
