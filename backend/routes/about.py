"""GET /api/v1/about and the contract itself, GET /api/v1/openapi.json: both readable before signing in."""

from typing import Any

import orjson
from flask import Response, current_app

from backend.routes.blueprint import Blueprint
from backend.schemas.about import AboutSchema
from backend.services import about
from backend.settings import settings

blueprint = Blueprint("about", __name__, url_prefix="/api/v1", description="The deployment and the contract")


@blueprint.get("/about")
@blueprint.doc(security=[])
@blueprint.response(200, AboutSchema)
def show_about() -> dict[str, Any]:
    """Which authority runs this server, and for what kind of records."""
    return about.read_about(settings().instance_dir, is_demo=settings().is_demo)


@blueprint.get("/openapi.json")
@blueprint.doc(security=[])
@blueprint.response(200)
def show_contract() -> Response:
    """This contract."""
    spec = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec
    return Response(orjson.dumps(spec.to_dict()), content_type="application/json")
