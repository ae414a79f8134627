"""Copies of many files: their sums in parts, nothing written that no restore takes, the store free meanwhile."""

import gzip
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backend.config import Settings
from backend.database import db, reading
from backend.models import Record
from backend.services import backup as backups, restore as restores
from backend.services.backup import BackupError
from backend.services.gzip_member import NONE, USUAL, GzipMember
from backend.services.placed_files import PlacedFiles
from backend.services.restore import OneMember, read_parts, verify_backup
from tests.support.reading import Desk, at, open_desk

# part of `make test` only: `make check` is to stay under a minute
pytestmark = pytest.mark.slow
MANY = 400


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings, at("2026-11-23")) as opened:
        opened.write("an", "patrol", {"officers": 2})
        yield opened


def run(app: Flask, *arguments: object) -> tuple[int, str]:
    outcome = app.test_cli_runner().invoke(args=[str(each) for each in arguments])
    return outcome.exit_code, outcome.output


def instance(desk: Desk) -> Path:
    found: Path = desk.app.extensions["diaban_settings"].instance_dir
    return found


def add_photos(desk: Desk, many: int, content: bytes = b"\xff\xd8\xff") -> list[Path]:
    """Files where photos lie."""
    found = []
    for n in range(many):
        path = instance(desk) / "photos" / "photo" / f"{n % 256:02x}" / f"{n:062x}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        found.append(path)
    return found


