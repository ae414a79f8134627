"""Restoring a backup: verified whole first, then put in place in one transaction under a new epoch (P20)."""

import hashlib
import io
import os
import tarfile
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

import orjson
import pyrage  # type: ignore[import-untyped]
from sqlalchemy import Connection, delete, insert, select, text, update

from backend.ambient import Ambient
from backend.database import writing
from backend.models import Server
from backend.services.backup import FORMAT, MANIFEST, PART_BYTES_MAX, BackupError, Say, tables

AGE_HEADER: Final = b"age-encryption.org/v1"
UNREADABLE: Final = (tarfile.TarError, EOFError, OSError, zlib.error, ValueError, KeyError, TypeError)
ROWS_PER_INSERT: Final = 500


def restore_backup(
    source: Path, instance_dir: Path, identity: str | None, ambient: Ambient, say: Say, prepare: Callable[[], None]
) -> str:
    """Replace the store by a backup; returns the new epoch. `prepare` makes the tables where there are none.

    Raises BackupError, with nothing changed, for a copy that is damaged, foreign or of another version."""
    manifest = verify_backup(source, identity)
    say(f"the copy is whole: {sum(manifest['rows'].values())} rows, {len(manifest['sha256'])} parts")
    if bucket := manifest.get("photos_elsewhere"):
        say(f"photos: in {bucket}, not in the copy; this server must be pointed there")
    prepare()
    epoch = ambient.letters(16)
    written: list[Path] = []
    try:
        with writing() as connection:
            refuse_other_version(connection, manifest)
            for table in reversed(tables()):
                connection.execute(delete(table))
            _put_back(connection, source, identity, manifest, instance_dir, written, say)
            renamed = update(Server).values(epoch=epoch, epoch_ms=ambient.now_ms())
            if connection.execute(renamed).rowcount != 1:
                raise BackupError("the copy does not name its history")
        for path in written:
            path.replace(path.with_name(path.name.removesuffix(".part")))
    finally:
        for path in written:
            path.unlink(missing_ok=True)
    return epoch


def verify_backup(source: Path, identity: str | None) -> dict[str, Any]:
    """The manifest of a copy whose every part has the sum that stands there. Raises BackupError."""
    sums: dict[str, str] = {}
    rows: dict[str, int] = {}
    manifest: Any = None
    for name, content in read_parts(source, identity):
        if name == MANIFEST:
            manifest = _manifest(content)
            continue
        if manifest is not None or name in sums:
            raise BackupError("the copy is damaged: parts are out of order")
        sums[name] = hashlib.sha256(content).hexdigest()
        if (table := _table_of(name)) is not None:
            rows[table] = rows.get(table, 0) + content.count(b"\n")
    if manifest is None:
        raise BackupError("the copy is damaged: it was cut short")
    if manifest["sha256"] != sums or {t: n for t, n in manifest["rows"].items() if n} != rows:
        raise BackupError("the copy is damaged: its sums do not agree")
    return dict(manifest)


def refuse_other_version(connection: Connection, manifest: dict[str, Any]) -> None:
    """Raise BackupError unless the store's tables are those of the copy."""
    here = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if here != manifest["revision"] or set(manifest["rows"]) != {table.name for table in tables()}:
        raise BackupError(f"the copy has tables of revision {manifest['revision']}, this store has {here}")


def read_parts(source: Path, identity: str | None) -> Iterator[tuple[str, bytes]]:
    """Names and contents of a copy's parts, in order. Raises BackupError for anything unreadable."""
    try:
        with source.open("rb") as file, decrypting(file, identity) as plain:
            unzipped = io.BufferedReader(OneMember(plain))
            # block by block, so that nothing behind the archive's end is taken with it
            with tarfile.open(fileobj=unzipped, mode="r|", bufsize=tarfile.BLOCKSIZE) as tar:
                for member in tar:
                    if not member.isreg() or member.size > PART_BYTES_MAX:
                        raise BackupError(f"the copy has a part that no backup has: {member.name}")
                    content = tar.extractfile(member)
                    yield member.name, content.read() if content else b""
            # the sum of the compressed stream stands at its very end; before it, an archive is filled with zeros
            while rest := unzipped.read(1 << 16):
                if rest.strip(b"\0"):
                    raise BackupError("the copy is damaged: something follows its end")
    except UNREADABLE as error:
        raise BackupError(f"the copy cannot be read: {error}") from None


