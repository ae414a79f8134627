"""The headers of tus 1.0 (core, creation, checksum, expiration, termination), read strictly and written."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from flask import Response, request
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date

from backend.body import too_large
from backend.errors import ProblemError
from backend.schemas.photo import PART_TYPE
from backend.services.photos.uploads import Standing
from sync.kinds import is_uuid
from sync.limits import PHOTO_BYTES_MAX

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,checksum,expiration,termination"
ALGORITHMS: Final = ("sha1", "sha256")
METADATA_BYTES_MAX: Final = 1_000
PIECE_BYTES: Final = 64 * 1024
_WHOLE_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,9}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Part:
    """What arrived of a part. One that was cut on the way is as long as it came."""

    content: bytes
    is_whole: bool


def demand_version() -> None:
    """Raise `tus-unsupported` unless the caller speaks this version of tus."""
    if request.headers.get("Tus-Resumable") != VERSION:
        raise ProblemError("tus-unsupported", headers={"Tus-Version": VERSION})


def finish(response: Response) -> Response:
    """The headers on every answer; a caller that asks what is spoken here hears all of it."""
    response.headers.setdefault("Tus-Resumable", VERSION)
    if request.method == "OPTIONS":
        response.headers["Tus-Version"] = VERSION
        response.headers["Tus-Extension"] = EXTENSIONS
        response.headers["Tus-Checksum-Algorithm"] = ",".join(ALGORITHMS)
        response.headers["Tus-Max-Size"] = str(PHOTO_BYTES_MAX)
    return response


def standing_response(upload: Standing, status: int) -> Response:
    """Where an upload stands, and until when it is kept."""
    response = Response(status=status)
    response.headers["Upload-Offset"] = str(upload.received_bytes)
    if not upload.is_whole:
        response.headers["Upload-Expires"] = http_date(datetime.fromtimestamp(upload.expires_ms // 1000, UTC))
    return response


def read_length() -> int:
    """`Upload-Length`. Raises `parameter-invalid`, `photo-too-large`."""
    length = _read_number("Upload-Length")
    if length > PHOTO_BYTES_MAX:
        raise ProblemError("photo-too-large")
    if length == 0:
        raise _invalid("Upload-Length")
    return length


def read_offset() -> int:
    """`Upload-Offset`. Raises `parameter-invalid`."""
    return _read_number("Upload-Offset")


def read_metadata() -> tuple[str, str]:
    """Hash and record of `Upload-Metadata`; other keys are left to their owners. Raises `parameter-invalid`."""
    text = request.headers.get("Upload-Metadata", "")
    found: dict[str, str] = {}
    for pair in text.split(",") if len(text) <= METADATA_BYTES_MAX else ():
        key, _, value = pair.strip().partition(" ")
        if key in found:
            raise _invalid("Upload-Metadata")
        found[key] = _text_of(value)
    sha256, record = found.get("sha256", ""), found.get("record", "")
    if not (_SHA256.fullmatch(sha256) and is_uuid(record)):
        raise _invalid("Upload-Metadata")
    return sha256, record


def write_metadata(upload: Standing) -> str:
    """`Upload-Metadata` as it was sent, but for what was not understood."""
    pairs = {"sha256": upload.sha256, "record": upload.record}
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())


def read_part(bytes_max: int) -> Part:
    """The body of a PATCH, with its checksum where one was sent.

    Raises ProblemError: `media-type-unsupported`, `parameter-invalid`, `body-too-large`, `checksum-wrong`."""
    if request.mimetype != PART_TYPE:
        raise ProblemError("media-type-unsupported")
    checksum = _read_checksum()
    if (request.content_length or 0) > bytes_max:
        raise too_large(bytes_max)
    part = _read_body(bytes_max)
    if len(part.content) > bytes_max:
        raise too_large(bytes_max)
    if checksum is not None and hashlib.new(checksum[0], part.content).digest() != checksum[1]:
        raise ProblemError("checksum-wrong")
    return part


def _read_body(bytes_max: int) -> Part:
    """All of the body, else what came of it until the line broke: the next part goes on from there."""
    content, is_whole = bytearray(), True
    try:
        while len(content) <= bytes_max and (piece := request.stream.read(PIECE_BYTES)):
            content += piece
    except (ParseException, HTTPException, OSError):
        is_whole = False
    announced = request.content_length
    return Part(bytes(content), is_whole and (announced is None or len(content) == announced))


def _read_checksum() -> tuple[str, bytes] | None:
    text = request.headers.get("Upload-Checksum")
    if text is None:
        return None
    algorithm, _, value = text.partition(" ")
    if algorithm not in ALGORITHMS:
        raise _invalid("Upload-Checksum")
    try:
        return algorithm, base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise _invalid("Upload-Checksum") from None


def _read_number(name: str) -> int:
    text = request.headers.get(name, "")
    if not _WHOLE_NUMBER.fullmatch(text):
        raise _invalid(name)
    return int(text)


def _text_of(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return ""


def _invalid(name: str) -> ProblemError:
    return ProblemError("parameter-invalid", params={"name": name})
