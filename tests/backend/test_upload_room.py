"""Room for uploads: what a phone forgot about goes, also while a part of it is just arriving."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from backend.config import Settings
from backend.database import reading, writing
from backend.jobs.scheduler import run_stale_uploads
from backend.models import Device, Upload, UploadPart
from backend.services.photos import stale, uploads
from backend.services.photos.store import EXTENSION, part_name
from tests.support.photo import Sender, jpeg, sha256_of
from tests.support.reading import Desk, at, open_desk
from tests.support.world import id_of

# long enough for a request to reach the row that somebody holds
WAITING_S = 0.7


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
