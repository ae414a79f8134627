"""GET /api/v1/figures."""

from typing import Any

from flask import Response

from backend.ambient import ambient
from backend.database import reading
from backend.routes.blueprint import Blueprint
from backend.routes.guard import require_role, signed_in
from backend.schemas.figures import FiguresQuerySchema, FiguresSchema
from backend.services.access import FIGURE_ROLES
from backend.services.figures import read_matter, read_query, write_answer

blueprint = Blueprint("figures", __name__, url_prefix="/api/v1", description="What was counted")


@blueprint.get("/figures")
@blueprint.arguments(FiguresQuerySchema, location="query")
@blueprint.response(200, FiguresSchema)
def show_figures(arguments: dict[str, Any]) -> Response:
    """Figures of an area over days or periods; a team member's are those of the own records."""
    actor = signed_in()
    require_role(actor, *FIGURE_ROLES)
    now_ms = ambient().now_ms()
    query = read_query(arguments, now_ms)
    with reading() as connection:
        matter = read_matter(connection, actor, query, now_ms)
    # counted and written after the connection went back: that takes longer than reading
    return Response(write_answer(matter), content_type="application/json")
