"""Reading a JSON body: media type, gzip with a cap, strict JSON. What cannot be read at all is refused here (P15)."""

import socket
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from flask import request
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]
from werkzeug.exceptions import HTTPException

from backend.errors import ProblemError
from sync import canonical
from sync.limits import BODY_BYTES_MAX

JSON = "application/json"
# what is read and thrown away of a refused request: many callers hear no answer while they are still sending
DISCARD_BYTES_MAX = 16 * 1024 * 1024
DISCARD_S_MAX = 3.0
PIECE_BYTES = 64 * 1024


def json_body(bytes_max: int = BODY_BYTES_MAX) -> canonical.Json:
    """The request's JSON value.

    Raises ProblemError: `media-type-unsupported`, `body-too-large`, `json-unreadable`."""
    if request.mimetype != JSON:
        raise ProblemError("media-type-unsupported")
    raw = raw_body(bytes_max)
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding == "gzip":
        raw = _inflate(raw, bytes_max)
    elif encoding not in ("", "identity"):
        raise ProblemError("media-type-unsupported", headers={"Accept-Encoding": "gzip"})
    try:
        return canonical.read(raw)
    except canonical.Unreadable:
        raise ProblemError("json-unreadable") from None


def raw_body(bytes_max: int) -> bytes:
    """The body as sent, at most `bytes_max`; one byte more is asked for, so that a longer one is seen.

    Raises ProblemError: `body-too-large`, `json-unreadable` when it breaks off."""
    if (request.content_length or 0) > bytes_max:
        raise too_large(bytes_max)
    try:
        raw = request.stream.read(bytes_max + 1)
    except (ParseException, OSError):
        raise ProblemError("json-unreadable") from None
    if len(raw) > bytes_max:
        raise too_large(bytes_max)
    return raw


def too_large(bytes_max: int) -> ProblemError:
    """The refusal of a body over its limit."""
    return ProblemError("body-too-large", params={"limit": f"{bytes_max // 1024} KiB"})


def discard_rest() -> None:
    """Read what is left of the request's body and forget it, within DISCARD_BYTES_MAX and DISCARD_S_MAX."""
    left = DISCARD_BYTES_MAX
    with suppress(ParseException, HTTPException, OSError, ValueError), _reading_ends(DISCARD_S_MAX):
        while left > 0 and (piece := request.stream.read(min(left, PIECE_BYTES))):
            left -= len(piece)


@contextmanager
def _reading_ends(seconds: float) -> Iterator[None]:
    """No read from the caller takes longer: a socket's own timeout would begin anew with each byte."""
    connection = request.environ.get("gunicorn.socket")
    timer = threading.Timer(seconds, _stop_reading, [connection])
    timer.daemon = True
    if connection is not None:
        timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _stop_reading(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RD)


def _inflate(raw: bytes, bytes_max: int) -> bytes:
    inflater = zlib.decompressobj(31)
    try:
        inflated = inflater.decompress(raw, bytes_max + 1)
    except zlib.error:
        raise ProblemError("json-unreadable") from None
    if len(inflated) > bytes_max:
        raise too_large(bytes_max)
    if not inflater.eof or inflater.unused_data:
        raise ProblemError("json-unreadable")
    return inflated
