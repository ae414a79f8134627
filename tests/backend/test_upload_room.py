"""Room for uploads: what a phone forgot about goes, also while a part is just arriving; a store that has none says so."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from backend.config import Settings
from backend.database import reading, writing
from backend.jobs.scheduler import run_stale_uploads
from backend.models import Device, JobRun, Photo, Upload, UploadPart
from backend.services.photos import stale, uploads
from backend.services.photos.files import FileStore
from backend.services.photos.stale import SWEPT_AFTER_MS, sweep_parts
from backend.services.photos.store import EXTENSION, StoreFailed, part_name
from tests.support.photo import Sender, code_of, jpeg, sha256_of
from tests.support.reading import Desk, at, open_desk
from tests.support.world import id_of

# long enough for a request to reach the row that somebody holds
WAITING_S = 0.7
CONTENT = jpeg(400, 300)
PARTS = [CONTENT[start : start + 9_000] for start in range(0, len(CONTENT), 9_000)]


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings, at("2026-11-23")) as opened:
        yield opened


@pytest.fixture
def an(desk: Desk) -> Sender:
    return Sender(desk, "an")


def files(desk: Desk) -> list[Path]:
    root = desk.app.extensions["diaban_settings"].instance_dir / "photos"
    return sorted(path for path in root.rglob("*") if path.is_file())


def count(desk: Desk, model: Any) -> int:
    with desk.app.app_context(), reading() as connection:
        return connection.execute(select(func.count()).select_from(model)).scalar_one()


def open_uploads(desk: Desk, an: Sender, many: int) -> list[str]:
    """As many unfinished uploads, the oldest first; their ids."""
    found = []
    for seed in range(many):
        desk.now_ms += 1_000
        content = jpeg(60, 40, seed=seed)
        found.append(an.begin(an.photo(content), content).strip("/"))
    return found


def test_an_upload_that_makes_room_may_be_taking_a_part(desk: Desk, an: Sender) -> None:
    """The part's row comes to light only when the upload's row is free: both go, and the bytes with them."""
    oldest = open_uploads(desk, an, uploads.OPEN_UPLOADS_MAX)[0]
    late = jpeg(60, 40, seed=99)
    record, name, answers = an.photo(late), part_name("a" * 32), []
    begin = threading.Thread(target=lambda: answers.append(an.create(record, late)))
    with desk.app.app_context():
        desk.app.extensions[EXTENSION].put(name, b"x" * 100)
        standing = uploads.Standing(oldest, record, "", 10_000, 0, desk.now_ms, "")
        # what `keep_part` does, held open for a moment, by a clock that leaves the upload the oldest
        with writing() as connection:
            uploads.advance(connection, standing, 100, at("2026-11-23"))
            connection.execute(insert(UploadPart), [{"upload": oldest, "from_byte": 0, "name": name}])
            begin.start()
            begin.join(WAITING_S)
            assert begin.is_alive()
    begin.join(30)
    assert [answer.status_code for answer in answers] == [201]
    assert (count(desk, Upload), count(desk, UploadPart), files(desk)) == (uploads.OPEN_UPLOADS_MAX, 0, [])
    assert an.ask("HEAD", f"/{oldest}").status_code == 404


def test_bytes_that_the_unit_has_may_be_named_without_end(desk: Desk, an: Sender) -> None:
    """What costs a caller one request each does not pile up in the store for three days."""
    content = jpeg(60, 40, seed=1)
    record = an.keep(content)
    for _ in range(uploads.WHOLE_UPLOADS_MAX + 3):
        desk.now_ms += 1
        answer = an.create(record, content)
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, str(len(content)))
    assert count(desk, Upload) == uploads.WHOLE_UPLOADS_MAX
    assert an.offset(answer.headers["Location"].removeprefix("/api/v1/uploads")) == len(content)
    # those that are open are another matter
    (open_one,) = open_uploads(desk, an, 1)
    an.create(record, content)
    assert (count(desk, Upload), an.offset(f"/{open_one}")) == (uploads.WHOLE_UPLOADS_MAX + 1, 0)


def pile_up(desk: Desk, many: int) -> None:
    """Silent uploads, each with a part, as if no scheduler had run."""
    with desk.app.app_context(), writing() as connection:
        device = connection.execute(select(Device.id)).scalars().first()
        row = {"user": id_of("an"), "device": device, "record": "r", "sha256": sha256_of(b""), "bytes": 9,
               "received_bytes": 1, "created_ms": 1, "changed_ms": 1}  # fmt: skip
        connection.execute(insert(Upload), [row | {"id": f"{n:032}"} for n in range(many)])
        parts = [{"upload": f"{n:032}", "from_byte": 0, "name": part_name(f"{n:032}")} for n in range(many)]
        connection.execute(insert(UploadPart), parts)


def test_a_backlog_of_silent_uploads_is_worked_off_in_one_run(desk: Desk, an: Sender) -> None:
    desk.who("an")
    pile_up(desk, 3 * uploads.UPLOADS_PER_TURN + 1)
    with desk.app.app_context():
        run_stale_uploads(desk.now_ms)
    assert (count(desk, Upload), count(desk, UploadPart)) == (0, 0)


def test_no_run_lasts_for_ever(desk: Desk, an: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.who("an")
    pile_up(desk, 2 * uploads.UPLOADS_PER_TURN)
    monkeypatch.setattr(stale, "FORGETTING_S_MAX", 0)
    with desk.app.app_context():
        run_stale_uploads(desk.now_ms)
    assert count(desk, Upload) == uploads.UPLOADS_PER_TURN


def test_silent_uploads_are_let_go_of_with_their_bytes(desk: Desk, an: Sender) -> None:
    silent = an.begin(an.photo(CONTENT), CONTENT)
    an.patch(silent, 0, PARTS[0])
    an.keep(jpeg(seed=9))
    desk.now_ms += uploads.UPLOAD_KEPT_MS - 1
    fresh_content = jpeg(seed=10)
    fresh = an.begin(an.photo(fresh_content), fresh_content)
    an.patch(fresh, 0, fresh_content[:500])
    assert an.offset(silent) == len(PARTS[0])
    desk.now_ms += 1
    assert an.ask("HEAD", silent).status_code == 404
    assert code_of(an.patch(silent, len(PARTS[0]), PARTS[1])) == (404, "not-found")
    with desk.app.app_context():
        run_stale_uploads(desk.now_ms)
    # what is left: the unfinished fresh one's part, and the kept photo with its thumbnail
    assert (count(desk, Upload), count(desk, UploadPart), len(files(desk))) == (1, 1, 3)
    assert an.offset(fresh) == 500
    with desk.app.app_context(), reading() as connection:
        detail = select(JobRun.detail).where(JobRun.name == "stale_uploads")
        assert connection.execute(detail).scalars().all() == ['{"parts":1}']


def test_parts_that_a_dead_process_left_are_swept(desk: Desk, an: Sender) -> None:
    an.keep(jpeg(seed=9))
    path = an.begin(an.photo(CONTENT), CONTENT)
    an.patch(path, 0, PARTS[0])
    store = desk.app.extensions[EXTENSION]
    store.put(part_name("a" * 32), b"left behind")
    assert len(files(desk)) == 4
    # files have the real clock's time; the upload itself must not have expired
    day_ms = 86_400_000
    with desk.app.app_context():
        written_ms = max(file.stat().st_mtime_ns for file in files(desk)) // 1_000_000
        assert sweep_parts(written_ms + SWEPT_AFTER_MS - day_ms) == 0
        assert sweep_parts(written_ms + SWEPT_AFTER_MS + 2) == 1
    assert len(files(desk)) == 3
    assert an.offset(path) == len(PARTS[0])


def test_a_store_without_room_takes_no_new_photo(desk: Desk, an: Sender) -> None:
    """O6: photos stop before records do."""
    content = jpeg(seed=3)
    an.keep(content)
    root = desk.app.extensions["diaban_settings"].instance_dir / "photos"
    desk.app.extensions[EXTENSION] = FileStore(root, free_bytes_min=1 << 60)
    record = an.photo(CONTENT)
    refused = an.create(record, CONTENT)
    assert code_of(refused) == (503, "disk-low")
    assert int(refused.headers["Retry-After"]) > 0
    assert count(desk, Upload) == 1
    ready = desk.app.test_client().get("/readyz")
    assert (ready.status_code, "photos" in ready.get_json()["degraded"]) == (200, True)
    # what needs no room goes through
    assert an.create(an.photo(content), content).status_code == 201


class Failing(FileStore):
    """A store that fails at its n-th write, as a disk does that is pulled."""

    fails_at = 0

    def put(self, name: str, content: bytes) -> None:
        self.fails_at -= 1
        if self.fails_at == 0:
            raise StoreFailed("Input/output error")
        super().put(name, content)


@pytest.mark.parametrize("fails_at", [1, 2, 3])
def test_a_store_that_fails_is_never_acknowledged(desk: Desk, an: Sender, fails_at: int) -> None:
    """S5: at the first part, at the thumbnail, at the picture: the upload stands where it stood and goes on."""
    store = Failing(desk.app.extensions["diaban_settings"].instance_dir / "photos", free_bytes_min=0)
    desk.app.extensions[EXTENSION] = store
    record = an.photo(CONTENT)
    path = an.begin(record, CONTENT)
    store.fails_at = fails_at
    offset = 0
    for part in (CONTENT[:20_000], CONTENT[20_000:]):
        answer = an.patch(path, offset, part)
        if answer.status_code != 204:
            assert code_of(answer) == (503, "not-durable")
            assert "Retry-After" in answer.headers
            assert an.offset(path) == offset
            assert count(desk, Photo) == 0
            answer = an.patch(path, offset, part)
        assert answer.status_code == 204
        offset += len(part)
    assert (count(desk, Photo), len(files(desk))) == (1, 2)
