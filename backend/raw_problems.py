"""What gunicorn refuses before the application sees it, as a problem document with our headers."""

from http import HTTPStatus
from typing import Final

import orjson

from backend.errors import MEDIA_TYPE, ProblemError, problem_document
from backend.headers import FIXED, STRICT_TRANSPORT

CODES: Final = {
    403: "role-not-allowed",
    414: "body-too-large",
    431: "body-too-large",
    501: "media-type-unsupported",
}


def raw_problem(status: int, *, bytes_max: int, is_demo: bool) -> bytes:
    """The whole answer with this status, after which the connection is closed."""
    error = ProblemError(_code(status), params={"limit": f"{bytes_max} B"})
    body = orjson.dumps(problem_document(error, status))
    headers = {
        "Connection": "close",
        "Content-Type": MEDIA_TYPE,
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        **FIXED,
        **({} if is_demo else STRICT_TRANSPORT),
    }
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {text}" for name, text in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _code(status: int) -> str:
    """The nearest of the catalogue: what is malformed could not be read."""
    return CODES.get(status, "json-unreadable" if status < 500 else "internal")
