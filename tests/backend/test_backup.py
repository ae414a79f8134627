"""Backup and restore by the commands an operator uses: whole or not at all, within a store and across stores."""

import gzip
import json
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyrage
import pytest
from flask import Flask
from sqlalchemy import delete, func, insert, select

import backend
from backend.config import Settings
from backend.database import reading, writing
from backend.models import Base, Operation, Record, Server, SignInFailure
from backend.services.backup import BackupError
from backend.services.restore import verify_backup
from tests.conftest import close_connections, settings_for
from tests.support.reading import Desk, at, open_desk

# part of `make test` only: `make check` is to stay under a minute
pytestmark = pytest.mark.slow


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    (settings.instance_dir / "about.json").write_text('{"authority": "Công an"}', encoding="utf-8")
    with open_desk(settings, at("2026-11-23")) as opened:
        for n in range(5):
            opened.write("an", "patrol", {"officers": n, "note": "Tuần tra đêm"})
        opened.drain()
        yield opened


def run(app: Flask, *arguments: object) -> tuple[int, str]:
    outcome = app.test_cli_runner().invoke(args=[str(each) for each in arguments])
    return outcome.exit_code, outcome.output


def contents(app: Flask) -> dict[str, list[Any]]:
    """Every row of every table, but for the name of the history."""
    found = {}
    with app.app_context(), reading() as connection:
        for table in Base.metadata.sorted_tables:
            rows = connection.execute(select(table).order_by(*table.primary_key.columns))
            found[table.name] = [tuple(row) for row in rows]
    return found | {"server": []}


def epoch(app: Flask) -> str:
    with app.app_context(), reading() as connection:
        return str(connection.execute(select(Server.epoch)).scalar())


def ruin(app: Flask) -> None:
    """Something else than what was backed up."""
    with app.app_context(), writing() as connection:
        connection.execute(delete(Record))
        connection.execute(delete(Operation))
        connection.execute(insert(SignInFailure).values(id="f", bucket="b", at_ms=1))


def test_what_was_backed_up_comes_back_under_a_new_epoch(desk: Desk, tmp_path: Path) -> None:
    before, old_epoch, copy = contents(desk.app), epoch(desk.app), tmp_path / "copies.age"
    assert len(before["record"]) == 5
    code, said = run(desk.app, "backup", copy)
    assert (code, "record: 5 rows" in said, "NOT encrypted" in said) == (0, True, True)
    ruin(desk.app)
    (desk.app.extensions["diaban_settings"].instance_dir / "about.json").write_text("{}", encoding="utf-8")
    assert run(desk.app, "restore", copy)[0] != 0
    code, said = run(desk.app, "restore", copy, "--yes")
    assert code == 0, said
    assert contents(desk.app) == before
    assert epoch(desk.app) != old_epoch
    assert epoch(desk.app) in said
    about = desk.app.extensions["diaban_settings"].instance_dir / "about.json"
    assert json.loads(about.read_text("utf-8")) == {"authority": "Công an"}
    # the phone goes on with what came back
    desk.write("an", "patrol", {"officers": 9})


def test_a_copy_is_one_tar_with_a_manifest_last(desk: Desk, tmp_path: Path) -> None:
    copy = tmp_path / "copy.tar.gz"
    run(desk.app, "backup", copy)
    with tarfile.open(copy) as tar:
        names = tar.getnames()
        manifest = json.load(tar.extractfile("manifest.json"))  # type: ignore[arg-type]
    assert names[-1] == "manifest.json"
    assert (names[-2], list(manifest["sha256"])) == ("sums/000000.json", ["sums/000000.json"])
    assert manifest["parts"] == len(names) - 2
    assert "instance/about.json" in names
    assert not any(name.endswith((".db", "-wal", ".leader")) for name in names)
    assert copy.stat().st_mode & 0o077 == 0
    assert run(desk.app, "backup", copy)[0] != 0


