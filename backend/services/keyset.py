"""Places in lists: opaque text that a caller hands back, and pages over several partitions at once."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, Select, select, tuple_, union_all

from backend.errors import ProblemError
from backend.models import Record

# SQLite joins at most 500 selects
PARTITIONS_PER_QUERY: Final = 200
Place = tuple[int, str]


def encode_place(place: Sequence[int | str]) -> str:
    """A place in a list as opaque text."""
    return base64.urlsafe_b64encode(orjson.dumps(list(place))).decode().rstrip("=")


def decode_place(text: str, types: tuple[type, ...], name: str) -> list[Any]:
    """The place of an opaque text. Raises `parameter-invalid` for what is none of ours."""
    try:
        place = orjson.loads(base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        place = None
    sound = isinstance(place, list) and len(place) == len(types)
    if not sound or any(type(part) is not kind for part, kind in zip(place, types, strict=True)):
        raise ProblemError("parameter-invalid", params={"name": name})
    whole = [part for part in place if isinstance(part, int)]
    if any(not 0 <= part < 2**53 for part in whole) or any(isinstance(p, str) and "\0" in p for p in place):
        raise ProblemError("parameter-invalid", params={"name": name})
    return list(place)


def newest_records(
    connection: Connection,
    partitions: Sequence[str],
    where: Sequence[Any],
    limit: int,
    *,
    below: Place | None = None,
    including: bool = False,
) -> list[Row[Any]]:
    """`(created_ms, id)` of the newest records, descending; the cost does not grow with the history.

    Each partition gives its own newest from an index; ids first, since texts are long."""
    key = tuple_(Record.created_ms, Record.id)
    bounds = [] if below is None else [key <= below if including else key < below]
    found: list[Row[Any]] = []
    for start in range(0, len(partitions), PARTITIONS_PER_QUERY):
        branches = [
            _own_newest(partition, [*where, *bounds], limit)
            for partition in partitions[start : start + PARTITIONS_PER_QUERY]
        ]
        merged = union_all(*branches).subquery()
        query = select(merged).order_by(merged.c.created_ms.desc(), merged.c.id.desc()).limit(limit)
        found += connection.execute(query).all()
    return sorted(found, key=lambda row: (row.created_ms, row.id), reverse=True)[:limit]


def _own_newest(partition: str, where: Sequence[Any], limit: int) -> Select[Any]:
    own = (
        select(Record.created_ms, Record.id)
        .where(Record.partition == partition, *where)
        .order_by(Record.created_ms.desc(), Record.id.desc())
        .limit(limit)
    )
    # a select with a limit may stand in a union only inside another
    inner = own.subquery()
    return select(inner.c.created_ms, inner.c.id)
