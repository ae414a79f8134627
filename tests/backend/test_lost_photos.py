"""Photos that have a receipt and whose bytes are lost: the phone that still has them brings them back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from backend.config import Settings
from backend.database import reading, writing
from backend.models import Photo
from backend.services.photos.files import FileStore
from backend.services.photos.store import EXTENSION, StoreFailed, photo_name, thumb_name
from tests.support.photo import Sender, code_of, jpeg, opened, sha256_of
from tests.support.reading import Desk, at, open_desk
from tests.support.world import CAI_KHE

CONTENT = jpeg(120, 90)


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings, at("2026-11-23")) as opened_desk:
        yield opened_desk


@pytest.fixture
def an(desk: Desk) -> Sender:
    return Sender(desk, "an")


def pictures(desk: Desk) -> list[Path]:
    root: Path = desk.app.extensions["diaban_settings"].instance_dir / "photos"
    return sorted(root.rglob("*.jpg"))


def offset_of_new(an: Sender, record: str) -> str:
    answer = an.create(record, CONTENT)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return str(answer.headers["Upload-Offset"])


@pytest.mark.parametrize("lost", ["all", "the picture", "the thumbnail", "nothing"])
def test_lost_bytes_are_taken_again(desk: Desk, an: Sender, lost: str) -> None:
    record = an.keep(CONTENT)
    for path in pictures(desk):
        is_thumb = path.name.endswith(".thumb.jpg")
        if lost == "all" or lost == ("the thumbnail" if is_thumb else "the picture"):
            path.unlink()
    if lost == "nothing":
        assert offset_of_new(an, record) == str(len(CONTENT))
        return
    assert offset_of_new(an, record) == "0"
    assert an.send(record, CONTENT).status_code == 204
    for size in ("full", "thumb"):
        answer = desk.get("an", f"/photos/{sha256_of(CONTENT)}", size=size)
        assert opened(answer.data).width == 120
    assert (len(pictures(desk)), offset_of_new(an, record)) == (2, str(len(CONTENT)))


def test_they_are_back_for_every_record_that_has_them(desk: Desk, an: Sender) -> None:
    """Also where their receipts name a place of before a move, and another record brings them."""
    others = [an.keep(CONTENT), an.photo(CONTENT)]
    assert offset_of_new(an, others[1]) == str(len(CONTENT))
    for path in pictures(desk):
        path.unlink()
    with desk.app.app_context(), writing() as connection:
        connection.execute(update(Photo).values(name="photo/ab/of another unit.jpg", full_tag="0" * 64))
    assert desk.problem("an", f"/photos/{sha256_of(CONTENT)}") == (404, "not-found")
    third = an.photo(CONTENT)
    assert an.send(third, CONTENT).status_code == 204
    answer = desk.get("an", f"/photos/{sha256_of(CONTENT)}")
    assert (answer.status_code, answer.headers["ETag"]) == (200, f'"{sha256_of(answer.data)}"')
    with desk.app.app_context(), reading() as connection:
        rows = connection.execute(select(Photo.record, Photo.name)).all()
    name = photo_name(CAI_KHE, sha256_of(CONTENT))
    assert {tuple(row) for row in rows} == {(record, name) for record in (*others, third)}
    assert thumb_name(name).rpartition("/")[2] in [path.name for path in pictures(desk)]


class Away(FileStore):
    """A store that cannot be asked."""

    def has(self, name: str) -> bool:
        raise StoreFailed("away")


def test_a_store_that_cannot_be_asked_has_lost_nothing(desk: Desk, an: Sender) -> None:
    record = an.keep(CONTENT)
    store = desk.app.extensions[EXTENSION]
    desk.app.extensions[EXTENSION] = Away(desk.app.extensions["diaban_settings"].instance_dir / "photos", 0)
    assert code_of(an.create(record, CONTENT)) == (503, "not-durable")
    # of what has no receipt it is not asked
    other = jpeg(60, 40, seed=2)
    assert an.create(an.photo(other), other).status_code == 201
    desk.app.extensions[EXTENSION] = store
    assert offset_of_new(an, record) == str(len(CONTENT))