def records(desk: Desk) -> list[Any]:
    with desk.app.app_context(), reading() as connection:
        return [tuple(row) for row in connection.execute(select(Record.id, Record.wire).order_by(Record.id))]


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with 200 000 photos, on a scale of one to a thousand: the sums of all would be more than a part may be."""
    monkeypatch.setattr(backups, "PART_BYTES", 8 * 1024)
    for module in (backups, restores):
        monkeypatch.setattr(module, "PART_BYTES_MAX", 32 * 1024)


def test_a_copy_of_very_many_photos_comes_back(desk: Desk, tmp_path: Path, small_parts: None) -> None:
    photos, before, copy = add_photos(desk, MANY), records(desk), tmp_path / "copy"
    code, said = run(desk.app, "backup", copy)
    assert code == 0, said
    sizes = {name: len(content) for name, content in read_parts(copy, None)}
    assert len([name for name in sizes if name.startswith("sums/")]) > 3
    assert max(sizes.values()) < 32 * 1024
    for path in photos:
        path.unlink()
    code, said = run(desk.app, "restore", copy, "--yes")
    assert (code, records(desk)) == (0, before), said
    assert all(path.read_bytes() == b"\xff\xd8\xff" for path in photos)
    assert not list(instance(desk).rglob("*.part"))


@pytest.mark.parametrize("fault", ["a great file", "a name that is no text", "a great row"])
def test_what_no_restore_takes_is_no_copy(
    desk: Desk, tmp_path: Path, small_parts: None, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    if fault == "a great file":
        (instance(desk) / "core").write_bytes(os.urandom(32 * 1024 + 1))
    elif fault == "a name that is no text":
        Path(os.fsdecode(bytes(instance(desk)) + b"/caf\xe9")).write_bytes(b"x")
    else:
        # of any size, in a store whose parts may be smaller
        monkeypatch.setattr(backups, "PART_BYTES_MAX", 900)
    code, said = run(desk.app, "backup", tmp_path / "copy")
    assert (code, list(tmp_path.glob("copy*"))) == (1, []), said
    assert {"a great file": "core", "a name that is no text": "caf", "a great row": "tables/area/"}[fault] in said


def repack(copy: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """The same copy with other parts."""
    parts = dict(read_parts(copy, None))
    change(parts)
    with gzip.open(copy, "wb") as zipped, tarfile.open(fileobj=zipped, mode="w|") as tar:
        for name, content in parts.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


def as_first_format(parts: dict[str, bytes]) -> None:
    """As copies were written before: all sums in the manifest."""
    manifest = json.loads(parts.pop("manifest.json"))
    for name in [name for name in parts if name.startswith("sums/")]:
        del parts[name]
    del manifest["parts"]
    manifest |= {"format": 1, "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()}}
    parts["manifest.json"] = json.dumps(manifest).encode()


def test_a_copy_of_the_first_format_comes_back(desk: Desk, tmp_path: Path) -> None:
    photos, before, copy = add_photos(desk, 3), records(desk), tmp_path / "copy"
    run(desk.app, "backup", copy)
    repack(copy, as_first_format)
    desk.write("an", "patrol", {"officers": 9})
    photos[0].unlink()
    code, said = run(desk.app, "restore", copy, "--yes")
    assert (code, records(desk), photos[0].exists()) == (0, before, True), said
    repack(copy, lambda parts: parts.update({"instance/photos/photo/00/more.jpg": b"x"}))
    with pytest.raises(BackupError):
        verify_backup(copy, None)


def drop_part(parts: dict[str, bytes]) -> None:
    del parts[next(name for name in parts if name.startswith("instance/photos"))]


def change_part(parts: dict[str, bytes]) -> None:
    parts[next(name for name in parts if name.startswith("instance/photos"))] = b"other"


def drop_sums(parts: dict[str, bytes]) -> None:
    del parts["sums/000001.json"]


def change_sums(parts: dict[str, bytes]) -> None:
    """A part and its sum, but not the sum of that."""
    name = next(name for name in parts if name.startswith("instance/photos"))
    parts[name] = b"other"
    of_it = next(each for each in parts if each.startswith("sums/") and name in json.loads(parts[each]))
    sums = json.loads(parts[of_it]) | {name: hashlib.sha256(b"other").hexdigest()}
    parts[of_it] = json.dumps(sums).encode()


def add_untold(parts: dict[str, bytes]) -> None:
    manifest = parts.pop("manifest.json")
    parts["instance/photos/photo/00/more.jpg"] = b"x"
    parts["manifest.json"] = manifest


def spoil_sums(parts: dict[str, bytes]) -> None:
    parts["sums/000000.json"] = b"{"


def swap_sums(parts: dict[str, bytes]) -> None:
    first, second = "sums/000000.json", "sums/000001.json"
    parts[first], parts[second] = parts[second], parts[first]


CHANGES = [drop_part, change_part, drop_sums, change_sums, add_untold, spoil_sums, swap_sums]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_the_sums_do_not_tell_of_is_damage(
    desk: Desk, tmp_path: Path, small_parts: None, change: Callable[[dict[str, bytes]], None]
) -> None:
    add_photos(desk, MANY)
    copy = tmp_path / "copy"
    run(desk.app, "backup", copy)
    # positive control: packed anew and unchanged it is whole
    repack(copy, lambda parts: None)
    manifest, marks = verify_backup(copy, None)
    assert manifest["parts"] == len(marks) // 32 > MANY
    repack(copy, change)
    code, said = run(desk.app, "restore", copy, "--yes")
    assert (code, "nothing was changed: the copy is damaged" in said) == (1, True), said


def is_store_read(app: Flask) -> bool:
    """Whether somebody holds a view of the store open."""
    with app.app_context(), db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            others = "SELECT count(*) FROM pg_stat_activity WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid()"
            here = f"{others} AND datname = current_database()"
            return bool(connection.exec_driver_sql(here).scalar())
    with app.app_context():
        raw = db.engine.raw_connection()
        try:
            raw.execute("PRAGMA busy_timeout=0")
            return bool(raw.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()[0])
        finally:
            raw.execute("PRAGMA busy_timeout=30000")
            raw.close()


def test_the_store_is_let_go_of_before_the_files(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what came or went since the rows were read is no fault."""
    photos, seen = add_photos(desk, 3), {}
    (instance(desk) / "about.json").write_text("{}", encoding="utf-8")
    find = backups._instance_files

    def find_files(*arguments: Any) -> list[Path]:
        desk.write("an", "patrol", {"officers": 7})
        seen["while files are copied"] = is_store_read(desk.app)
        found = find(*arguments)
        photos[1].unlink()
        return found

    def say(line: str) -> None:
        if line.startswith("operation:"):
            desk.write("an", "patrol", {"officers": 8})
            seen["while rows are copied"] = is_store_read(desk.app)

    monkeypatch.setattr(backups, "_instance_files", find_files)
    copy = tmp_path / "copy"
    with desk.app.app_context():
        manifest = backups.write_backup(copy, instance(desk), None, desk.now_ms, say)
    assert seen == {"while rows are copied": True, "while files are copied": False}
    names = [name for name, _ in read_parts(copy, None)]
    assert len([name for name in names if name.endswith(".jpg")]) == 2
    assert (manifest["rows"]["record"], verify_backup(copy, None)[0]) == (1, manifest)


