"""Backups: one tar file with every table as JSON lines and the instance's files, and SHA-256 sums of all.

The copy is logical, read in one snapshot, so that it is consistent while the server runs and restores onto
either store. Parts are small enough to be held in memory: nothing is written in plain text beside an
encrypted backup. However many there are, their sums come in parts of their own (`sums/000000.json`, each of those
before it), and the sums of these in `manifest.json`. That comes last, so a copy that was cut short has none.
"""

import hashlib
import io
import os
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final

import orjson
import pyrage  # type: ignore[import-untyped]
from sqlalchemy import Connection, Table, select, text

from backend.database import READER, db
from backend.models import Base, Server, Upload, UploadPart
from backend.services.gzip_member import NONE, USUAL, GzipMember
from backend.services.photos.store import photo_store

# 1 had the sums of all parts in its manifest, and is still read
FORMAT: Final = 2
MANIFEST: Final = "manifest.json"
SUMS: Final = "sums/"
ROWS_PER_READ: Final = 500
PART_BYTES: Final = 4 * 1024 * 1024
# what a restore takes, and so the most that is written: a part is cut after the row that fills it
PART_BYTES_MAX: Final = 64 * 1024 * 1024
# of a sum in its part, beside the name: its 64 digits and what JSON puts around both
SUM_BYTES: Final = 80
# already as small as they get
COMPRESSED: Final = (".jpg",)
# the store itself, locks and logs: everything else in the instance folder (keys, texts, photos) belongs to it
LEFT_OUT: Final = (
    ".db", ".leader", ".lock", ".log", ".pid", ".part", ".age", ".tar", ".gz", ".ctl", "-wal", "-shm", "-journal",
)  # fmt: skip

# bytes that are on their way are sent again to whatever is restored: their rows would name parts that it lacks
UNFINISHED: Final = (Upload.__tablename__, UploadPart.__tablename__)

Say = Callable[[str], None]


class BackupError(Exception):
    """A backup cannot be made or used; the message says why."""


def write_backup(
    destination: Path, instance_dir: Path, recipient: str | None, made_ms: int, say: Say
) -> dict[str, Any]:
    """Write a backup, encrypted to an age `recipient` when given; returns its manifest.

    The file appears whole or not at all. Raises BackupError."""
    if destination.exists():
        raise BackupError(f"{destination} is there already; a backup never replaces another")
    part = destination.with_name(f"{destination.name}.part")
    try:
        with part.open("wb") as file:
            os.fchmod(file.fileno(), 0o600)
            with encrypting(file, recipient) as sink:
                manifest = _write_tar(sink, instance_dir, made_ms, say)
            file.flush()
            os.fsync(file.fileno())
        part.replace(destination)
    finally:
        part.unlink(missing_ok=True)
    return manifest


@contextmanager
def snapshot() -> Iterator[Connection]:
    """One consistent view of the store for as long as it is read; writers go on."""
    with db.engines[READER].connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            # in SQLite a transaction sees what stood when it first read
            connection.execute(select(Server.epoch)).scalar()
            yield connection


@contextmanager
def encrypting(file: IO[bytes], recipient: str | None) -> Iterator[IO[bytes]]:
    """A sink that writes to `file`, through age when a recipient is given. Raises BackupError."""
    if recipient is None:
        yield file
        return
    try:
        keys = [pyrage.x25519.Recipient.from_str(recipient)]
    except pyrage.RecipientError as error:
        raise BackupError(f"the backup recipient is not an age key: {error}") from None
    reading_end, writing_end = os.pipe()
    failures: list[Exception] = []

    def encrypt() -> None:
        with os.fdopen(reading_end, "rb") as source:
            try:
                pyrage.encrypt_io(source, file, keys)
            except Exception as error:  # noqa: BLE001
                failures.append(error)

    thread = threading.Thread(target=encrypt, name="backup-encryption")
    thread.start()
    try:
        with os.fdopen(writing_end, "wb") as sink:
            yield sink
    finally:
        thread.join()
    if failures:
        raise BackupError(f"the backup could not be encrypted: {failures[0]}")


def tables() -> list[Table]:
    """Every table, those that others refer to first."""
    return list(Base.metadata.sorted_tables)


