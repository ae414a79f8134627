"""One suite for both stores of photos: files on disk, and a bucket of a real object store. And how each fails."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

import backend
from backend.bucket import read_bucket
from backend.config import SettingsError, read_settings
from backend.database import reading
from backend.models import Photo
from backend.services.photos.files import FileStore
from backend.services.photos.object_store import ObjectStore
from backend.services.photos.store import (
    EXTENSION,
    NotStored,
    Store,
    StoreFailed,
    part_name,
    photo_name,
    thumb_name,
)
from sync.limits import PHOTO_BYTES_MAX
from tests.conftest import settings_for
from tests.support.loopback import free_port
from tests.support.photo import Sender, code_of, jpeg, opened, sha256_of
from tests.support.reading import Desk, at, open_desk
from tests.support.seaweed import BUCKET, SECRET, Seaweed, running_seaweed
from tests.support.server import ROOT

# part of `make test` only: `make check` is to stay under a minute
pytestmark = pytest.mark.slow
KINDS = ["files", pytest.param("bucket", marks=pytest.mark.integration)]
NAME = photo_name("unit", "0" * 64)


@pytest.fixture(scope="module")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    with running_seaweed(tmp_path_factory.mktemp("objects")) as running:
        yield running


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store of each kind."""
    if request.param == "files":
        return FileStore(tmp_path / "photos", free_bytes_min=0)
    seaweed: Seaweed = request.getfixturevalue("seaweed")
    return ObjectStore(seaweed.url(prefix=f"test-{tmp_path.name}-{os.getpid()}-{time.monotonic_ns()}"))


def stored(store: Store, name: str) -> bytes | None:
    try:
        return store.get(name)
    except NotStored:
        return None


# ── What both promise ──


def test_what_is_put_is_got(store: Store) -> None:
    contents = {NAME: b"a picture", thumb_name(NAME): b"", part_name("q" * 32): os.urandom(PHOTO_BYTES_MAX)}
    for name, content in contents.items():
        store.put(name, content)
    assert {name: stored(store, name) for name in contents} == contents


def test_what_is_put_again_takes_its_place(store: Store) -> None:
    for content in (b"first and longer", b"second", b"second"):
        store.put(NAME, content)
        assert stored(store, NAME) == content


def test_what_was_never_put_is_not_there(store: Store) -> None:
    assert stored(store, NAME) is None
    store.put(NAME, b"x")
    assert stored(store, thumb_name(NAME)) is None
    assert stored(store, photo_name("another unit", "0" * 64)) is None


def test_a_name_is_there_from_its_put_to_its_deletion(store: Store) -> None:
    assert not store.has(NAME)
    store.put(NAME, b"")
    assert (store.has(NAME), store.has(thumb_name(NAME)), store.has("photo")) == (True, False, False)
    store.delete([NAME])
    assert not store.has(NAME)


def test_what_is_deleted_is_gone_and_may_be_deleted_again(store: Store) -> None:
    names = [part_name(letter * 32) for letter in "abc"]
    for name in names:
        store.put(name, b"x")
    for _ in range(2):
        store.delete(names[:2])
        assert [stored(store, name) for name in names] == [None, None, b"x"]
    store.delete([])


