"""Pictures: what is taken and in what form it is kept (T17), who sees it, how it is served, backed up and restored."""

import json
import tarfile
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import delete, func, select

from backend.config import Settings
from backend.database import reading, writing
from backend.models import Photo, Upload, UploadPart
from backend.services.photos import checking, reencoding
from backend.services.photos.checking import PhotoRefused, check_photo
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


def archive() -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as zipped:
        zipped.writestr("a.html", "<script>alert(1)</script>")
    return written.getvalue()


def bomb(side: int = 9_000) -> bytes:
    """A picture of one colour, whose blocks all are the same few bits."""
    small = encoded(Image.new("L", (16, 16), 128), quality=1)
    at = small.index(b"\xff\xc0")
    size = side.to_bytes(2, "big")
    frame = small[: at + 5] + size + size + small[at + 9 :]
    scan = frame.index(b"\xff\xda")
    start = scan + 2 + int.from_bytes(frame[scan + 2 : scan + 4], "big")
    return frame[:start] + b"\0" * 9_000 + b"\xff\xd9"


def with_frame(content: bytes, at: int, value: bytes) -> bytes:
    """The JPEG with some bytes of its frame header replaced."""
    start = content.index(b"\xff\xc0") + 4 + at
    return content[:start] + value + content[start + len(value) :]


def many_scans(scans: int) -> bytes:
    """A progressive picture whose last scan comes again and again, each a pass over the whole."""
    content = jpeg(64, 48, progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:last] + content[last:-2] * scans + content[-2:]


HOSTILE: dict[str, tuple[bytes, str]] = {
    "a bomb under 10 kB": (bomb(), "photo-too-large"),
    "one pixel too many": (with_frame(jpeg(), 1, b"\x0f\xa1\x17\x70"), "photo-too-large"),
    "65535 x 65535": (with_frame(jpeg(), 1, b"\xff\xff\xff\xff"), "photo-too-large"),
    "no height": (with_frame(jpeg(), 1, b"\0\0"), "photo-unusable"),
    "no width": (with_frame(jpeg(), 3, b"\0\0"), "photo-unusable"),
    "twelve bits": (with_frame(jpeg(), 0, b"\x0c"), "photo-unusable"),
    "cut in its data": (CONTENT[: len(CONTENT) // 2], "photo-truncated"),
    "without its end": (CONTENT[:-2], "photo-truncated"),
    "cut in its head": (CONTENT[:100], "photo-truncated"),
    "only a start": (b"\xff\xd8\xff", "photo-truncated"),
    "cut, and closed": (CONTENT[:100] + b"\xff\xd9", "photo-truncated"),
    "a page behind it": (CONTENT + b"<html><script>alert(1)</script></html>", "photo-unusable"),
    "an archive behind it": (CONTENT + archive(), "photo-unusable"),
    "another picture behind it": (CONTENT + CONTENT, "photo-unusable"),
    "one byte behind it": (CONTENT + b"\0", "photo-unusable"),
    "a GIF": (encoded(picture().quantize(), "GIF"), "photo-not-jpeg"),
    "a PNG": (encoded(picture(), "PNG"), "photo-not-jpeg"),
    "a WebP": (encoded(picture(), "WEBP"), "photo-not-jpeg"),
    "an SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "photo-not-jpeg"),
    "a page": (b"<html>" * 20, "photo-not-jpeg"),
    "a page before it": (b"<!--" + CONTENT, "photo-not-jpeg"),
    "four colours of ink": (jpeg(mode="CMYK"), "photo-unusable"),
    "65 scans": (many_scans(65), "photo-unusable"),
    "no picture in it": (b"\xff\xd8\xff\xfe\0\x04ab\xff\xd9", "photo-unusable"),
    "two heads": (CONTENT[:2] + CONTENT[2 : CONTENT.index(b"\xff\xda")] + CONTENT[2:], "photo-unusable"),
    "arithmetic coding": (CONTENT.replace(b"\xff\xc0", b"\xff\xc9", 1), "photo-unusable"),
    "a length of one": (CONTENT[:2] + b"\xff\xfe\0\x01" + CONTENT[2:], "photo-unusable"),
}


def test_the_bomb_is_one() -> None:
    """Positive control: Pillow by itself opens it without a word, and would fill 81 megapixels."""
    assert len(bomb()) < 10_000
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Image, "MAX_IMAGE_PIXELS", None)
        assert Image.open(BytesIO(bomb())).size == (9_000, 9_000)
        assert len(encoded(Image.open(BytesIO(bomb(1_000))))) > 1_000


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_sound_photo_is_refused_by_name(name: str) -> None:
    content, code = HOSTILE[name]
    with pytest.raises(PhotoRefused) as refused:
        check_photo(content)
    assert refused.value.code == code


def test_what_is_refused_leaves_nothing(desk: Desk, an: Sender) -> None:
    for name, (content, code) in HOSTILE.items():
        record = an.photo(content)
        path = an.begin(record, content)
        if len(content) > 10:
            assert an.patch(path, 0, content[:10]).status_code == 204
        refused = an.patch(path, 10 if len(content) > 10 else 0, content[10:] if len(content) > 10 else content)
        assert (refused.status_code, code_of(refused)[1]) == (413 if code == "photo-too-large" else 422, code), name
        assert refused.get_json()["detail"].count(".") >= 2
        assert an.ask("HEAD", path).status_code == 404
        assert desk.problem("an", f"/photos/{sha256_of(content)}") == (404, "not-found")
    assert kept(desk) == {}
    with desk.app.app_context(), reading() as connection:
        counted = [
            connection.execute(select(func.count()).select_from(m)).scalar() for m in (Upload, UploadPart, Photo)
        ]
    assert counted == [0, 0, 0]


@pytest.mark.parametrize("inside", ["comment", "profile"])
def test_what_hides_inside_a_picture_does_not_come_out(inside: str) -> None:
    page = b"<html><script>alert(document.cookie)</script></html>" + archive()
    content = jpeg(comment=page) if inside == "comment" else jpeg(icc_profile=page)
    assert b"<script>" in content
    checked = check_photo(content)
    for each in (checked.full, checked.thumb):
        assert b"<script>" not in each
        assert b"PK\x03\x04" not in each


# ── The process apart ──

INSTEAD_OF_DECODING = {
    "memory": "return bytearray(2 * 1024 * 1024 * 1024)",
    "time": "while True: pass",
    "a crash": "os.abort()",
    "a file": "return open(os.path.join(FOLDER, 'written'), 'wb').write(b'x' * 100_000)",
    "a connection": "import socket; return socket.create_connection(('127.0.0.1', 9))",
    "another process": "import subprocess; return subprocess.run(['true'])",
    "a lie": 'print(\'{"width": 1, "height": 1, "full": 4, "thumb": 4}\\n<html>\', flush=True); os._exit(0)',
    "nonsense": "print('hello', flush=True); os._exit(0)",
    "silence": "os._exit(0)",
}


def run_instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, **constants: object) -> None:
    """The real program with its limits, and something else where it decodes."""
    source, _, main = Path(reencoding.__file__).read_text("utf-8").partition("if __name__")
    told = "".join(f"{name} = {value!r}\n" for name, value in {"FOLDER": str(tmp_path), **constants}.items())
    program = tmp_path / "program.py"
    program.write_text(
        f"{source}import os\n{told}\ndef reencode(content, pixels_max):\n    {code}\n\nif __name__{main}",
        encoding="utf-8",
    )
    monkeypatch.setattr(checking, "PROGRAM", program)


