"""Backups: one tar file with every table as JSON lines and the instance's files, and SHA-256 sums of all.

The copy is logical, read in one snapshot, so that it is consistent while the server runs and restores onto
either store. Parts are small enough to be held in memory: nothing is written in plain text beside an
encrypted backup. `manifest.json` comes last, so a copy that was cut short has none.
"""

import gzip
import hashlib
import io
import os
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import orjson
import pyrage  # type: ignore[import-untyped]
from sqlalchemy import Connection, Table, select, text

from backend.database import READER, db
from backend.models import Base, Server, Upload, UploadPart
from backend.services.photos.store import photo_store

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
ROWS_PER_READ: Final = 500
PART_BYTES: Final = 4 * 1024 * 1024
# what a restore takes: a part is cut after the row that fills it
PART_BYTES_MAX: Final = 64 * 1024 * 1024
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
            with encrypting(file, recipient) as sink, snapshot() as connection:
                manifest = _write_tar(sink, connection, instance_dir, made_ms, say)
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


def _write_tar(sink: IO[bytes], connection: Connection, instance_dir: Path, made_ms: int, say: Say) -> dict[str, Any]:
    sums: dict[str, str] = {}
    counts: dict[str, int] = {}
    zipped = gzip.GzipFile(fileobj=sink, mode="wb", compresslevel=6, mtime=made_ms // 1000, filename="")
    with zipped, tarfile.open(fileobj=zipped, mode="w|") as tar:
        for table in tables():
            # SQLAlchemy's names are a kind of text of their own, which no JSON object takes as a key
            name = f"{table.name}"
            counts[name] = 0 if name in UNFINISHED else _add_table(tar, connection, table, made_ms, sums)
            say(f"{name}: {counts[name]} rows")
        files = 0
        for path in _instance_files(instance_dir, connection.engine.url.database):
            _add(tar, f"instance/{path.relative_to(instance_dir)}", path.read_bytes(), made_ms, sums)
            files += 1
        say(f"instance: {files} files")
        bucket = photo_store().describe()
        if bucket is not None:
            say(f"photos: in {bucket}, NOT in this copy")
        manifest = {
            "format": FORMAT,
            "made_ms": made_ms,
            "engine": connection.dialect.name,
            "epoch": connection.execute(select(Server.epoch)).scalar(),
            "revision": connection.execute(text("SELECT version_num FROM alembic_version")).scalar(),
            "rows": counts,
            "photos_elsewhere": bucket,
            "sha256": sums,
        }
        _add(tar, MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2), made_ms, {})
    return manifest


def _add_table(tar: tarfile.TarFile, connection: Connection, table: Table, made_ms: int, sums: dict[str, str]) -> int:
    keys = list(table.primary_key.columns)
    # parents before children, so that rows can be put back in this order
    order = [table.c.path] if table.name == "area" else keys
    rows = connection.execution_options(yield_per=ROWS_PER_READ).execute(select(table).order_by(*order))
    lines, count, parts, size = [], 0, 0, 0
    for row in rows:
        count += 1
        lines.append(orjson.dumps(dict(row._mapping)) + b"\n")
        size += len(lines[-1])
        if size >= PART_BYTES:
            _add(tar, f"tables/{table.name}/{parts:06}.jsonl", b"".join(lines), made_ms, sums)
            lines, parts, size = [], parts + 1, 0
    if lines:
        _add(tar, f"tables/{table.name}/{parts:06}.jsonl", b"".join(lines), made_ms, sums)
    return count


def _add(tar: tarfile.TarFile, name: str, content: bytes, made_ms: int, sums: dict[str, str]) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = len(content), 0o600, made_ms // 1000
    tar.addfile(member, io.BytesIO(content))
    sums[name] = hashlib.sha256(content).hexdigest()


def _instance_files(instance_dir: Path, database: str | None) -> list[Path]:
    found = [path for path in instance_dir.rglob("*") if path.is_file() and not path.is_symlink()]
    return sorted(path for path in found if not path.name.endswith(LEFT_OUT) and str(path) != database)
