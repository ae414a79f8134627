"""GET /api/v1/devices."""

from typing import Any

from flask import Response

from backend.ambient import ambient
from backend.database import reading
from backend.routes.blueprint import Blueprint
from backend.routes.guard import signed_in
from backend.routes.tagged import tagged
from backend.schemas.devices import DevicesQuerySchema, DevicesSchema
from backend.services.devices import list_devices

blueprint = Blueprint("devices", __name__, url_prefix="/api/v1", description="Phones of the people whom one oversees")


@blueprint.get("/devices")
@blueprint.arguments(DevicesQuerySchema, location="query")
@blueprint.response(200, DevicesSchema)
@blueprint.alt_response(304, description="Nothing changed")
def show_devices(arguments: dict[str, Any]) -> Response:
    """Devices of one's units, those first whose store a browser has erased."""
    actor = signed_in()
    with reading() as connection:
        answer = list_devices(
            connection, actor, only_lost=arguments["lost_store"], before=arguments.get("before"),
            limit=arguments["limit"], now_ms=ambient().now_ms(),
        )  # fmt: skip
    return tagged(answer)