@pytest.mark.parametrize("name", INSTEAD_OF_DECODING)
def test_a_decoder_that_is_taken_over_gets_nowhere(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_instead(tmp_path, monkeypatch, INSTEAD_OF_DECODING[name], CPU_S_MAX=1)
    with pytest.raises(PhotoRefused, match="photo-unusable"):
        check_photo(CONTENT)
    written = tmp_path / "written"
    assert not written.exists() or written.stat().st_size == 0


def test_the_same_program_decodes_where_it_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Positive control of the test above: it is the code in the decoder's place that fails."""
    taken = "return (1, 1), content, content"
    run_instead(tmp_path, monkeypatch, taken, CPU_S_MAX=1)
    assert check_photo(CONTENT).full == CONTENT


@pytest.mark.parametrize("code", ["os.kill(os.getpid(), 9)", "os._exit(1)"])
def test_a_check_that_fails_by_itself_blames_no_photo(
    desk: Desk, an: Sender, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the system has run out of memory: the phone sends the last part again, and nobody is asked to take
    the picture once more."""
    path = an.begin(an.photo(CONTENT), CONTENT)
    with monkeypatch.context() as patch:
        run_instead(tmp_path, patch, code)
        assert code_of(an.patch(path, 0, CONTENT)) == (500, "internal")
    assert (an.offset(path), an.patch(path, 0, CONTENT).status_code) == (0, 204)


def test_a_check_that_hangs_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "program.py"
    program.write_text("import time; time.sleep(60)\n", encoding="utf-8")
    monkeypatch.setattr(checking, "PROGRAM", program)
    monkeypatch.setattr(checking, "CHECK_S_MAX", 1)
    with pytest.raises(Exception, match="busy"):
        check_photo(CONTENT)


def test_who_comes_while_many_wait_comes_again(desk: Desk, an: Sender) -> None:
    taken = 0
    while checking._waiting.acquire(blocking=False):
        taken += 1
    record = an.photo(CONTENT)
    path = an.begin(record, CONTENT)
    answer = an.patch(path, 0, CONTENT)
    for _ in range(taken):
        checking._waiting.release()
    assert (taken, code_of(answer)) == (checking.WAITING_MAX + 1, (503, "busy"))
    assert an.offset(path) == 0
    assert an.patch(path, 0, CONTENT).status_code == 204


# ── Backup ──


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
