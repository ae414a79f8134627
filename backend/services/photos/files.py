"""Photos as files below one folder. A file appears whole or not at all, and is on the disk before anybody is told."""

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from backend.services.photos.store import PART_FOLDER, PART_SUFFIX, NotStored, StoreFailed, StoreFull

# photos stop well before records do (`health.DISK_FREE_BYTES_MIN`): the text of a patrol must still find room
FREE_BYTES_MIN: Final = 128 * 1024 * 1024
NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class FileStore:
    """Names are paths below `root`, sharded by their first letters."""

    def __init__(self, root: Path, free_bytes_min: int = FREE_BYTES_MIN) -> None:
        self._root = root
        self._free_bytes_min = free_bytes_min

    def put(self, name: str, content: bytes) -> None:
        path = self._root / name
        with _failures():
            _make_folder(path.parent)
            # beside unfinished parts: whatever a dead process leaves there is swept with them
            waiting = self._root / PART_FOLDER
            _make_folder(waiting)
            _write(waiting, path, content)
            _sync(path.parent)

    def get(self, name: str) -> bytes:
        with _failures():
            try:
                return (self._root / name).read_bytes()
            except FileNotFoundError:
                raise NotStored(name) from None

    def has(self, name: str) -> bool:
        with _failures():
            try:
                return stat.S_ISREG((self._root / name).stat().st_mode)
            except FileNotFoundError:
                return False

    def delete(self, names: Iterable[str]) -> None:
        with _failures():
            for name in names:
                (self._root / name).unlink(missing_ok=True)

    def parts_before(self, moment_ms: int) -> Iterator[str]:
        with _failures():
            for path in (self._root / PART_FOLDER).rglob(f"*{PART_SUFFIX}"):
                # another process may finish or sweep it meanwhile
                with suppress(FileNotFoundError):
                    if path.stat().st_mtime_ns < moment_ms * 1_000_000:
                        yield path.relative_to(self._root).as_posix()

    def refuse_when_low(self) -> None:
        with _failures():
            _make_folder(self._root)
            if not os.access(self._root, os.W_OK):
                raise StoreFailed("the folder cannot be written")
            if shutil.disk_usage(self._root).free < self._free_bytes_min:
                raise StoreFull

    def describe(self) -> str | None:
        return None


def _write(waiting: Path, path: Path, content: bytes) -> None:
    """Through a file of its own that takes the name when all of it is on the disk."""
    handle, temporary = tempfile.mkstemp(suffix=PART_SUFFIX, dir=waiting)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, each entered on the disk."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise (StoreFull if error.errno in NO_ROOM else StoreFailed)(error.strerror or str(error)) from error