def test_pictures_are_not_compressed_again(desk: Desk, tmp_path: Path) -> None:
    # zeros in a picture's place: what compresses them is seen
    add_photos(desk, 2, b"\0" * 1_000_000)
    (instance(desk) / "notes.txt").write_bytes(b"\0" * 1_000_000)
    copy = tmp_path / "copy"
    run(desk.app, "backup", copy)
    assert 2_000_000 < copy.stat().st_size < 2_200_000
    assert verify_backup(copy, None)[0]["format"] == 2


def test_a_member_whose_effort_changes_is_one_stream() -> None:
    written, said = io.BytesIO(), []
    member = GzipMember(written, 1_700_000_000)
    for n, level in enumerate((USUAL, NONE, NONE, USUAL, 1, NONE, USUAL)):
        content = (b"" if n == 5 else b"ab" * 50_000) + os.urandom(n * 10_000)
        member.set_level(level)
        for start in range(0, len(content), 7_777):
            member.write(content[start : start + 7_777])
        said.append(content)
    member.close()
    assert gzip.decompress(written.getvalue()) == b"".join(said)
    written.seek(0)
    assert io.BufferedReader(OneMember(written)).read() == b"".join(said)


class Crash(BaseException):
    """The machine is gone."""


def raise_crash(_files: PlacedFiles) -> None:
    raise Crash


@pytest.mark.parametrize("when", ["place_new", "place_others"])
def test_no_row_names_a_file_that_is_not_there_after_a_crash(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """Before the rows are committed nothing has changed; after it all new files are there, and a second restore
    replaces the others."""
    photos, about, copy = add_photos(desk, 3), instance(desk) / "about.json", tmp_path / "copy"
    about.write_text('{"authority": "A"}', encoding="utf-8")
    before = records(desk)
    run(desk.app, "backup", copy)
    for path in photos:
        path.unlink()
    about.write_text('{"authority": "B"}', encoding="utf-8")
    desk.write("an", "patrol", {"officers": 9})
    later = records(desk)
    with monkeypatch.context() as patch:
        patch.setattr(PlacedFiles, when, raise_crash)
        # nobody tidies up after a crash
        patch.setattr(PlacedFiles, "remove_unplaced", lambda _files: None)
        with pytest.raises(Crash):
            desk.app.test_cli_runner().invoke(args=["restore", str(copy), "--yes"], catch_exceptions=False)
    is_committed = when == "place_others"
    assert records(desk) == (before if is_committed else later)
    assert [path.exists() for path in photos] == [is_committed] * 3
    assert json.loads(about.read_text("utf-8")) == {"authority": "B"}
    code, said = run(desk.app, "restore", copy, "--yes")
    assert (code, records(desk)) == (0, before), said
    assert all(path.exists() for path in photos) and not list(instance(desk).rglob("*.part"))
    assert json.loads(about.read_text("utf-8")) == {"authority": "A"}
