"""GET /api/v1/held, and what a person decides about one of them."""

from typing import Any
from uuid import UUID

import orjson
from flask import Response

from backend.ambient import ambient
from backend.database import reading
from backend.routes.blueprint import Blueprint
from backend.routes.guard import signed_in
from backend.routes.tagged import tagged
from backend.schemas.held import DecisionSchema, HeldItemSchema, HeldQuerySchema, HeldSchema
from backend.services import deciding
from backend.services.held import list_held

blueprint = Blueprint("held", __name__, url_prefix="/api/v1/held", description="What could not be accepted yet")


@blueprint.get("")
@blueprint.arguments(HeldQuerySchema, location="query")
@blueprint.response(200, HeldSchema)
@blueprint.alt_response(304, description="Nothing changed")
def show_held_operations(arguments: dict[str, Any]) -> Response:
    """Held operations, or closed ones: one's own, and those of the units that one commands."""
    actor = signed_in()
    with reading() as connection:
        answer = list_held(connection, actor, arguments["state"], arguments.get("before"), arguments["limit"])
    return tagged(answer)


@blueprint.post("/<uuid:held>/release")
@blueprint.arguments(DecisionSchema)
@blueprint.response(200, HeldItemSchema)
def release_held(body: dict[str, Any], held: UUID) -> Response:
    """Let a held operation in. 409 `still-held` when it cannot be accepted, `already-decided` when it was closed."""
    actor, door = signed_in(), ambient()
    return _answer(deciding.release(actor, str(held), body["reason"], door.now_ms(), door))


@blueprint.post("/<uuid:held>/close")
@blueprint.arguments(DecisionSchema)
@blueprint.response(200, HeldItemSchema)
def close_held(body: dict[str, Any], held: UUID) -> Response:
    """Put a held operation away; its text stays. 409 `already-decided` when it was let in."""
    actor, door = signed_in(), ambient()
    return _answer(deciding.close(actor, str(held), body["reason"], door.now_ms(), door))


def _answer(item: dict[str, Any]) -> Response:
    return Response(orjson.dumps(item), content_type="application/json")
