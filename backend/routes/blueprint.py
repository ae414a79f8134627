"""A blueprint whose reader is strict: our body rules, unknown members refused, every fault a problem document."""

from collections.abc import Mapping
from typing import Any, NoReturn

from flask import Request
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser

from backend.body import json_body
from backend.errors import ProblemError
from backend.i18n import pgettext


class StrictParser(FlaskParser):
    """Reads bodies through `backend.body` and turns faults into codes of the catalogue."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": RAISE, "query": RAISE, "path": RAISE}

    def load_json(self, req: Request, schema: Schema) -> Any:
        return json_body()

    def handle_error(
        self,
        error: ValidationError,
        req: Request,
        schema: Schema,
        *,
        error_status_code: int | None,
        error_headers: Mapping[str, str] | None,
    ) -> NoReturn:
        messages = error.messages
        location, faults = next(iter(messages.items())) if isinstance(messages, dict) else ("json", messages)
        if location == "query":
            refuse_query(faults)
        raise ProblemError("request-invalid", errors=pointers(faults))


class Blueprint(SmorestBlueprint):
    """flask-smorest's blueprint with the strict reader."""

    ARGUMENTS_PARSER = StrictParser()


def refuse_query(faults: Any) -> NoReturn:
    """400 with the first parameter that is unknown, else the first that is invalid."""
    by_name = faults if isinstance(faults, dict) else {"": faults}
    for name, texts in by_name.items():
        if "Unknown field." in str(texts):
            raise ProblemError("parameter-unknown", params={"name": name})
    raise ProblemError("parameter-invalid", params={"name": next(iter(by_name))}, errors=pointers(faults))


def pointers(faults: Any, prefix: str = "") -> list[dict[str, str]]:
    """marshmallow's nested messages as `{"pointer", "code", "detail"}` (RFC 6901), at most 50."""
    if isinstance(faults, dict):
        found = [e for name, inner in faults.items() for e in pointers(inner, f"{prefix}/{_escape(str(name))}")]
        return found[:50]
    texts = faults if isinstance(faults, list) else [faults]
    return [{"pointer": prefix, "code": fault_code(str(text)), "detail": fault_detail(str(text))} for text in texts]


def fault_code(text: str) -> str:
    """A stable code for marshmallow's English sentence."""
    if text.startswith("Unknown"):
        return "unknown"
    return "missing" if text.startswith("Missing") else "invalid"


def fault_detail(text: str) -> str:
    """The sentence for one member, in the caller's language."""
    code = fault_code(text)
    if code == "unknown":
        return pgettext("member.unknown", "This member is not known here.")
    if code == "missing":
        return pgettext("member.missing", "This member is missing.")
    return pgettext("member.invalid", "This value cannot be used.")


def _escape(name: str) -> str:
    # a lone surrogate, which JSON may name, could not be written in the answer
    well_formed = name.encode("utf-8", "replace").decode("utf-8")
    return well_formed.replace("~", "~0").replace("/", "~1").removeprefix("_schema")
