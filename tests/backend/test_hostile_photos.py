"""What is no sound photo is refused by name, and the program that looks at it is kept apart from the server (T17)."""

import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select

from backend.config import Settings
from backend.database import reading
from backend.models import Photo, Upload, UploadPart
from backend.services.photos import checking, reencoding
from backend.services.photos.checking import PhotoRefused, check_photo
from tests.support.photo import Sender, code_of, encoded, jpeg, picture, sha256_of
from tests.support.reading import Desk, at, open_desk

# part of `make test` only: `make check` is to stay under a minute
pytestmark = pytest.mark.slow
CONTENT = jpeg(400, 300)


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
