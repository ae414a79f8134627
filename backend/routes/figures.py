"""GET /api/v1/figures."""

from typing import Any

import orjson
from flask import Response

from backend.ambient import ambient
from backend.database import reading
from backend.routes.blueprint import Blueprint
from backend.routes.guard import require_role, signed_in
from backend.schemas.figures import FiguresQuerySchema, FiguresSchema
from backend.services.access import FEED_ROLES
from backend.services.figures import read_figures, read_query

blueprint = Blueprint("figures", __name__, url_prefix="/api/v1", description="What was counted")


@blueprint.get("/figures")
@blueprint.arguments(FiguresQuerySchema, location="query")
@blueprint.response(200, FiguresSchema)
def show_figures(arguments: dict[str, Any]) -> Response:
    """Figures of an area over days or periods."""
    actor = signed_in()
    require_role(actor, *FEED_ROLES)
    now_ms = ambient().now_ms()
    with reading() as connection:
        answer = read_figures(connection, actor, read_query(arguments, now_ms), now_ms)
    return Response(orjson.dumps(answer), content_type="application/json")
