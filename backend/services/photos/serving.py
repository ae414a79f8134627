"""A kept picture for one who may see the record that it belongs to; for all others it is not there."""

from dataclasses import dataclass

from sqlalchemy import Connection

from backend.errors import ProblemError
from backend.services.access import Actor, partitions_of
from backend.services.photos.receipts import find_kept
from backend.services.photos.store import NotStored, StoreFailed, photo_store, thumb_name


@dataclass(frozen=True, slots=True)
class Picture:
    """Where a picture is kept, and the SHA-256 of what is kept there."""

    name: str
    tag: str


def find_picture(connection: Connection, actor: Actor, sha256: str, size: str) -> Picture:
    """A picture by the hash of its bytes as uploaded. Raises `not-found`, foreign and absent alike."""
    row = find_kept(connection, partitions_of(connection, actor), sha256)
    if row is None:
        raise ProblemError("not-found")
    if size == "thumb":
        return Picture(thumb_name(row.name), row.thumb_tag)
    return Picture(row.name, row.full_tag)


def read_picture(picture: Picture) -> bytes:
    """Its bytes. Raises `not-found` where they were lost, `busy` while the store cannot be reached."""
    try:
        return photo_store().get(picture.name)
    except NotStored:
        raise ProblemError("not-found") from None
    except StoreFailed as error:
        raise ProblemError("busy") from error
