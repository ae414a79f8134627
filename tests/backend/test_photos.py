"""Pictures: what is taken and in what form it is kept (T17), who sees it, how it is served, backed up and restored."""

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import delete, select

from backend.config import Settings
from backend.database import reading, writing
from backend.models import Photo
from backend.services.photos.checking import check_photo
from backend.services.photos.files import FileStore
from backend.services.photos.store import EXTENSION, NotStored, StoreFailed
from sync.limits import PHOTO_PIXELS_MAX
from tests.support.photo import Sender, code_of, encoded, jpeg, opened, padded, picture, segments, sha256_of
from tests.support.reading import Desk, at, open_desk
from tests.support.world import PHONG_DIEN

# part of `make test` only: `make check` is to stay under a minute
pytestmark = pytest.mark.slow
CONTENT = jpeg(400, 300)
# start of frame, tables, and the eighteen bytes by which a JPEG says that it is one
OF_A_BARE_PICTURE = {0xC0, 0xC4, 0xDB, 0xDD, 0xE0}
SECRET = b"nha cua nguoi to giac"


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings, at("2026-11-23")) as opened_desk:
        yield opened_desk


@pytest.fixture
def an(desk: Desk) -> Sender:
    return Sender(desk, "an")


def instance(desk: Desk) -> Path:
    found: Path = desk.app.extensions["diaban_settings"].instance_dir
    return found


def kept(desk: Desk) -> dict[str, bytes]:
    root = instance(desk) / "photos"
    return {path.name: path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_a_picture_and_its_thumbnail_are_served(desk: Desk, an: Sender) -> None:
    an.keep(CONTENT)
    address = f"/photos/{sha256_of(CONTENT)}"
    full, thumb = desk.get("an", address), desk.get("an", address, size="thumb")
    assert (opened(full.data).size, opened(thumb.data).size) == ((400, 300), (320, 240))
    assert desk.get("an", address, size="full").data == full.data
    for answer in (full, thumb):
        assert (answer.status_code, answer.content_type) == (200, "image/jpeg")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].endswith("sandbox; frame-ancestors 'none'")
        assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        assert answer.headers["Content-Disposition"] == f'inline; filename="{sha256_of(CONTENT)[:16]}.jpg"'
        # of what is served, not of what was uploaded
        assert answer.headers["ETag"] == f'"{sha256_of(answer.data)}"'
        assert sha256_of(answer.data) != sha256_of(CONTENT)


def test_who_has_a_picture_is_not_sent_it_again(desk: Desk, an: Sender) -> None:
    an.keep(CONTENT)
    address = f"/photos/{sha256_of(CONTENT)}"
    full, thumb = desk.get("an", address).headers["ETag"], desk.get("an", address, size="thumb").headers["ETag"]
    again = desk.get("an", address, headers={"If-None-Match": full})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", full)
    assert again.headers["Cache-Control"].startswith("private")
    assert desk.get("an", address, headers={"If-None-Match": thumb}).status_code == 200
    assert desk.app.test_client().head(f"/api/v1{address}", headers=desk.who("an").headers).status_code == 200


def test_only_who_sees_the_record_sees_its_picture(desk: Desk, an: Sender) -> None:
    an.keep(CONTENT)
    address = f"/photos/{sha256_of(CONTENT)}"
    for user in ("an", "binh", "chi", "tam", "giang", "lan"):
        assert desk.get(user, address).status_code == 200, user
    for user in ("dung", "quan"):
        for size in ("full", "thumb"):
            assert desk.problem(user, address, size=size) == (404, "not-found")
    assert code_of(desk.app.test_client().get(f"/api/v1{address}")) == (401, "not-signed-in")
    for absent in ("0" * 64, "x", sha256_of(CONTENT).upper(), "..%2f..%2fdiaban.db"):
        assert desk.problem("an", f"/photos/{absent}") == (404, "not-found")
    assert desk.problem("an", address, size="huge") == (400, "parameter-invalid")


def test_a_picture_that_did_not_arrive_is_not_there(desk: Desk, an: Sender) -> None:
    record = an.photo(CONTENT)
    an.patch(an.begin(record, CONTENT), 0, CONTENT[:5_000])
    assert desk.problem("an", f"/photos/{sha256_of(CONTENT)}") == (404, "not-found")


