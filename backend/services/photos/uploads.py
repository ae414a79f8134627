"""Uploads of photos' bytes, as tus tells them (P23): made, continued, finished, let go of.

     made ──part──► on its way ──last part, checked──► whole: the photo is kept and has its receipt
                       │  └── its bytes are no photo, or not those of its hash ──► gone, with all its bytes
                       └── silent for three days, or deleted ──► gone

A part is in the store before its upload says so, and the row that says so is changed by whoever still finds the
offset that he continued from: of two at once one wins, and the other's bytes were never near (A20).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select, update

from backend.ambient import Ambient
from backend.database import reading, writing
from backend.errors import ProblemError
from backend.models import Upload, UploadPart
from backend.services.access import Actor
from backend.services.photos.receipts import Kept, find_home, find_kept, give_receipt
from backend.services.photos.store import discard, keeping, part_name, photo_store, thumb_name
from backend.services.push import lock_device
from sync.days import DAY_MS

ID_LETTERS: Final = 32
# a phone sends one after the other; what it forgot about makes room for what it sends now
OPEN_UPLOADS_MAX: Final = 8
# of a device: a phone asks for one that is whole only to hear what became of its last part
WHOLE_UPLOADS_MAX: Final = 32
UPLOADS_PER_TURN: Final = 500
# after its last part: long enough for a weekend without a network
UPLOAD_KEPT_MS: Final = 3 * DAY_MS


@dataclass(frozen=True, slots=True)
class Standing:
    """An upload as it is now; `partition` is its record's."""

    id: str
    record: str
    sha256: str
    bytes: int
    received_bytes: int
    changed_ms: int
    partition: str

    @property
    def is_whole(self) -> bool:
        return self.received_bytes == self.bytes

    @property
    def expires_ms(self) -> int:
        return self.changed_ms + UPLOAD_KEPT_MS


def create_upload(actor: Actor, record: str, sha256: str, bytes_: int, now_ms: int, ambient: Ambient) -> Standing:
    """A new upload; whole at once where the record's partition has these bytes already.

    Raises ProblemError: `not-found`, `disk-low`, `not-durable`."""
    is_lost = _is_lost(actor, record, sha256)
    with writing() as connection:
        lock_device(connection, actor.device)
        partition = find_home(connection, actor, record, sha256)
        kept = None if is_lost else find_kept(connection, [partition], sha256)
        if kept is None:
            with keeping():
                photo_store().refuse_when_low()
        forgotten = _make_room(connection, actor, is_whole=kept is not None)
        row = {
            "id": ambient.letters(ID_LETTERS), "user": actor.user, "device": actor.device, "record": record,
            "sha256": sha256, "bytes": bytes_, "received_bytes": 0 if kept is None else bytes_,
            "created_ms": now_ms, "changed_ms": now_ms,
        }  # fmt: skip
        connection.execute(insert(Upload), [row])
        if kept is not None:
            place = Kept(kept.name, kept.full_tag, kept.thumb_tag, kept.bytes, kept.width, kept.height)
            give_receipt(connection, actor, record, sha256, place, now_ms, ambient)
    discard(forgotten)
    return _standing(row, partition)


def find_upload(actor: Actor, upload: str, now_ms: int) -> Standing:
    """An upload of the caller on this device, whose record he may still write. Raises `not-found`."""
    query = select(Upload.__table__).where(
        Upload.id == upload, Upload.user == actor.user, Upload.device == actor.device,
        Upload.changed_ms > now_ms - UPLOAD_KEPT_MS,
    )  # fmt: skip
    with reading() as connection:
        row = connection.execute(query).first()
        if row is None:
            raise ProblemError("not-found")
        return _standing(row._mapping, find_home(connection, actor, row.record, row.sha256))