class Parts:
    """The parts of a copy as they are written, and their sums after them. Whatever a restore would refuse raises
    BackupError here: that nobody can use a copy is to be known when it is made."""

    def __init__(self, tar: tarfile.TarFile, zipped: GzipMember, made_s: int) -> None:
        self._tar, self._zipped, self._made_s = tar, zipped, made_s
        self._count = 0
        self._sums: dict[str, str] = {}
        self._sums_bytes = 0
        self._sums_of_sums: dict[str, str] = {}

    def add(self, name: str, content: bytes) -> None:
        """Add one part. Raises BackupError."""
        self._put(name, content)
        self._count += 1
        self._sums[name] = hashlib.sha256(content).hexdigest()
        self._sums_bytes += len(name.encode()) + SUM_BYTES
        if self._sums_bytes >= PART_BYTES:
            self._add_sums()

    def end(self, manifest: dict[str, Any]) -> dict[str, Any]:
        """Add the manifest, which is returned whole. Nothing comes after it."""
        self._add_sums()
        whole = manifest | {"parts": self._count, "sha256": self._sums_of_sums}
        self._put(MANIFEST, orjson.dumps(whole, option=orjson.OPT_INDENT_2))
        return whole

    def _add_sums(self) -> None:
        if not self._sums:
            return
        name, content = f"{SUMS}{len(self._sums_of_sums):06}.json", orjson.dumps(self._sums)
        self._put(name, content)
        self._sums_of_sums[name] = hashlib.sha256(content).hexdigest()
        self._sums, self._sums_bytes = {}, 0

    def _put(self, name: str, content: bytes) -> None:
        if len(content) > PART_BYTES_MAX:
            raise BackupError(f"{name} has more than {PART_BYTES_MAX} bytes, which no restore takes")
        if any("\ud800" <= letter <= "\udfff" for letter in name):
            raise BackupError(f"{name!a} has a name that is no text: move it away")
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = len(content), 0o600, self._made_s
        self._zipped.set_level(NONE if name.endswith(COMPRESSED) else USUAL)
        self._tar.addfile(member, io.BytesIO(content))


def _write_tar(sink: IO[bytes], instance_dir: Path, made_ms: int, say: Say) -> dict[str, Any]:
    made_s = made_ms // 1000
    with (
        closing(GzipMember(sink, made_s)) as zipped,
        tarfile.open(fileobj=zipped, mode="w|") as tar,  # type: ignore[call-overload]
    ):
        parts = Parts(tar, zipped, made_s)
        with snapshot() as connection:
            told = _add_tables(parts, connection, say)
            database = connection.engine.url.database
        # The store is let go of before the files, which may take hours: an open snapshot keeps PostgreSQL from
        # clearing up, and SQLite's log from starting over. The files suit the rows all the same: a photo's bytes are
        # kept before a row names them and never deleted, so all that is named above is listed now; a name follows
        # from the hash, so what takes a file's place meanwhile shows the same picture; and bytes that came since are
        # named by no row, which harms nobody: their phone offers them again.
        files = _add_files(parts, instance_dir, database)
        say(f"instance: {files} files")
        bucket = photo_store().describe()
        if bucket is not None:
            say(f"photos: in {bucket}, NOT in this copy")
        return parts.end({"format": FORMAT, "made_ms": made_ms, **told, "photos_elsewhere": bucket})


def _add_tables(parts: Parts, connection: Connection, say: Say) -> dict[str, Any]:
    counts: dict[str, int] = {}
    for table in tables():
        # SQLAlchemy's names are a kind of text of their own, which no JSON object takes as a key
        name = f"{table.name}"
        counts[name] = 0 if name in UNFINISHED else _add_table(parts, connection, table)
        say(f"{name}: {counts[name]} rows")
    return {
        "engine": connection.dialect.name,
        "epoch": connection.execute(select(Server.epoch)).scalar(),
        "revision": connection.execute(text("SELECT version_num FROM alembic_version")).scalar(),
        "rows": counts,
    }


def _add_table(parts: Parts, connection: Connection, table: Table) -> int:
    keys = list(table.primary_key.columns)
    # parents before children, so that rows can be put back in this order
    order = [table.c.path] if table.name == "area" else keys
    rows = connection.execution_options(yield_per=ROWS_PER_READ).execute(select(table).order_by(*order))
    lines, count, pieces, size = [], 0, 0, 0
    for row in rows:
        count += 1
        lines.append(orjson.dumps(dict(row._mapping)) + b"\n")
        size += len(lines[-1])
        if size >= PART_BYTES:
            parts.add(f"tables/{table.name}/{pieces:06}.jsonl", b"".join(lines))
            lines, pieces, size = [], pieces + 1, 0
    if lines:
        parts.add(f"tables/{table.name}/{pieces:06}.jsonl", b"".join(lines))
    return count


def _add_files(parts: Parts, instance_dir: Path, database: str | None) -> int:
    files = 0
    for path in _instance_files(instance_dir, database):
        name = f"instance/{path.relative_to(instance_dir)}"
        # one that is gone since they were listed belonged to somebody's moment
        with suppress(FileNotFoundError):
            if path.stat().st_size > PART_BYTES_MAX:
                raise BackupError(f"{path} has more than {PART_BYTES_MAX} bytes, which no restore takes: move it away")
            content = path.read_bytes()
            parts.add(name, content)
            files += 1
    return files


def _instance_files(instance_dir: Path, database: str | None) -> list[Path]:
    found = [path for path in instance_dir.rglob("*") if path.is_file() and not path.is_symlink()]
    return sorted(path for path in found if not path.name.endswith(LEFT_OUT) and str(path) != database)