def test_a_voided_photo_keeps_its_bytes(desk: Desk, an: Sender) -> None:
    patrol = desk.write("an", "patrol", {"officers": 1})
    record = an.keep(CONTENT, parent=patrol)
    heads = desk.heads("an", record)
    saw = [name for field, names in heads.items() if field != "void" for name in names]
    desk.write("an", "photo", {"void": "Ảnh mờ"}, record=record, prev={}, saw=saw)
    assert desk.ask("an", "/feed")["items"][0]["photos"] == []
    assert desk.get("an", f"/photos/{sha256_of(CONTENT)}").status_code == 200
    assert len(kept(desk)) == 2


def test_the_feed_hears_of_a_photo_that_arrives(desk: Desk, an: Sender) -> None:
    """An unchanged feed answers 304, so what arrives must change it; phones pull the record once more."""
    patrol = desk.write("an", "patrol", {"officers": 1})
    incident = desk.write("an", "incident", {"parent": patrol, "category": "noise"})
    records = [an.photo(jpeg(seed=1), parent=patrol), an.photo(jpeg(seed=2), parent=incident)]
    before = desk.get("lan", "/feed")
    tag, newest = before.headers["ETag"], before.get_json()["newest"]
    assert desk.get("lan", "/feed", headers={"If-None-Match": tag}).status_code == 304
    phone = desk.phone("binh")
    unit = next(iter(phone.sync()["partitions"]))["id"]
    phone.pull_all(unit)
    seqs = {record: phone.records[unit, record]["seq"] for record in records}
    for record, seed in zip(records, (1, 2), strict=True):
        assert an.send(record, jpeg(seed=seed)).status_code == 204
    assert desk.get("lan", "/feed", headers={"If-None-Match": tag}).status_code == 200
    (item,) = desk.ask("lan", "/feed", after=newest)["items"]
    assert [photo["received"] for photo in item["photos"]] == [True]
    assert [photo["received"] for photo in item["children"][0]["photos"]] == [True]
    phone.pull_all(unit)
    assert all(phone.records[unit, record]["seq"] > seqs[record] for record in records)
    assert len({wire["seq"] for wire in phone.records.values()}) == len(phone.records)


def test_a_hash_of_another_unit_is_no_key_to_its_picture(desk: Desk, an: Sender) -> None:
    an.keep(CONTENT)
    record = desk.write("dung", "photo", {"sha256": sha256_of(CONTENT)}, PHONG_DIEN)
    assert desk.problem("dung", f"/photos/{sha256_of(CONTENT)}") == (404, "not-found")
    parent = desk.write("dung", "patrol", {"officers": 1}, PHONG_DIEN)
    desk.write("dung", "photo", {"sha256": sha256_of(CONTENT), "parent": parent}, PHONG_DIEN)
    assert record
    assert [photo["received"] for photo in desk.ask("dung", f"/records/{parent}")["photos"]] == [False]


class Away(FileStore):
    """A store that cannot be reached, or has lost what it had."""

    failure: Exception = StoreFailed("away")

    def get(self, name: str) -> bytes:
        raise self.failure


def test_a_store_that_is_away_is_said_to_be(desk: Desk, an: Sender) -> None:
    an.keep(CONTENT)
    store = desk.app.extensions[EXTENSION] = Away(instance(desk) / "photos")
    answer = desk.get("an", f"/photos/{sha256_of(CONTENT)}")
    assert code_of(answer) == (503, "busy")
    assert "immutable" not in answer.headers["Cache-Control"]
    store.failure = NotStored("lost")
    assert desk.problem("an", f"/photos/{sha256_of(CONTENT)}") == (404, "not-found")


# ── What is taken ──


