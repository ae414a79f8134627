"""Receipts: which photos' bytes are kept, who may see them, and that others hear of it when they arrive (P23)."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, or_, select, update

from backend.ambient import Ambient
from backend.errors import ProblemError
from backend.models import Photo, Record
from backend.services.access import Actor, may_write, partitions_of
from backend.services.numbering import number_changes
from backend.services.push import lock_counters
from sync import canonical

KIND: Final = "photo"
FIELD: Final = "sha256"
HASHES_PER_QUERY: Final = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a photo's bytes are kept, and what they are."""

    name: str
    full_tag: str
    thumb_tag: str
    bytes: int
    width: int
    height: int


def find_home(connection: Connection, actor: Actor, record: str, sha256: str) -> str:
    """The partition of a photo record that names this hash, where the caller may write photos.

    Raises `not-found` for all else alike: what is absent, foreign, no photo, or a photo of other bytes."""
    query = select(Record.partition, Record.wire).where(Record.id == record, Record.kind == KIND)
    row = connection.execute(query).first()
    access = partitions_of(connection, actor).get(row.partition) if row else None
    if row is None or not may_write(KIND, access) or sha256 not in _hashes(row.wire):
        raise ProblemError("not-found")
    return str(row.partition)


def find_kept(connection: Connection, partitions: Collection[str], sha256: str) -> Row[Any] | None:
    """A photo of this hash that a record of one of these partitions has. A partition never knows of another's."""
    query = (
        select(Photo.__table__)
        .join(Record, Record.id == Photo.record)
        .where(Photo.sha256 == sha256, Record.partition.in_(sorted(partitions)))
        .order_by(Photo.received_ms, Photo.record)
    )
    return connection.execute(query.limit(1)).first()


def find_received(connection: Connection, photos: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Of photos (partition of the record, hash that it shows) those whose bytes are here."""
    asked = set(photos)
    hashes = sorted({sha256 for _, sha256 in asked})
    found: set[tuple[str, str]] = set()
    for start in range(0, len(hashes), HASHES_PER_QUERY):
        query = select(Record.partition, Photo.sha256).join(Record, Record.id == Photo.record)
        some = query.where(Photo.sha256.in_(hashes[start : start + HASHES_PER_QUERY]))
        found.update((row.partition, row.sha256) for row in connection.execute(some))
    return found & asked


def give_receipt(
    connection: Connection, actor: Actor, record: str, sha256: str, kept: Kept, now_ms: int, ambient: Ambient
) -> None:
    """Note that a record's bytes are kept, once, and let it take the next place in its partition's feed: so does
    everybody who has the record, or waits for a change of it, hear that its photo is there. The caller commits."""
    wire = _locked_wire(connection, record)
    _follow(connection, wire["partition"], sha256, kept)
    own = select(Photo.record).where(Photo.record == record, Photo.sha256 == sha256)
    if connection.execute(own).first() is not None:
        return
    row = {
        "record": record, "sha256": sha256, "name": kept.name, "full_tag": kept.full_tag, "thumb_tag": kept.thumb_tag,
        "bytes": kept.bytes, "width": kept.width, "height": kept.height, "author": actor.user, "device": actor.device,
        "received_ms": now_ms,
    }  # fmt: skip
    connection.execute(insert(Photo), [row])
    partition = wire["partition"]
    wire["seq"] = number_changes(connection, {partition: 1}, (), now_ms, ambient)[partition]
    changed = update(Record).where(Record.id == record).values(seq=wire["seq"], wire=canonical.write(wire))
    connection.execute(changed)


def _follow(connection: Connection, partition: str, sha256: str, kept: Kept) -> None:
    """Let every receipt of these bytes in the partition name where they are now: bytes that were lost and came again
    may lie elsewhere than before, when their record had moved meanwhile, or be encoded a little otherwise."""
    place = {"name": kept.name, "full_tag": kept.full_tag, "thumb_tag": kept.thumb_tag, "bytes": kept.bytes}
    is_elsewhere = or_(*(Photo.__table__.c[name] != value for name, value in place.items()))
    records = select(Record.id).where(Record.partition == partition)
    moved = update(Photo).where(Photo.sha256 == sha256, Photo.record.in_(records), is_elsewhere)
    connection.execute(moved.values(place))


def _locked_wire(connection: Connection, record: str) -> dict[str, Any]:
    """The record as it stands under the lock of its partition's counter (P16). Raises `busy` if it moved meanwhile."""
    partition = connection.execute(select(Record.partition).where(Record.id == record)).scalar_one()
    lock_counters(connection, [partition])
    row = connection.execute(select(Record.partition, Record.wire).where(Record.id == record)).one()
    if row.partition != partition:
        raise ProblemError("busy")
    return dict(json.loads(row.wire))


def _hashes(wire: str) -> set[Any]:
    """The hashes that a record names: shown, or a sibling of it."""
    told = json.loads(wire)
    heads = [told["fields"].get(FIELD), *told["siblings"].get(FIELD, [])]
    return {head[0] for head in heads if head}
