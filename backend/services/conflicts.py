"""Conflicts: fields with siblings, each head with who said it; a decision is an ordinary operation (P5)."""

from typing import Any

import orjson
from sqlalchemy import Connection, Row, select, tuple_

from backend.errors import ProblemError
from backend.models import Device, Operation, Record, User
from backend.services.access import Actor, scope_paths
from backend.services.keyset import decode_place, encode_place, newest_records
from backend.services.scope import partitions_under
from backend.services.showing import read_names

READERS = ("officer", "team_member", "commander", "coordinator", "leader")


def list_conflicts(
    connection: Connection, actor: Actor, record: str | None, before: str | None, limit: int
) -> dict[str, Any]:
    """One entry for each field with siblings, of one record or of the records newest first.

    Raises ProblemError: `role-not-allowed`, `parameter-invalid`."""
    paths = scope_paths(actor, READERS)
    if not paths:
        raise ProblemError("role-not-allowed")
    partitions = partitions_under(connection, paths)
    place = decode_place(before, (int, str, str), "before") if before else None
    below = (place[0], place[1]) if place else None
    wanted = [Record.conflict] if record is None else [Record.conflict, Record.id == record]
    # the record of `before` is read again: its later fields may still be due
    keys = newest_records(connection, partitions, wanted, limit + 1, below=below, including=True)
    rows = _rows(connection, [key.id for key in keys])
    after_field = place[2] if place else ""
    fields = [
        (row, field)
        for row in rows
        for field in sorted(orjson.loads(row.wire)["siblings"])
        if below != (row.created_ms, row.id) or field > after_field
    ]
    page = fields[:limit]
    following = None
    if len(fields) > limit:
        row, field = page[-1]
        following = encode_place((row.created_ms, row.id, field))
    return {"items": _show(connection, page), "next": following}


def _rows(connection: Connection, ids: list[str]) -> list[Row[Any]]:
    rows = {row.id: row for row in connection.execute(select(Record.__table__).where(Record.id.in_(ids)))}
    return [rows[record] for record in ids if record in rows]


def _show(connection: Connection, page: list[tuple[Row[Any], str]]) -> list[dict[str, Any]]:
    names = read_names(connection, {area for row, _ in page for area in (row.area, row.partition)})
    wires = {row.id: orjson.loads(row.wire) for row, _ in page}
    heads = {
        (row.id, field): [wires[row.id]["fields"][field], *wires[row.id]["siblings"][field]] for row, field in page
    }
    authors = _authors(connection, [name for found in heads.values() for head in found for name in head[1:]])
    return [
        {
            "record": row.id,
            "kind": row.kind,
            "partition": row.partition,
            "place_name": names.get(row.area),
            "unit_name": names.get(row.partition),
            "day": row.day,
            "field": field,
            "heads": [
                _head(head, wires[row.id]["stamps"], authors, is_shown=index == 0)
                for index, head in enumerate(heads[row.id, field])
            ],
        }
        for row, field in page
    ]


def _head(head: list[Any], stamps: dict[str, Any], authors: dict[str, Any], *, is_shown: bool) -> dict[str, Any]:
    value, *ids = head
    said = [_said(name, stamps[name], authors.get(name.rpartition(".")[0])) for name in ids]
    first = {name: member for name, member in said[0].items() if name != "id"}
    return {"value": value, "ids": ids, "shown": is_shown, **first, "said": said}


def _said(name: str, stamp: list[int], row: Row[Any] | None) -> dict[str, Any]:
    """Who said it, on which device and when; the log has every operation that a record names."""
    return {
        "id": name,
        "author": {"id": row.author, "name": row.name} if row else None,
        "device": name.partition(".")[0],
        "device_name": row.device_name if row else None,
        "at_ms": stamp[0],
        "effective_ms": stamp[2],
        "received_ms": row.received_ms if row else None,
        "suspect": row.suspect if row else stamp[0] != stamp[2],
    }


def _authors(connection: Connection, names: list[str]) -> dict[str, Any]:
    """Who said the operations of these ids, by `<device>.<n>`."""
    keys = sorted({(name.split(".")[0], int(name.split(".")[1])) for name in names})
    columns = (
        Operation.device, Operation.n, Operation.author, Operation.received_ms, Operation.suspect, User.name,
        Device.name.label("device_name"),
    )  # fmt: skip
    found: dict[str, Any] = {}
    for start in range(0, len(keys), 500):
        query = (
            select(*columns)
            .join(User, User.id == Operation.author)
            .join(Device, Device.id == Operation.device)
            .where(tuple_(Operation.device, Operation.n).in_(keys[start : start + 500]), Operation.fork == 0)
        )
        found |= {f"{row.device}.{row.n}": row for row in connection.execute(query)}
    return found
