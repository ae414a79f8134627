"""GET /api/v1/held."""

from typing import Any

import orjson
from flask import Response

from backend.database import reading
from backend.routes.blueprint import Blueprint
from backend.routes.guard import signed_in
from backend.schemas.feed import HeldSchema, PageQuerySchema
from backend.services.held import list_held

blueprint = Blueprint("held", __name__, url_prefix="/api/v1", description="What could not be accepted yet")


@blueprint.get("/held")
@blueprint.arguments(PageQuerySchema, location="query")
@blueprint.response(200, HeldSchema)
def show_held_operations(arguments: dict[str, Any]) -> Response:
    """Held operations: one's own, and those of the units that one commands."""
    actor = signed_in()
    with reading() as connection:
        answer = list_held(connection, actor, arguments.get("before"), arguments["limit"])
    return Response(orjson.dumps(answer), content_type="application/json")
