"""GET /api/v1/conflicts."""

from typing import Any

import orjson
from flask import Response

from backend.database import reading
from backend.routes.blueprint import Blueprint
from backend.routes.guard import signed_in
from backend.schemas.feed import ConflictsSchema, PageQuerySchema
from backend.services.conflicts import list_conflicts

blueprint = Blueprint("conflicts", __name__, url_prefix="/api/v1", description="What two people said differently")


@blueprint.get("/conflicts")
@blueprint.arguments(PageQuerySchema, location="query")
@blueprint.response(200, ConflictsSchema)
def show_conflicts(arguments: dict[str, Any]) -> Response:
    """Fields with more than one open value."""
    actor = signed_in()
    with reading() as connection:
        answer = list_conflicts(connection, actor, arguments.get("before"), arguments["limit"])
    return Response(orjson.dumps(answer), content_type="application/json")
