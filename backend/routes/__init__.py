"""The views, thin; here they are put on one API whose contract is generated from their schemas."""

from http import HTTPStatus
from importlib import import_module
from typing import Any

from flask import Flask, current_app, request
from flask_smorest import Api

from backend.errors import MEDIA_TYPE, ProblemError
from backend.routes import guard
from backend.schemas.problem import ProblemSchema

MODULES = (
    "health",
    "sessions",
    "me",
    "areas",
    "about",
    "sync",
    "feed",
    "records",
    "figures",
    "held",
    "conflicts",
    "devices",
    "uploads",
    "photos",
    "sealed",
)


class ProblemApi(Api):
    """flask-smorest's Api, with its answers to errors left to `backend.errors` (its own drop Allow on a 405)."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        return

    def _register_responses(self) -> None:
        answers = {status.name: status.phrase for status in HTTPStatus if status >= HTTPStatus.BAD_REQUEST}
        for name, description in {**answers, "DEFAULT_ERROR": "A problem document"}.items():
            content = {MEDIA_TYPE: {"schema": ProblemSchema}}
            self.spec.components.response(name, {"description": description, "content": content}, lazy=True)


def init_routes(app: Flask) -> None:
    """Register every view, and the checks that come before each."""
    import backend
    from backend.routes import pages

    app.url_map.merge_slashes = False
    # a member of the default provider, which the base class that mypy sees does not have
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.config.update(API_TITLE="Địa bàn", API_VERSION=backend.__version__, OPENAPI_VERSION="3.1.0")
    app.config["API_SPEC_OPTIONS"] = {"security": [{"bearer": []}, {"cookie": []}]}
    api = ProblemApi(app)
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    api.spec.components.security_scheme("cookie", {"type": "apiKey", "in": "cookie", "name": "__Host-diaban"})
    app.before_request(check_request)
    for name in MODULES:
        api.register_blueprint(import_module(f"backend.routes.{name}").blueprint)
    app.register_blueprint(pages.blueprint)


def check_request() -> None:
    """Before any body is read: the site it comes from, a session where one is needed, every parameter named once."""
    if request.routing_exception is not None or request.method == "OPTIONS" or request.blueprint == "pages":
        return
    guard.refuse_other_sites()
    described = _described_view()
    if "security" not in described.get("manual_doc", {}):
        # lost devices are let through here, since one view takes them; `signed_in` in the others does not
        guard.signed_in(lost_device=True)
    if unknown := sorted(request.args.keys() - _parameter_names(described)):
        raise ProblemError("parameter-unknown", params={"name": unknown[0]})
    if repeated := sorted(name for name, values in request.args.lists() if len(values) > 1):
        raise ProblemError("parameter-invalid", params={"name": repeated[0]})


def _described_view() -> dict[str, Any]:
    view = current_app.view_functions[request.endpoint or ""]
    view = getattr(getattr(view, "view_class", None), request.method.lower(), view)
    found: dict[str, Any] = getattr(view, "_apidoc", {})
    return found


def _parameter_names(described: dict[str, Any]) -> set[str]:
    parameters = described.get("arguments", {}).get("parameters", [])
    schemas = [parameter["schema"] for parameter in parameters if parameter["in"] == "query"]
    instances = [schema() if isinstance(schema, type) else schema for schema in schemas]
    return {field.data_key or name for instance in instances for name, field in instance.load_fields.items()}
