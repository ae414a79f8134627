"""The only place that builds a problem document (RFC 9457, P26). Clients branch on `type` alone."""

import logging
import uuid
from collections.abc import Mapping
from typing import Any

import orjson
from flask import Flask, Response, request
from sqlalchemy.exc import DBAPIError, TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, MethodNotAllowed, SecurityError

import locales
from backend.database import NotDurable
from backend.i18n import LANGUAGES, pgettext
from sync.problems import PROBLEMS

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5
# words of errors of either store that pass by themselves
PASSING = ("locked", "connection", "timeout")
# of PostgreSQL
UNDEFINED_TABLE = "42P01"
DISK_FULL = "53100"
# connections lost or too many, serialization failures and deadlocks, locks not to be had, cancelled statements, a
# server that stops or starts
PASSING_SQLSTATES = ("08", "40", "53300", "55P03", "57014", "57P0")
HTTP_CODES = {
    400: "json-unreadable",
    401: "not-signed-in",
    403: "role-not-allowed",
    404: "not-found",
    405: "method-not-allowed",
    413: "body-too-large",
    415: "media-type-unsupported",
    422: "request-invalid",
    429: "too-many-attempts",
    503: "busy",
}

log = logging.getLogger(__name__)


class ProblemError(Exception):
    """A refusal with a code of the catalogue; `params` fill the sentence, `errors` point at the members."""

    def __init__(
        self,
        code: str,
        *,
        params: Mapping[str, object] | None = None,
        errors: list[dict[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.params = dict(params or {})
        self.errors = errors
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})


def sentence(code: str, params: Mapping[str, object] | None = None) -> tuple[str, str]:
    """Title and detail of a code in the caller's language."""
    problem = PROBLEMS[code]
    title = pgettext(f"problem.{code}.title", problem.title)
    detail = pgettext(f"problem.{code}", problem.detail)
    return _fill(title, params or {}), _fill(detail, params or {})


def problem_document(error: ProblemError, status: int | None = None) -> dict[str, Any]:
    """The members of one refusal; `status` where the server that speaks for us has chosen it already."""
    problem = PROBLEMS[error.code]
    instance = f"urn:uuid:{uuid.uuid4()}"
    title, detail = sentence(error.code, {"id": instance[-12:], "seconds": RETRY_AFTER_S, "n": "", **error.params})
    body: dict[str, Any] = {
        "type": f"/problems/{error.code}",
        "title": title,
        "detail": detail,
        "status": status or problem.status,
        "instance": instance,
        "retry": problem.retry,
        **error.extra,
    }
    return body if error.errors is None else body | {"errors": error.errors}


def problem_response(error: ProblemError) -> Response:
    """The answer of one refusal."""
    problem, body = PROBLEMS[error.code], problem_document(error)
    response = Response(orjson.dumps(body), status=problem.status, content_type=MEDIA_TYPE)
    response.headers.update(error.headers)
    if problem.status == 503:
        response.headers.setdefault("Retry-After", str(RETRY_AFTER_S))
    if problem.status == 401:
        response.headers.setdefault("WWW-Authenticate", "Bearer")
    return response


def init_errors(app: Flask) -> None:
    """Every exception leaves as a problem document; the unexpected is logged and says nothing of the inside."""
    app.register_error_handler(ProblemError, problem_response)
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(DBAPIError, _from_database)
    app.register_error_handler(NotDurable, lambda error: problem_response(ProblemError("not-durable")))
    app.register_error_handler(PoolTimeout, lambda error: problem_response(ProblemError("busy")))
    app.register_error_handler(Exception, _from_anything)
    if missing := missing_catalogues():
        log.warning("no compiled catalogue of %s: sentences are in English (make build)", ", ".join(missing))


def missing_catalogues() -> list[str]:
    """Languages whose sentences were never compiled, so that English is given in their place."""
    return [name for name in LANGUAGES if not (locales.DIRECTORY / name / "LC_MESSAGES/messages.mo").is_file()]


def is_table_missing(error: DBAPIError) -> bool:
    """Whether the store was never migrated."""
    return "no such table" in str(error.orig) or getattr(error.orig, "sqlstate", None) == UNDEFINED_TABLE


def _from_http(error: HTTPException) -> Response:
    if isinstance(error, SecurityError):
        return problem_response(ProblemError("parameter-invalid", params={"name": "Host"}))
    code = HTTP_CODES.get(error.code or 500, "internal" if (error.code or 500) >= 500 else "request-invalid")
    allowed = ", ".join(sorted(error.valid_methods or [])) if isinstance(error, MethodNotAllowed) else ""
    headers = {"Allow": allowed} if allowed else {}
    return problem_response(
        ProblemError(code, params={"allowed": allowed, "limit": "", "minutes": 15}, headers=headers)
    )


def _from_database(error: DBAPIError) -> Response:
    text = str(error.orig).lower()
    sqlstate = str(getattr(error.orig, "sqlstate", None) or "")
    if sqlstate == DISK_FULL or "disk is full" in text or "no space left" in text:
        code = "disk-low"
    elif error.connection_invalidated or is_table_missing(error) or _passes(text, sqlstate):
        code = "busy"
    else:
        return _from_anything(error)
    log.warning("store unavailable: %s", code)
    return problem_response(ProblemError(code))


def _passes(text: str, sqlstate: str) -> bool:
    """Whether the same request a little later may well succeed."""
    return sqlstate.startswith(PASSING_SQLSTATES) or any(word in text for word in PASSING)


def _from_anything(error: Exception) -> Response:
    log.exception("unexpected failure on %s %s", request.method, request.path, exc_info=error)
    return problem_response(ProblemError("internal"))


def _fill(text: str, params: Mapping[str, object]) -> str:
    try:
        return text % params
    except (KeyError, ValueError, TypeError):
        return text