@pytest.mark.parametrize("damage", ["cut", "cut a little", "flip", "empty", "other"])
@pytest.mark.parametrize("is_encrypted", [False, True])
def test_a_damaged_copy_changes_nothing(desk: Desk, tmp_path: Path, damage: str, is_encrypted: bool) -> None:
    key = pyrage.x25519.Identity.generate()
    (tmp_path / "key.txt").write_text(f"# a key\n{key}\n", encoding="ascii")
    if is_encrypted:
        desk.app.extensions["diaban_settings"] = replace(
            desk.app.extensions["diaban_settings"], backup_recipient=str(key.to_public())
        )
    copy = tmp_path / "copy"
    assert run(desk.app, "backup", copy)[0] == 0
    content = bytearray(copy.read_bytes())
    middle = len(content) // 2
    content[middle] ^= 1 if damage == "flip" else 0
    damaged = {"cut": content[:middle], "cut a little": content[:-9], "empty": b"", "other": b"x" * 2_000}
    copy.write_bytes(bytes(damaged.get(damage, content)))
    before, old_epoch = contents(desk.app), epoch(desk.app)
    code, said = run(desk.app, "restore", copy, "--yes", "--identity", tmp_path / "key.txt")
    assert (code, "nothing was changed" in said) == (1, True), said
    assert (contents(desk.app), epoch(desk.app)) == (before, old_epoch)
    assert not list(tmp_path.rglob("*.part"))


