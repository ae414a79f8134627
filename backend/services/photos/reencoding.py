"""A program of its own, run once for each photo: bytes in, a bare JPEG and its thumbnail out, or a code (T17).

It imports nothing of the application and limits itself before it looks at the first byte: a picture that takes
over its decoder finds neither keys nor store here, and one that blows up ends this process alone.

Out: one line of JSON, `{"code": …}` or `{"width", "height", "full": bytes, "thumb": bytes}`, then the two pictures.
"""

import json
import re
import resource
import struct
import sys
import warnings
from io import BytesIO
from typing import Any, Final

# a picture of 24 megapixels takes 96 MB, turned upright the same again
MEMORY_BYTES_MAX: Final = 768 * 1024 * 1024
CPU_S_MAX: Final = 10
# standard input, output and error
FILES_MAX: Final = 3
THUMB_SIDE_PX_MAX: Final = 320
THUMB_QUALITY: Final = 75
# where the picture's own tables cannot be taken over: turned upright, or of a rare kind
QUALITY: Final = 85
# a progressive picture has about ten; each costs a pass over all of it
SCANS_MAX: Final = 64

START: Final = b"\xff\xd8\xff"
END, SCAN = 0xD9, 0xDA
# baseline, extended, progressive: what cameras and browsers write
FRAMES: Final = (0xC0, 0xC1, 0xC2)
OTHER_FRAMES: Final = (0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)
# without a length; none may stand between segments
BARE_MARKERS: Final = (0x00, 0x01, *range(0xD0, 0xD9))
AFTER_SCAN: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
ORIENTATION: Final = 0x0112
# a grey or a colour picture; the four colours of printers are none of a camera
MODES: Final = ("L", "RGB")
COMPONENTS: Final = (1, 3)


class Refused(Exception):
    """The picture is not taken, for a reason with a code of the catalogue."""


def prepare_this_process(pixels_max: int) -> None:
    """Load the decoder, then: no more memory, time or files than one picture needs, and none of it can be undone.

    What fails here is no fault of the picture: the process ends with a code, and the photo is sent again."""
    from PIL import Image, TiffImagePlugin  # noqa: F401 (reads EXIF; Pillow would load it later)

    # Pillow's other formats, which it asks about before it looks
    Image.preinit()
    Image.MAX_IMAGE_PIXELS = pixels_max
    warnings.simplefilter("error")
    for kind, soft, hard in (
        (resource.RLIMIT_AS, MEMORY_BYTES_MAX, MEMORY_BYTES_MAX),
        # the softer one ends it by a signal of its own, unlike the system's that has run out of memory
        (resource.RLIMIT_CPU, CPU_S_MAX, CPU_S_MAX + 1),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_NOFILE, FILES_MAX, FILES_MAX),
    ):
        resource.setrlimit(kind, (soft, hard))


def measure(content: bytes, pixels_max: int) -> tuple[int, int]:
    """Width and height of a JPEG that is one whole picture and nothing else. Nothing is decoded. Raises Refused."""
    if not content.startswith(START):
        raise Refused("photo-not-jpeg")
    size: tuple[int, int] | None = None
    at, scans = 2, 0
    while True:
        at, marker = _marker(content, at)
        if marker == END:
            break
        segment, following = _segment(content, at)
        if marker in FRAMES:
            size = _frame(segment, size, pixels_max)
        elif marker == SCAN:
            scans += 1
            following = _after_scan(content, following)
        at = following
    # behind its end another file may hide: an archive, a page
    if size is None or not 0 < scans <= SCANS_MAX or at != len(content):
        raise Refused("photo-unusable")
    return size


def reencode(content: bytes, pixels_max: int) -> tuple[tuple[int, int], bytes, bytes]:
    """Size, picture and thumbnail, upright and without a word about where, when and by whom. Raises Refused."""
    measure(content, pixels_max)
    from PIL import Image, JpegImagePlugin

    opened = Image.open(BytesIO(content), formats=["JPEG"])
    opened.load()
    # several pictures in one file are a format of their own, which says that it is this one
    if not isinstance(opened, JpegImagePlugin.JpegImageFile) or opened.format != "JPEG" or opened.mode not in MODES:
        raise Refused("photo-unusable")
    turn = _turn(opened)
    upright: Image.Image = opened if turn is None else opened.transpose(turn)
    # an encoder writes what it finds here: comments, profiles, resolution
    upright.info.clear()
    own: dict[str, Any] = {"qtables": opened.quantization, "subsampling": JpegImagePlugin.get_sampling(opened)}
    full = _encode(upright, own if turn is None else {"quality": QUALITY})
    size = upright.size
    upright.thumbnail((THUMB_SIDE_PX_MAX, THUMB_SIDE_PX_MAX), reducing_gap=2.0)
    return size, full, _encode(upright, {"quality": THUMB_QUALITY})


def _marker(content: bytes, at: int) -> tuple[int, int]:
    """The marker at a place, and the place behind it."""
    if content[at : at + 1] not in (b"\xff", b""):
        raise Refused("photo-unusable")
    while content[at : at + 1] == b"\xff":
        at += 1
    if at >= len(content):
        raise Refused("photo-truncated")
    marker = content[at]
    if marker in BARE_MARKERS or marker in OTHER_FRAMES:
        raise Refused("photo-unusable")
    return at + 1, marker


def _segment(content: bytes, at: int) -> tuple[bytes, int]:
    """What a segment holds behind its length, and the place behind it."""
    length = int.from_bytes(content[at : at + 2], "big")
    if len(content) < at + max(2, length):
        raise Refused("photo-truncated")
    if length < 2:
        raise Refused("photo-unusable")
    return content[at + 2 : at + length], at + length


def _frame(segment: bytes, before: tuple[int, int] | None, pixels_max: int) -> tuple[int, int]:
    if before is not None or len(segment) < 6:
        raise Refused("photo-unusable")
    bits, height, width, components = struct.unpack(">BHHB", segment[:6])
    if bits != 8 or width == 0 or height == 0 or components not in COMPONENTS:
        raise Refused("photo-unusable")
    if width * height > pixels_max:
        raise Refused("photo-too-large")
    return width, height


def _after_scan(content: bytes, at: int) -> int:
    found = AFTER_SCAN.search(content, at)
    if found is None:
        raise Refused("photo-truncated")
    return found.start()


def _turn(opened: Any) -> Any:
    """How the camera was held; a mark that cannot be read says nothing."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM, 5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_90,
    }  # fmt: skip
    try:
        return turns.get(opened.getexif().get(ORIENTATION))
    except Exception:  # noqa: BLE001
        return None


def _encode(picture: Any, options: dict[str, Any]) -> bytes:
    written = BytesIO()
    picture.save(written, "JPEG", optimize=True, **options)
    return written.getvalue()


def answer(content: bytes, pixels_max: int) -> bytes:
    """What goes out for these bytes."""
    try:
        (width, height), full, thumb = reencode(content, pixels_max)
    except Refused as refused:
        return json.dumps({"code": str(refused)}).encode() + b"\n"
    except (Exception, MemoryError) as error:  # noqa: BLE001
        code = "photo-truncated" if "truncated" in str(error) else "photo-unusable"
        return json.dumps({"code": code}).encode() + b"\n"
    head = {"width": width, "height": height, "full": len(full), "thumb": len(thumb)}
    return json.dumps(head).encode() + b"\n" + full + thumb


if __name__ == "__main__":
    prepare_this_process(int(sys.argv[1]))
    sys.stdout.buffer.write(answer(sys.stdin.buffer.read(), int(sys.argv[1])))
