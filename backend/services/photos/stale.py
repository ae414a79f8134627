"""What nobody comes back for: uploads that fell silent, and parts that no row names."""

import logging
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from sqlalchemy import Connection, select

from backend.database import reading, writing
from backend.models import Upload, UploadPart
from backend.services.photos.store import StoreFailed, discard, photo_store
from backend.services.photos.uploads import UPLOAD_KEPT_MS, UPLOADS_PER_TURN, forget_uploads
from sync.days import DAY_MS

# what a turn leaves, as after a week without a scheduler, is worked off in further ones for so long, then next hour
FORGETTING_S_MAX: Final = 60
NAMES_PER_QUERY: Final = 500
# a part is stored a moment before its row is: only what is older than any upload can be is looked at
SWEPT_AFTER_MS: Final = UPLOAD_KEPT_MS + DAY_MS

log = logging.getLogger(__name__)


def forget_stale(connection: Connection, now_ms: int) -> list[str]:
    """Delete the rows of uploads that nobody continued; the names whose bytes go after the commit."""
    stale = _stale_uploads(connection, now_ms)
    return forget_uploads(connection, stale) if stale else []


def forget_backlog(now_ms: int) -> int:
    """Forget stale uploads until none is left, or for FORGETTING_S_MAX; how many. Each turn is a short transaction
    of its own, so that phones get theirs between them."""
    forgotten, ends_s = 0, time.monotonic() + FORGETTING_S_MAX
    while time.monotonic() < ends_s:
        with writing() as connection:
            stale = _stale_uploads(connection, now_ms)
            names = forget_uploads(connection, stale) if stale else []
        discard(names)
        forgotten += len(stale)
        if len(stale) < UPLOADS_PER_TURN:
            break
    return forgotten


def sweep_parts(now_ms: int) -> int:
    """Delete parts that a process left behind when it died between the store and the row; how many."""
    swept = 0
    old = photo_store().parts_before(now_ms - SWEPT_AFTER_MS)
    try:
        while names := list(islice(old, NAMES_PER_QUERY)):
            swept += discard(list(_unnamed(names)))
    except StoreFailed as error:
        log.warning("the parts of uploads could not be listed: %s", error)
    return swept


def _stale_uploads(connection: Connection, now_ms: int) -> Sequence[str]:
    silent = select(Upload.id).where(Upload.changed_ms <= now_ms - UPLOAD_KEPT_MS).order_by(Upload.changed_ms)
    return connection.execute(silent.limit(UPLOADS_PER_TURN)).scalars().all()


def _unnamed(names: Sequence[str]) -> Iterator[str]:
    with reading() as connection:
        named = set(connection.execute(select(UploadPart.name).where(UploadPart.name.in_(names))).scalars())
    return (name for name in names if name not in named)