class OneMember(io.RawIOBase):
    """What is in a gzip stream of one member, to which nothing was added."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        # 31: with gzip's own header and sum
        self._inflater = zlib.decompressobj(31)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._inflater.eof:
            given = self._inflater.unconsumed_tail or self._source.read(1 << 16)
            piece = self._inflater.decompress(given, len(buffer))
            if piece:
                buffer[: len(piece)] = piece
                return len(piece)
            if not given:
                raise EOFError("it was cut short")
        if self._inflater.unused_data or self._source.read(1):
            raise BackupError("the copy is damaged: something follows its end")
        return 0


@contextmanager
def decrypting(file: IO[bytes], identity: str | None) -> Iterator[IO[bytes]]:
    """A source of plain bytes; age is recognised by its header. Raises BackupError."""
    is_encrypted = file.read(len(AGE_HEADER)) == AGE_HEADER
    file.seek(0)
    if not is_encrypted:
        yield file
        return
    keys = _identities(identity)
    reading_end, writing_end = os.pipe()
    failures: list[Exception] = []

    def decrypt() -> None:
        with os.fdopen(writing_end, "wb") as sink:
            try:
                pyrage.decrypt_io(file, sink, keys)
            except BrokenPipeError:
                return
            except Exception as error:  # noqa: BLE001
                failures.append(error)

    thread = threading.Thread(target=decrypt, name="backup-decryption")
    thread.start()
    try:
        with os.fdopen(reading_end, "rb") as source:
            yield source
    except UNREADABLE:
        if not failures:
            raise
    finally:
        thread.join()
    if failures:
        raise BackupError(f"the copy cannot be decrypted: {failures[0]}")


def _identities(identity: str | None) -> list[Any]:
    if identity is None:
        raise BackupError("the copy is encrypted: give the file of its key with --identity")
    lines = [line.strip() for line in identity.splitlines() if line.strip() and not line.startswith("#")]
    try:
        return [pyrage.x25519.Identity.from_str(line) for line in lines]
    except pyrage.IdentityError:
        raise BackupError("the file given with --identity holds no age key") from None


def _manifest(content: bytes) -> dict[str, Any]:
    try:
        manifest: Any = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise BackupError("the copy is damaged: its manifest cannot be read") from None
    sound = isinstance(manifest, dict) and manifest.get("format") == FORMAT
    if not sound or any(not isinstance(manifest.get(name), dict) for name in ("rows", "sha256")):
        raise BackupError("the copy was made by another version")
    if any(type(count) is not int for count in manifest["rows"].values()) or "revision" not in manifest:
        raise BackupError("the copy is damaged: its manifest cannot be used")
    return dict(manifest)


def _put_back(
    connection: Connection,
    source: Path,
    identity: str | None,
    manifest: dict[str, Any],
    instance_dir: Path,
    written: list[Path],
    say: Say,
) -> None:
    """Rows into tables and files beside their places; each part is summed again, as the copy is read twice."""
    by_name = {table.name: table for table in tables()}
    for name, content in read_parts(source, identity):
        if name == MANIFEST:
            continue
        if hashlib.sha256(content).hexdigest() != manifest["sha256"].get(name):
            raise BackupError("the copy changed while it was read")
        table = _table_of(name)
        if table is None:
            written.append(_write_beside(instance_dir, name, content))
            continue
        rows = [orjson.loads(line) for line in content.splitlines()]
        for start in range(0, len(rows), ROWS_PER_INSERT):
            connection.execute(insert(by_name[table]), rows[start : start + ROWS_PER_INSERT])
        say(f"{name}: {len(rows)} rows")
    if connection.execute(select(Server.epoch)).first() is None:
        raise BackupError("the copy does not name its history")


def _table_of(name: str) -> str | None:
    parts = PurePosixPath(name).parts
    return parts[1] if len(parts) == 3 and parts[0] == "tables" else None


def _write_beside(instance_dir: Path, name: str, content: bytes) -> Path:
    """Write one of the instance's files under a name of its own, until everything is there."""
    parts = PurePosixPath(name).parts
    if len(parts) < 2 or parts[0] != "instance" or ".." in parts:
        raise BackupError(f"the copy has a part that no backup has: {name}")
    path = instance_dir.joinpath(*parts[1:-1], f"{parts[-1]}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(content)
        os.fsync(file.fileno())
    return path