def test_parts_are_listed_by_age_and_photos_never(store: Store) -> None:
    names = sorted(part_name(letter * 32) for letter in "abcde")
    assert list(store.parts_before(1 << 50)) == []
    for name in [*names, NAME]:
        store.put(name, b"x")
    assert sorted(store.parts_before(time.time_ns() // 1_000_000 + 60_000)) == names
    assert list(store.parts_before(time.time_ns() // 1_000_000 - 60_000)) == []


def test_writers_of_one_name_never_mix(store: Store) -> None:
    contents = [bytes([65 + n]) * 300_000 for n in range(4)]
    seen: set[bytes] = set()
    writing = threading.Event()
    store.put(NAME, contents[0])

    def write(content: bytes) -> None:
        for _ in range(6):
            store.put(NAME, content)

    def read() -> None:
        while not writing.is_set():
            seen.add(store.get(NAME))

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(content,)) for content in contents]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join(60)
    writing.set()
    reader.join(60)
    assert seen <= set(contents)
    assert store.get(NAME) in contents


def test_names_tell_nothing_and_are_spread() -> None:
    names = {photo_name(unit, sha256) for unit in "ab" for sha256 in ("0" * 64, "1" * 64)}
    assert len(names) == 4
    for name in names:
        assert "0" * 64 not in name
        folder, shard, last = name.split("/")
        assert (folder, len(shard), len(last)) == ("photo", 2, 62 + len(".jpg"))


# ── Files ──


def test_files_are_the_server_s_own(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "photos")
    store.put(NAME, b"x")
    for path in (tmp_path / "photos").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    assert not list((tmp_path / "photos").rglob("*.part"))


def test_a_folder_that_cannot_be_written_fails_and_keeps_what_it_had(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "photos")
    store.put(NAME, b"x")
    (tmp_path / "blocked").write_bytes(b"")
    blocked = FileStore(tmp_path / "blocked")
    for act in (
        lambda: blocked.put(NAME, b"y"),
        lambda: blocked.get(NAME),
        lambda: blocked.has(NAME),
        blocked.refuse_when_low,
    ):
        with pytest.raises(StoreFailed):
            act()
    assert stored(store, NAME) == b"x"


WRITE = """
import resource, sys
from pathlib import Path
from backend.services.photos.files import FileStore
from backend.services.photos.store import StoreFull
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    FileStore(Path(sys.argv[1])).put(sys.argv[3], b"x" * 100_000)
except StoreFull:
    sys.exit(3)
"""


@pytest.mark.parametrize(("bytes_max", "code"), [(50_000, 3), (200_000, 0)])
def test_a_write_that_finds_no_room_leaves_nothing(tmp_path: Path, bytes_max: int, code: int) -> None:
    """A real refusal of the system in the middle of a write; with room the same write goes through."""
    command = [sys.executable, "-c", WRITE, str(tmp_path), str(bytes_max), NAME]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stderr
    assert [path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()] == ([] if code else [100_000])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 400 kB, where the system lets a test have one."""
    folder = tmp_path / "photos"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "none", folder], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("this system lets nobody mount")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True, capture_output=True)


@pytest.fixture
def desk(settings: Any) -> Iterator[Desk]:
    with open_desk(settings, at("2026-11-23")) as opened_desk:
        yield opened_desk


def test_a_disk_that_fills_up_in_the_middle_is_said_to_be_low(desk: Desk, small_disk: Path) -> None:
    """S5: no part, no picture and no receipt is told of that is not there; with room again it goes on."""
    store = desk.app.extensions[EXTENSION] = FileStore(small_disk, free_bytes_min=0)
    an, content = Sender(desk, "an"), jpeg(500, 400)
    path, offset, refused = an.begin(an.photo(content), content), 0, []
    # ballast from the third round on, gone again after each refusal
    while offset < len(content):
        ballast = part_name("z" * 32)
        if offset >= 40_000 and len(refused) < 3:
            free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
            store.put(ballast, b"x" * (free - 4_096))
        part = content[offset : offset + 20_000]
        answer = an.patch(path, offset, part)
        if answer.status_code == 204:
            offset += len(part)
        else:
            refused.append(code_of(answer))
            assert int(answer.headers["Retry-After"]) > 0
            assert an.offset(path) == offset
            store.delete([ballast])
    assert refused == [(503, "disk-low")] * 3
    with desk.app.app_context(), reading() as connection:
        assert connection.execute(select(func.count()).select_from(Photo)).scalar() == 1
    assert opened(desk.get("an", f"/photos/{sha256_of(content)}").data).size == (500, 400)


def test_a_disk_that_is_read_only_acknowledges_nothing(desk: Desk, small_disk: Path) -> None:
    desk.app.extensions[EXTENSION] = FileStore(small_disk, free_bytes_min=0)
    an, content = Sender(desk, "an"), jpeg(200, 100)
    path = an.begin(an.photo(content), content)
    assert an.patch(path, 0, content[:5_000]).status_code == 204
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True, capture_output=True)
    assert code_of(an.create(an.photo(content), content)) == (503, "not-durable")
    assert "photos" in desk.app.test_client().get("/readyz").get_json()["degraded"]
    for body in (content[5_000:9_000], content[5_000:]):
        assert code_of(an.patch(path, 5_000, body)) == (503, "not-durable")
        assert an.offset(path) == 5_000
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True, capture_output=True)
    assert an.patch(path, 5_000, content[5_000:]).status_code == 204


# ── Buckets ──


@pytest.mark.integration
def test_a_bucket_that_is_not_there_or_not_ours_fails(seaweed: Seaweed) -> None:
    ObjectStore(seaweed.url()).put(NAME, b"x")
    for url in (seaweed.url(bucket="nobodys"), seaweed.url(secret="another")):
        with pytest.raises(StoreFailed) as failed:
            ObjectStore(url).put(NAME, b"x")
        assert SECRET not in str(failed.value) and "another" not in str(failed.value)
    for look in (ObjectStore.get, ObjectStore.has):
        with pytest.raises(StoreFailed):
            look(ObjectStore(seaweed.url(secret="another")), NAME)
    assert stored(ObjectStore(seaweed.url()), NAME) == b"x"


def test_a_bucket_that_is_away_fails_soon() -> None:
    store = ObjectStore(f"s3://key:secret@127.0.0.1:{free_port()}/photos?tls=no")
    began = time.monotonic()
    for act in (lambda: store.put(NAME, b"x"), lambda: store.get(NAME), lambda: store.has(NAME)):
        with pytest.raises(StoreFailed):
            act()
    with pytest.raises(StoreFailed):
        store.delete([NAME])
    with pytest.raises(StoreFailed):
        list(store.parts_before(1))
    assert time.monotonic() - began < 30


@pytest.mark.integration
def test_photos_live_in_a_bucket(desk: Desk, seaweed: Seaweed, tmp_path: Path) -> None:
    """The whole way with an object store, the backup that names it, and a bucket that goes away and comes back."""
    url = seaweed.url(prefix=f"whole/{tmp_path.name}")
    settings = desk.app.extensions["diaban_settings"]
    desk.app.extensions[EXTENSION] = store = ObjectStore(url)
    an, content = Sender(desk, "an"), jpeg(400, 300)
    record = an.keep(content)
    assert opened(desk.get("an", f"/photos/{sha256_of(content)}").data).size == (400, 300)
    assert not (settings.instance_dir / "photos").exists()
    assert list(store.parts_before(1 << 50)) == []
    copy = tmp_path / "copy"
    outcome = desk.app.test_cli_runner().invoke(args=["backup", str(copy)])
    assert outcome.exit_code == 0
    assert (
        f"photos: in s3://127.0.0.1:{seaweed.port}/{BUCKET}/whole/{tmp_path.name}, NOT in this copy" in outcome.output
    )
    outcome = desk.app.test_cli_runner().invoke(args=["restore", str(copy), "--yes"])
    assert (outcome.exit_code, "not in the copy" in outcome.output) == (0, True)
    assert SECRET not in outcome.output
    assert desk.get("an", f"/photos/{sha256_of(content)}").status_code == 200
    desk.app.extensions[EXTENSION] = ObjectStore(f"s3://key:secret@127.0.0.1:{free_port()}/photos?tls=no")
    assert code_of(desk.get("an", f"/photos/{sha256_of(content)}")) == (503, "busy")
    other = jpeg(seed=5)
    path = an.begin(an.photo(other), other)
    assert code_of(an.patch(path, 0, other)) == (503, "not-durable")
    desk.app.extensions[EXTENSION] = store
    assert (an.offset(path), an.patch(path, 0, other).status_code) == (0, 204)
    assert record


# ── Its address ──


def test_an_address_is_read_whole() -> None:
    bucket = read_bucket("s3://key:se%2Fcret@store.example:9000/photos?region=vn-1&tls=no&prefix=a/b")
    assert (bucket.endpoint, bucket.name, bucket.region) == ("http://store.example:9000", "photos", "vn-1")
    assert (bucket.prefix, bucket.key, bucket.secret) == ("a/b", "key", "se/cret")
    assert "cret" not in repr(bucket)
    plain = read_bucket("s3://key:secret@store.example/photos")
    assert (plain.endpoint, plain.region, plain.prefix) == ("https://store.example", "us-east-1", None)
    assert read_bucket("s3://k:s@[::1]:9/photos").endpoint == "https://[::1]:9"


UNUSABLE = {
    "/var/photos": "form", "https://store.example/photos": "form", "s3://store.example/photos": "key and secret",
    "s3://key@store.example/photos": "key and secret", "s3://key:topsecret@/photos": "host",
    "s3://key:topsecret@store.example": "bucket", "s3://key:topsecret@store.example/a/b": "bucket",
    "s3://key:topsecret@store.example/AB": "bucket", "s3://key:topsecret@store.example:x/photos": "port",
    "s3://key:topsecret@store.example/photos?tls=maybe": "tls", "s3://key:topsecret@store.example/photos?colour=red": "none of",
    "s3://key:topsecret@store.example/photos?tls=no&tls=yes": "twice",
    "s3://key:topsecret[1@store.example/photos": "percent-encoded", "s3://key:topsecret\u2100@store.example/photos": "percent-encoded",
    "s3://key:topsecret/x@store.example/photos": "key and secret", "s3://key:topsecret@store.example/photos?prefix=../x": "prefix", "s3://key:topsecret@store.example/photos?region=": "region",
    "s3://key:topsecret#x@store.example/photos": "key and secret", "s3://key:topsecret?x@store.example/photos": "key and secret",
}  # fmt: skip


@pytest.mark.parametrize("url", UNUSABLE)
def test_an_address_that_cannot_be_used_refuses_to_start(url: str, tmp_path: Path) -> None:
    environ = {"DIABAN_ENV": "demo", "DIABAN_INSTANCE_DIR": str(tmp_path), "DIABAN_PHOTO_STORE_URL": url}
    with pytest.raises(SettingsError, match=f"DIABAN_PHOTO_STORE_URL .*{UNUSABLE[url]}") as refused:
        read_settings(environ)
    assert "topsecret" not in str(refused.value)


def test_a_server_starts_while_its_bucket_is_away(tmp_path: Path) -> None:
    url = f"s3://key:secret@127.0.0.1:{free_port()}/photos?tls=no"
    settings = replace(settings_for(tmp_path, f"sqlite:///{tmp_path}/diaban.db"), photo_store_url=url)
    app = backend.create_app(settings)
    assert isinstance(app.extensions[EXTENSION], ObjectStore)
    assert app.test_client().get("/healthz").status_code == 200
