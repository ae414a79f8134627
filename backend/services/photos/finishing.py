"""The end of an upload: its bytes are those of its hash and a sound picture, or they are let go of (P23, T17)."""

import hashlib
from typing import Final

from backend.ambient import Ambient
from backend.database import reading, writing
from backend.errors import ProblemError
from backend.services.access import Actor
from backend.services.photos.checking import Checked, PhotoRefused, check_photo
from backend.services.photos.receipts import Kept, give_receipt
from backend.services.photos.store import NotStored, discard, keeping, photo_name, photo_store, thumb_name
from backend.services.photos.uploads import Standing, advance, drop_upload, forget_parts, parts_of

MISMATCH: Final = "photo-mismatch"


def finish_upload(actor: Actor, upload: Standing, content: bytes, now_ms: int, ambient: Ambient) -> int:
    """Take the last part: check the whole, keep it, give its receipt; where the upload stands then.

    Until all of that is done the upload stands where it stood, so nobody is told of bytes that may not stay.
    Raises ProblemError: why it is no photo (the upload is gone then), `offset-wrong`, `disk-low`, `not-durable`,
    `busy`."""
    whole = _earlier_parts(upload) + content
    try:
        if hashlib.sha256(whole).hexdigest() != upload.sha256:
            raise PhotoRefused(MISMATCH)
        checked = check_photo(whole)
    except PhotoRefused as refused:
        drop_upload(upload)
        raise ProblemError(refused.code) from None
    kept = _keep(upload, checked)
    with writing() as connection:
        advance(connection, upload, upload.bytes, now_ms)
        names = forget_parts(connection, [upload.id])
        give_receipt(connection, actor, upload.record, upload.sha256, kept, now_ms, ambient)
    discard(names)
    return upload.bytes


def _earlier_parts(upload: Standing) -> bytes:
    """What has come before. Raises `not-found` where it is lost, so that the phone begins anew."""
    with reading() as connection:
        names = parts_of(connection, [upload.id])
    try:
        with keeping():
            found = b"".join(photo_store().get(name) for name in names)
    except NotStored:
        found = b""
    if len(found) == upload.received_bytes:
        return found
    # a part is gone, or another request has just moved this upload on and that tells `drop_upload`
    drop_upload(upload)
    raise ProblemError("not-found")


def _keep(upload: Standing, checked: Checked) -> Kept:
    """Both pictures in the store. The name follows from the hash: whoever else finishes it writes the same."""
    name = photo_name(upload.partition, upload.sha256)
    with keeping():
        photo_store().put(thumb_name(name), checked.thumb)
        photo_store().put(name, checked.full)
    return Kept(name, _tag(checked.full), _tag(checked.thumb), len(checked.full), checked.width, checked.height)


def _tag(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
