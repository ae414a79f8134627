"""GET /api/v1/records/<id> and its history."""

from typing import Any
from uuid import UUID

import orjson
from flask import Response

from backend.database import reading
from backend.routes.blueprint import Blueprint
from backend.routes.guard import signed_in
from backend.schemas.feed import PageQuerySchema
from backend.schemas.record import HistorySchema, OwnRecordSchema
from backend.services import records

blueprint = Blueprint("records", __name__, url_prefix="/api/v1/records", description="One record")


@blueprint.get("/<uuid:record>")
@blueprint.response(200, OwnRecordSchema)
def show_record(record: UUID) -> Response:
    """A record as it is now."""
    actor = signed_in()
    with reading() as connection:
        answer = records.read_record(connection, actor, str(record))
    return Response(orjson.dumps(answer), content_type="application/json")


@blueprint.get("/<uuid:record>/history")
@blueprint.arguments(PageQuerySchema, location="query")
@blueprint.response(200, HistorySchema)
def show_history(arguments: dict[str, Any], record: UUID) -> Response:
    """Every operation on a record, and what it replaced, oldest first; `before` takes the `next` of a page."""
    actor = signed_in()
    with reading() as connection:
        answer = records.read_history(connection, actor, str(record), arguments.get("before"), arguments["limit"])
    return Response(orjson.dumps(answer), content_type="application/json")
