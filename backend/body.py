"""Reading a JSON body: media type, gzip with a cap, strict JSON. What cannot be read at all is refused here (P15)."""

import zlib

from flask import request

from backend.errors import ProblemError
from sync import canonical
from sync.limits import BODY_BYTES_MAX

JSON = "application/json"


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
    """The body as sent, at most `bytes_max`; one byte more is asked for, so that a longer one is seen."""
    if (request.content_length or 0) > bytes_max:
        raise too_large(bytes_max)
    raw = request.stream.read(bytes_max + 1)
    if len(raw) > bytes_max:
        raise too_large(bytes_max)
    return raw


def too_large(bytes_max: int) -> ProblemError:
    """The refusal of a body over its limit."""
    return ProblemError("body-too-large", params={"limit": f"{bytes_max // 1024} KiB"})


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
