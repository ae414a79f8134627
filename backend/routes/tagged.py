"""An answer that is asked for again and again: unchanged, it costs a 304."""

import hashlib
from typing import Any

import orjson
from flask import Response, request

from backend.i18n import language


def tagged(answer: Any) -> Response:
    """The answer as JSON with an ETag of its bytes and language, or 304 when the caller has it."""
    body = orjson.dumps(answer)
    tag = hashlib.sha256(body + language().encode()).hexdigest()[:32]
    same = request.if_none_match.contains_weak(tag)
    response = Response(status=304) if same else Response(body, content_type="application/json")
    response.set_etag(tag, weak=True)
    return response