def keep_part(upload: Standing, content: bytes, now_ms: int, ambient: Ambient) -> int:
    """Keep a part that continues an upload and does not finish it; where the upload stands then.

    Raises ProblemError: `offset-wrong` when another part came first, `disk-low`, `not-durable`."""
    name = part_name(ambient.letters(ID_LETTERS))
    reached = upload.received_bytes + len(content)
    is_named = False
    try:
        with keeping():
            photo_store().put(name, content)
        with writing() as connection:
            advance(connection, upload, reached, now_ms)
            row = {"upload": upload.id, "from_byte": upload.received_bytes, "name": name}
            connection.execute(insert(UploadPart), [row])
        is_named = True
    finally:
        if not is_named:
            discard([name])
    return reached


def advance(connection: Connection, upload: Standing, reached: int, now_ms: int) -> None:
    """Move an upload on from where the caller saw it. Raises `offset-wrong` when it is no longer there."""
    still_there = (Upload.id == upload.id, Upload.received_bytes == upload.received_bytes)
    moved = update(Upload).where(*still_there).values(received_bytes=reached, changed_ms=now_ms)
    if connection.execute(moved).rowcount != 1:
        raise ProblemError("offset-wrong")


def drop_upload(upload: Standing) -> None:
    """Let go of an upload and its parts. What it finished stays. Raises `offset-wrong` when it has moved on."""
    with writing() as connection:
        locked = select(Upload.received_bytes).where(Upload.id == upload.id).with_for_update()
        if connection.execute(locked).scalar() != upload.received_bytes:
            raise ProblemError("offset-wrong")
        names = forget_uploads(connection, [upload.id])
    discard(names)


def parts_of(connection: Connection, uploads: Sequence[str]) -> list[str]:
    """The names of the parts of uploads; of one upload in their order."""
    query = select(UploadPart.name).where(UploadPart.upload.in_(uploads))
    return list(connection.execute(query.order_by(UploadPart.upload, UploadPart.from_byte)).scalars())


def forget_parts(connection: Connection, uploads: Sequence[str]) -> list[str]:
    """Delete the rows of uploads' parts; the names whose bytes are to be discarded after the commit."""
    names = parts_of(connection, uploads)
    connection.execute(delete(UploadPart).where(UploadPart.upload.in_(uploads)))
    return names


def forget_uploads(connection: Connection, uploads: Sequence[str]) -> list[str]:
    """Delete uploads with their parts' rows; the names whose bytes are to be discarded after the commit."""
    # whoever is adding a part holds its upload's row: the part is seen once he is done, and none comes after
    locked = select(Upload.id).where(Upload.id.in_(uploads)).order_by(Upload.id).with_for_update()
    connection.execute(locked).all()
    names = forget_parts(connection, uploads)
    connection.execute(delete(Upload).where(Upload.id.in_(uploads)))
    return names


def _is_lost(actor: Actor, record: str, sha256: str) -> bool:
    """Whether bytes that have a receipt are gone, as after a restore beside an older bucket: then the phone's are
    taken as if they had never come. The store is asked before any lock is held, for it may be far away."""
    with reading() as connection:
        kept = find_kept(connection, [find_home(connection, actor, record, sha256)], sha256)
    with keeping():
        return kept is not None and not all(photo_store().has(name) for name in (kept.name, thumb_name(kept.name)))


def _make_room(connection: Connection, actor: Actor, *, is_whole: bool) -> list[str]:
    """Forget this device's oldest uploads, so that one more is within WHOLE_UPLOADS_MAX or OPEN_UPLOADS_MAX."""
    same, most = Upload.received_bytes < Upload.bytes, OPEN_UPLOADS_MAX
    if is_whole:
        same, most = Upload.received_bytes == Upload.bytes, WHOLE_UPLOADS_MAX
    of_device = select(Upload.id).where(Upload.device == actor.device, same)
    newest_first = of_device.order_by(Upload.changed_ms.desc(), Upload.id.desc())
    too_many = connection.execute(newest_first.offset(most - 1).limit(UPLOADS_PER_TURN)).scalars().all()
    return forget_uploads(connection, too_many) if too_many else []


def _standing(row: Any, partition: str) -> Standing:
    names = ("id", "record", "sha256", "bytes", "received_bytes", "changed_ms")
    return Standing(**{name: row[name] for name in names}, partition=partition)
