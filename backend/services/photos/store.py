"""Where bytes are kept: files on disk, or a bucket. Both keep the promises that stand at `Store` (one conformance
suite), and both know only names that are made here."""

import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Protocol

from flask import Flask, current_app

from backend.config import Settings
from backend.errors import ProblemError

EXTENSION: Final = "diaban_photo_store"
# of an upload that is not finished; a backup leaves out what ends so
PART_SUFFIX: Final = ".part"
PART_FOLDER: Final = "part"

log = logging.getLogger(__name__)


class StoreFull(Exception):
    """There is no room; nothing was kept."""


class StoreFailed(Exception):
    """The store cannot be used now; nothing was promised."""


class NotStored(Exception):
    """There is nothing under this name."""


class Store(Protocol):
    """Bytes by name. What two callers do at once never mixes: a name holds all of one content, or nothing."""

    def put(self, name: str, content: bytes) -> None:
        """Keep bytes, in place of what was there. Durable on return. Raises StoreFull, StoreFailed."""

    def get(self, name: str) -> bytes:
        """The bytes under a name. Raises NotStored, StoreFailed."""

    def has(self, name: str) -> bool:
        """Whether there is anything under a name. Raises StoreFailed."""

    def delete(self, names: Iterable[str]) -> None:
        """Forget names; those that are absent are no failure. Raises StoreFailed."""

    def parts_before(self, moment_ms: int) -> Iterator[str]:
        """Names of parts that were last written before a moment. Raises StoreFailed."""

    def refuse_when_low(self) -> None:
        """Raise StoreFull when photos should wait, so that records still find room."""

    def describe(self) -> str | None:
        """Where the bytes are if a backup cannot hold them, without any secret; null for files on disk."""


def photo_name(partition: str, sha256: str) -> str:
    """The name of a photo's bytes: each partition keeps its own, and nobody who knows a hash finds another's.

    It follows from what it names, so that an upload that is finished twice leaves one file."""
    digest = hashlib.sha256(f"{partition}/{sha256}".encode()).hexdigest()
    return f"photo/{digest[:2]}/{digest[2:]}.jpg"


def thumb_name(name: str) -> str:
    """The name of the thumbnail beside a photo."""
    return f"{name.removesuffix('.jpg')}.thumb.jpg"


def part_name(letters: str) -> str:
    """The name of a part, from chance: two that are sent at once never touch each other's bytes (A20)."""
    return f"{PART_FOLDER}/{letters[:2]}/{letters[2:]}{PART_SUFFIX}"


def init_photo_store(app: Flask, settings: Settings) -> None:
    """The store of the settings; nothing is opened yet, so that a server starts while its bucket is away."""
    app.extensions[EXTENSION] = make_store(settings)


def make_store(settings: Settings) -> Store:
    """Files below the instance folder, else the bucket of DIABAN_PHOTO_STORE_URL."""
    if settings.photo_store_url is None:
        from backend.services.photos.files import FileStore

        return FileStore(settings.instance_dir / "photos")
    from backend.services.photos.object_store import ObjectStore

    return ObjectStore(settings.photo_store_url)


def photo_store() -> Store:
    """The running application's store."""
    found: Store = current_app.extensions[EXTENSION]
    return found


@contextmanager
def keeping() -> Iterator[None]:
    """What the store cannot keep now is tried again later: `disk-low`, `not-durable`."""
    try:
        yield
    except StoreFull:
        raise ProblemError("disk-low") from None
    except StoreFailed as error:
        raise ProblemError("not-durable") from error


def discard(names: Sequence[str]) -> int:
    """Delete bytes that no row names; how many. What cannot be deleted now is found by a later sweep."""
    try:
        photo_store().delete(names)
    except (StoreFailed, StoreFull) as error:
        log.warning("%d parts of uploads could not be deleted: %s", len(names), error)
        return 0
    return len(names)