def gps_jpeg(orientation: int = 1) -> bytes:
    """As a phone's camera writes it: where, when, which phone, a comment, a profile, a small picture of its own."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x9286] = orientation, "Dien thoai", SECRET.decode()
    exif.get_ifd(0x8825).update({1: "N", 2: (10.0, 2.0, 3.5), 3: "E", 4: (105.0, 47.0, 9.25)})
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET + b"</x:xmpmeta>"
    return encoded(
        picture(64, 48), exif=exif, comment=SECRET, icc_profile=b"\0" * 100 + SECRET, xmp=xmp, dpi=(300, 300)
    )  # fmt: skip


def test_nothing_but_the_picture_is_kept(desk: Desk, an: Sender) -> None:
    content = gps_jpeg()
    assert content.count(SECRET) == 4
    assert opened(content).getexif().get_ifd(0x8825)[2] == (10.0, 2.0, 3.5)
    an.keep(content)
    assert len(kept(desk)) == 2
    served = [desk.get("an", f"/photos/{sha256_of(content)}", size=size).data for size in ("full", "thumb")]
    for stored in [*kept(desk).values(), *served]:
        assert SECRET not in stored and b"Exif" not in stored and b"xmpmeta" not in stored
        assert {marker for marker, _ in segments(stored)} <= OF_A_BARE_PICTURE
        assert [len(told) for marker, told in segments(stored) if marker == 0xE0] == [14]
        assert dict(opened(stored).getexif()) == {}


@pytest.mark.parametrize(
    ("orientation", "corner"), [(1, "top left"), (3, "bottom right"), (6, "top right"), (8, "bottom left")]
)
def test_a_picture_stands_upright(orientation: int, corner: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.new("RGB", (64, 32))
    image.paste((255, 0, 0), (0, 0, 16, 16))
    checked = check_photo(encoded(image, exif=exif, quality=95))
    upright = opened(checked.full)
    assert upright.size == (checked.width, checked.height) == ((64, 32) if orientation in (1, 3) else (32, 64))
    x = 4 if "left" in corner else upright.width - 5
    y = 4 if "top" in corner else upright.height - 5
    colour = upright.getpixel((x, y))
    assert isinstance(colour, tuple) and colour[0] > 200 > 60 > colour[1]


@pytest.mark.parametrize(
    "content",
    [jpeg(mode="L"), jpeg(progressive=True), jpeg(subsampling=0), jpeg(subsampling=1), jpeg(optimize=True), jpeg(1, 1),
     jpeg(restart_marker_blocks=2), padded(jpeg(), 200_000)],
    ids=["grey", "progressive", "4:4:4", "4:2:2", "optimized", "one pixel", "restarts", "long comments"],
)  # fmt: skip
def test_every_usual_jpeg_is_taken(content: bytes) -> None:
    checked = check_photo(content)
    assert opened(checked.full).size == opened(content).size
    # the picture's own tables: no larger for having been written again, and hardly another picture
    assert len(checked.full) <= len(content) * 1.15 + 700
    pairs = zip(opened(content).convert("L").tobytes(), opened(checked.full).convert("L").tobytes(), strict=True)
    assert max(abs(one - other) for one, other in pairs) < 40


def test_a_picture_of_the_most_pixels_is_taken_and_turned() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    checked = check_photo(encoded(Image.new("RGB", (6_000, 4_000), (9, 99, 9)), exif=exif))
    assert (checked.width, checked.height, 6_000 * 4_000) == (4_000, 6_000, PHOTO_PIXELS_MAX)


def run(app: Flask, *arguments: object) -> tuple[int, str]:
    outcome = app.test_cli_runner().invoke(args=[str(each) for each in arguments])
    return outcome.exit_code, outcome.output


def contents(app: Flask, model: Any) -> list[Any]:
    with app.app_context(), reading() as connection:
        return [
            tuple(row) for row in connection.execute(select(model.__table__).order_by(*model.__table__.primary_key))
        ]


def test_photos_come_back_from_a_backup_and_unfinished_uploads_begin_anew(
    desk: Desk, an: Sender, tmp_path: Path
) -> None:
    record = an.keep(CONTENT)
    other = jpeg(seed=8)
    other_record = an.photo(other)
    path = an.begin(other_record, other)
    assert an.patch(path, 0, other[:1_000]).status_code == 204
    before, served = contents(desk.app, Photo), desk.get("an", f"/photos/{sha256_of(CONTENT)}").data
    copy = tmp_path / "copy"
    code, said = run(desk.app, "backup", copy)
    assert (code, "photo: 1 rows" in said, "upload: 0 rows" in said) == (0, True, True), said
    with tarfile.open(copy) as tar:
        names = tar.getnames()
        manifest = json.load(tar.extractfile("manifest.json"))  # type: ignore[arg-type]
    assert len([name for name in names if name.startswith("instance/photos/photo/")]) == 2
    assert not [name for name in names if name.endswith(".part")]
    assert manifest["photos_elsewhere"] is None
    pictures = instance(desk) / "photos" / "photo"
    for file in list(pictures.rglob("*.jpg")):
        file.unlink()
    with desk.app.app_context(), writing() as connection:
        connection.execute(delete(Photo))
    assert desk.problem("an", f"/photos/{sha256_of(CONTENT)}") == (404, "not-found")
    code, said = run(desk.app, "restore", copy, "--yes")
    assert code == 0, said
    assert contents(desk.app, Photo) == before
    assert desk.get("an", f"/photos/{sha256_of(CONTENT)}").data == served
    assert desk.ask("an", f"/records/{record}")["kind"] == "photo"
    assert an.ask("HEAD", path).status_code == 404
    assert an.send(other_record, other).status_code == 204
