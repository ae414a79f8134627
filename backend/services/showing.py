"""Records as supervisors read them: the wire form (P18) with children, photos, review and names of places."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, select

from backend.models import Area, Record
from backend.services.photos.receipts import find_received
from sync.days import start_ms
from sync.figures import shown

# shown apart from the other children, or not at all: where officers walked is nobody's feed
APART: Final = ("photo", "review", "track")
CHILDREN_MAX: Final = 5_000

Shown = dict[str, Any]


def show_records(connection: Connection, ids: Sequence[str], *, with_void: bool) -> list[Shown]:
    """Records of these ids in this order, whole; void children only when asked for."""
    rows = {row.id: row for row in connection.execute(select(Record.__table__).where(Record.id.in_(ids)))}
    ordered = [rows[record] for record in ids if record in rows]
    children = _children(connection, [row.id for row in ordered], with_void=with_void)
    grandchildren = [child.id for own in children.values() for child in own if child.kind not in APART]
    photos = _children(connection, grandchildren, with_void=with_void, kind="photo")
    received = _received(connection, [row for own in (*children.values(), *photos.values()) for row in own])
    names = _place_names(connection, [*ordered, *(child for own in children.values() for child in own)])
    reviews = _day_reviews(connection, ordered)
    found = []
    for row in ordered:
        own = children.get(row.id, [])
        item = _wire(row, names)
        item["children"] = [
            {**_wire(child, names), "photos": _photos(photos.get(child.id, []), received)}
            for child in own
            if child.kind not in APART
        ]
        item["photos"] = _photos([child for child in own if child.kind == "photo"], received)
        item["review"] = _review([child for child in own if child.kind == "review"], reviews, row)
        found.append(item)
    return found


def read_names(connection: Connection, areas: Iterable[str]) -> dict[str, str]:
    """Full names of areas by id."""
    query = select(Area.id, Area.full_name).where(Area.id.in_(sorted(set(areas))))
    return dict(connection.execute(query).all())


def _wire(row: Row[Any], names: dict[str, str]) -> Shown:
    wire: Shown = orjson.loads(row.wire)
    wire["day"] = row.day
    wire["place_name"] = names.get(row.area)
    wire["unit_name"] = names.get(row.partition)
    return wire


def _children(
    connection: Connection, parents: Sequence[str], *, with_void: bool, kind: str | None = None
) -> dict[str, list[Row[Any]]]:
    if not parents:
        return {}
    query = select(Record.__table__).where(Record.parent.in_(parents))
    query = query.where(Record.kind == kind) if kind else query.where(Record.kind != "track")
    if not with_void:
        query = query.where(Record.void.is_(False))
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(query.order_by(Record.at_ms, Record.id).limit(CHILDREN_MAX)):
        found[row.parent].append(row)
    return found


def _received(connection: Connection, rows: Iterable[Row[Any]]) -> set[tuple[str, str]]:
    """(partition, hash) of the photos among these rows whose bytes have arrived (P23)."""
    shown_by_row = ((row.partition, _sha256(row)) for row in rows if row.kind == "photo")
    return find_received(connection, [(partition, sha256) for partition, sha256 in shown_by_row if sha256])


def _photos(rows: Iterable[Row[Any]], received: set[tuple[str, str]]) -> list[Shown]:
    told = ((row, _sha256(row)) for row in rows)
    return [{"id": row.id, "sha256": sha256, "received": (row.partition, sha256) in received} for row, sha256 in told]


def _sha256(row: Row[Any]) -> Any:
    return shown(orjson.loads(row.wire), "sha256")


def _place_names(connection: Connection, rows: Iterable[Row[Any]]) -> dict[str, str]:
    return read_names(connection, {area for row in rows for area in (row.area, row.partition)})


def _day_reviews(connection: Connection, rows: Sequence[Row[Any]]) -> dict[tuple[str, str, str], Shown]:
    """Reviews of a whole day, by (unit, author, day), the last one last; they are made after the day began."""
    if not rows:
        return {}
    since_ms = start_ms(date.fromisoformat(min(row.day for row in rows)))
    query = (
        select(Record.partition, Record.wire)
        .where(Record.partition.in_(sorted({row.partition for row in rows})), Record.kind == "review")
        .where(Record.parent.is_(None), Record.void.is_(False), Record.created_ms >= since_ms)
        .order_by(Record.changed_ms, Record.id)
    )
    found = {}
    for row in connection.execute(query):
        wire = orjson.loads(row.wire)
        found[row.partition, str(shown(wire, "author")), str(shown(wire, "day"))] = wire
    return found


def _review(own: list[Row[Any]], of_days: dict[tuple[str, str, str], Shown], row: Row[Any]) -> Shown | None:
    """The review of the record itself, else that of its author's whole day."""
    live = sorted((child for child in own if not child.void), key=lambda child: (child.changed_ms, child.id))
    wire = orjson.loads(live[-1].wire) if live else of_days.get((row.partition, row.author, row.day))
    if wire is None:
        return None
    return {"verdict": shown(wire, "verdict"), "comment": shown(wire, "comment"), "by": wire["changed"]["by"]}