def test_every_single_flipped_byte_is_found(desk: Desk, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    run(desk.app, "backup", copy)
    content = copy.read_bytes()
    for place in range(10, len(content), max(1, len(content) // 60)):
        broken = bytearray(content)
        broken[place] ^= 0x40
        copy.write_bytes(broken)
        with pytest.raises(BackupError):
            verify_backup(copy, None)


def test_production_demands_and_uses_a_recipient(desk: Desk, tmp_path: Path) -> None:
    original = desk.app.extensions["diaban_settings"]
    desk.app.extensions["diaban_settings"] = replace(original, env="production")
    code, said = run(desk.app, "backup", tmp_path / "copy")
    assert (code, "DIABAN_BACKUP_RECIPIENT" in said) == (1, True)
    key, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    desk.app.extensions["diaban_settings"] = replace(
        original, env="production", backup_recipient=str(key.to_public())
    )  # fmt: skip
    copy = tmp_path / "copy.age"
    code, said = run(desk.app, "backup", copy)
    assert (code, "NOT" in said, copy.read_bytes()[:21]) == (0, False, b"age-encryption.org/v1")
    assert "Tuần tra".encode() not in copy.read_bytes()
    (tmp_path / "other.txt").write_text(f"{other}\n", encoding="ascii")
    assert run(desk.app, "restore", copy, "--yes")[0] == 1
    assert run(desk.app, "restore", copy, "--yes", "--identity", tmp_path / "other.txt")[0] == 1
    (tmp_path / "key.txt").write_text(f"{key}\n", encoding="ascii")
    code, said = run(desk.app, "restore", copy, "--yes", "--identity", tmp_path / "key.txt")
    assert code == 0, said


def test_a_wrong_recipient_leaves_no_file(desk: Desk, tmp_path: Path) -> None:
    desk.app.extensions["diaban_settings"] = replace(
        desk.app.extensions["diaban_settings"], backup_recipient="age1nonsense"
    )
    assert run(desk.app, "backup", tmp_path / "copy.age")[0] == 1
    assert not list(tmp_path.glob("copy*"))


def test_a_copy_of_another_revision_is_refused(desk: Desk, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    run(desk.app, "backup", copy)
    with desk.app.app_context(), writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'other'")
    before = contents(desk.app)
    code, said = run(desk.app, "restore", copy, "--yes")
    assert (code, "revision" in said, contents(desk.app)) == (1, True, before)


def test_a_copy_taken_while_others_write_is_consistent(desk: Desk, tmp_path: Path) -> None:
    """Every record of the copy has its operation and the other way round, whatever commits meanwhile."""
    from backend.services import backup as backups

    written: list[str] = []

    def say(line: str) -> None:
        if line.startswith("operation:"):
            written.append(desk.write("an", "patrol", {"officers": 1}))

    copy = tmp_path / "copy"
    with desk.app.app_context():
        backups.write_backup(copy, tmp_path / "nothing", None, desk.now_ms, say)
    assert len(written) == 1
    rows = verify_backup(copy, None)[0]["rows"]
    assert (rows["operation"], rows["record"]) == (5, 5)


@pytest.mark.postgresql
def test_a_copy_moves_from_one_store_to_the_other(
    desk: Desk, tmp_path: Path, sqlite_template: Path, postgres: Any, postgres_template: str
) -> None:
    is_sqlite = desk.app.extensions["diaban_settings"].is_sqlite
    before, copy = contents(desk.app), tmp_path / "copy"
    run(desk.app, "backup", copy)
    other_dir = tmp_path / "other"
    other_dir.mkdir()
    if is_sqlite:
        url = postgres.create("moved", postgres_template)
    else:
        (other_dir / "diaban.db").write_bytes(sqlite_template.read_bytes())
        url = f"sqlite:///{other_dir}/diaban.db"
    other = backend.create_app(settings_for(other_dir, url))
    try:
        code, said = run(other, "restore", copy, "--yes")
        assert code == 0, said
        assert contents(other) == before
        with other.app_context(), reading() as connection:
            assert connection.execute(select(func.count()).select_from(Record)).scalar() == 5
    finally:
        close_connections(other)
        if is_sqlite:
            postgres.drop("moved")


@pytest.mark.parametrize("added", ["a copy", "a plain archive", "a letter", "zeros", "an archive inside"])
@pytest.mark.parametrize("is_encrypted", [False, True])
def test_what_follows_the_end_of_a_copy_is_refused(desk: Desk, tmp_path: Path, added: str, is_encrypted: bool) -> None:
    key, copy = pyrage.x25519.Identity.generate(), tmp_path / "copy"
    (tmp_path / "key.txt").write_text(f"{key}\n", encoding="ascii")
    run(desk.app, "backup", copy)
    whole = copy.read_bytes()
    plain = gzip.decompress(whole)
    longer = {
        "a copy": whole + whole,
        "a plain archive": whole + plain,
        "a letter": whole + b"x",
        "zeros": whole + b"\0",
        "an archive inside": gzip.compress(plain + plain),
    }[added]
    if is_encrypted:
        longer = pyrage.encrypt(longer, [key.to_public()])
    copy.write_bytes(longer)
    before = contents(desk.app)
    code, said = run(desk.app, "restore", copy, "--yes", "--identity", tmp_path / "key.txt")
    assert (code, "something follows its end" in said, contents(desk.app)) == (1, True, before), said


def test_two_encrypted_copies_are_not_one(desk: Desk, tmp_path: Path) -> None:
    key, copy = pyrage.x25519.Identity.generate(), tmp_path / "copy"
    run(desk.app, "backup", copy)
    sealed = pyrage.encrypt(copy.read_bytes(), [key.to_public()])
    copy.write_bytes(sealed + sealed)
    with pytest.raises(BackupError):
        verify_backup(copy, str(key))


@pytest.mark.postgresql
def test_a_box_that_never_ran_is_made_ready_by_a_restore(desk: Desk, tmp_path: Path, postgres: Any) -> None:
    before, copy, other_dir = contents(desk.app), tmp_path / "copy", tmp_path / "new box"
    run(desk.app, "backup", copy)
    is_sqlite = desk.app.extensions["diaban_settings"].is_sqlite
    url = f"sqlite:///{other_dir}/diaban.db" if is_sqlite else postgres.create("newbox")
    other_dir.mkdir()
    other = backend.create_app(settings_for(other_dir, url))
    try:
        code, said = run(other, "backup", tmp_path / "nothing")
        assert (code, "run flask migrate first" in said) == (1, True), said
        damaged = tmp_path / "damaged"
        damaged.write_bytes(copy.read_bytes()[:-9])
        assert run(other, "restore", damaged, "--yes")[0] == 1
        assert run(other, "backup", tmp_path / "nothing")[0] == 1
        code, said = run(other, "restore", copy, "--yes")
        assert code == 0, said
        assert contents(other) == before
    finally:
        close_connections(other)
        if not is_sqlite:
            postgres.drop("newbox")
