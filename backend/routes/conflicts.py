"""GET /api/v1/conflicts."""

from typing import Any

from flask import Response

from backend.database import reading
from backend.routes.blueprint import Blueprint
from backend.routes.guard import signed_in
from backend.routes.tagged import tagged
from backend.schemas.conflicts import ConflictsQuerySchema, ConflictsSchema
from backend.services.conflicts import list_conflicts

blueprint = Blueprint("conflicts", __name__, url_prefix="/api/v1", description="What two people said differently")


@blueprint.get("/conflicts")
@blueprint.arguments(ConflictsQuerySchema, location="query")
@blueprint.response(200, ConflictsSchema)
@blueprint.alt_response(304, description="Nothing changed")
def show_conflicts(arguments: dict[str, Any]) -> Response:
    """Fields with more than one open value; of one record where `record` names it."""
    actor = signed_in()
    record = arguments.get("record")
    with reading() as connection:
        answer = list_conflicts(
            connection, actor, str(record) if record else None, arguments.get("before"), arguments["limit"]
        )
    return tagged(answer)
