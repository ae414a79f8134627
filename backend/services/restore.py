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
from backend.services.backup import FORMAT, MANIFEST, PART_BYTES_MAX, SUMS, BackupError, Say, tables
from backend.services.placed_files import PlacedFiles

AGE_HEADER: Final = b"age-encryption.org/v1"
UNREADABLE: Final = (tarfile.TarError, EOFError, OSError, zlib.error, ValueError, KeyError, TypeError)
ROWS_PER_INSERT: Final = 500
FORMATS: Final = (1, FORMAT)
MARK_BYTES: Final = hashlib.sha256().digest_size


def restore_backup(
    source: Path, instance_dir: Path, identity: str | None, ambient: Ambient, say: Say, prepare: Callable[[], None]
) -> str:
    """Replace the store by a backup; returns the new epoch. `prepare` makes the tables where there are none.

    Raises BackupError, with nothing changed, for a copy that is damaged, foreign or of another version."""
    manifest, marks = verify_backup(source, identity)
    say(f"the copy is whole: {sum(manifest['rows'].values())} rows, {len(marks) // MARK_BYTES} parts")
    if bucket := manifest.get("photos_elsewhere"):
        say(f"photos: in {bucket}, not in the copy; this server must be pointed there")
    prepare()
    epoch = ambient.letters(16)
    files = PlacedFiles(instance_dir)
    try:
        with writing() as connection:
            refuse_other_version(connection, manifest)
            for table in reversed(tables()):
                connection.execute(delete(table))
            _put_back(connection, source, identity, marks, files, say)
            renamed = update(Server).values(epoch=epoch, epoch_ms=ambient.now_ms())
            if connection.execute(renamed).rowcount != 1:
                raise BackupError("the copy does not name its history")
            files.place_new()
        files.place_others()
    finally:
        files.remove_unplaced()
    return epoch


def verify_backup(source: Path, identity: str | None) -> tuple[dict[str, Any], bytes]:
    """The manifest of a copy whose every part has the sum that stands there, and the marks of its parts in their
    order, by which they are known again. Raises BackupError."""
    checked = Checked()
    for name, content in read_parts(source, identity):
        checked.take(name, content)
    return checked.end(), bytes(checked.marks)


class Checked:
    """The sums of a copy's parts as they are read, held against those that the copy names. Raises BackupError."""

    def __init__(self) -> None:
        self.marks = bytearray()
        self._manifest: dict[str, Any] | None = None
        self._rows: dict[str, int] = {}
        # of what no sums have come for yet: in a copy of format 1 all of it
        self._sums: dict[str, str] = {}
        self._sums_of_sums: dict[str, str] = {}

    def take(self, name: str, content: bytes) -> None:
        """The next part."""
        if self._manifest is not None or name in self._sums:
            raise BackupError("the copy is damaged: parts are out of order")
        if name == MANIFEST:
            self._manifest = _manifest(content)
        elif name.startswith(SUMS):
            self._take_sums(name, content)
        else:
            self._sums[name] = hashlib.sha256(content).hexdigest()
            self.marks += _mark(name, content)
            if (table := _table_of(name)) is not None:
                self._rows[table] = self._rows.get(table, 0) + content.count(b"\n")

    def end(self) -> dict[str, Any]:
        """The manifest, when all has been taken."""
        manifest = self._manifest
        if manifest is None:
            raise BackupError("the copy is damaged: it was cut short")
        own = self._sums if manifest["format"] == 1 else self._sums_of_sums
        # of one format only: parts of which neither manifest nor sums tell are in no copy
        other = self._sums_of_sums if manifest["format"] == 1 else self._sums
        rows = {table: count for table, count in manifest["rows"].items() if count}
        if manifest["sha256"] != own or other or rows != self._rows:
            raise BackupError("the copy is damaged: its sums do not agree")
        if manifest.get("parts", len(own)) * MARK_BYTES != len(self.marks):
            raise BackupError("the copy is damaged: parts of it are missing")
        return manifest

    def _take_sums(self, name: str, content: bytes) -> None:
        try:
            told = orjson.loads(content)
        except orjson.JSONDecodeError:
            told = None
        if name != f"{SUMS}{len(self._sums_of_sums):06}.json" or told != self._sums:
            raise BackupError("the copy is damaged: its sums do not agree")
        self._sums_of_sums[name] = hashlib.sha256(content).hexdigest()
        self._sums = {}


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
    sound = isinstance(manifest, dict) and manifest.get("format") in FORMATS
    if not sound or any(not isinstance(manifest.get(name), dict) for name in ("rows", "sha256")):
        raise BackupError("the copy was made by another version")
    counts = (*manifest["rows"].values(), manifest.get("parts", 0))
    if any(type(count) is not int for count in counts) or "revision" not in manifest:
        raise BackupError("the copy is damaged: its manifest cannot be used")
    return dict(manifest)


def _put_back(
    connection: Connection, source: Path, identity: str | None, marks: bytes, files: PlacedFiles, say: Say
) -> None:
    """Rows into tables and files beside their places; each part is looked at again, as the copy is read twice."""
    by_name = {table.name: table for table in tables()}
    parts = (part for part in read_parts(source, identity) if part[0] != MANIFEST and not part[0].startswith(SUMS))
    taken = 0
    for name, content in parts:
        if _mark(name, content) != marks[taken : taken + MARK_BYTES]:
            raise BackupError("the copy changed while it was read")
        taken += MARK_BYTES
        table = _table_of(name)
        if table is None:
            files.write_beside(name, content)
            continue
        rows = [orjson.loads(line) for line in content.splitlines()]
        for start in range(0, len(rows), ROWS_PER_INSERT):
            connection.execute(insert(by_name[table]), rows[start : start + ROWS_PER_INSERT])
        say(f"{name}: {len(rows)} rows")
    if taken != len(marks):
        raise BackupError("the copy changed while it was read")
    if connection.execute(select(Server.epoch)).first() is None:
        raise BackupError("the copy does not name its history")


def _mark(name: str, content: bytes) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass") + b"\0" + content).digest()


def _table_of(name: str) -> str | None:
    parts = PurePosixPath(name).parts
    return parts[1] if len(parts) == 3 and parts[0] == "tables" else None
