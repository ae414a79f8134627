"""`POST /api/v1/sync`: the exchange of the protocol."""

from typing import Any

from flask import Response
from marshmallow import ValidationError

from backend.ambient import ambient
from backend.body import json_body, too_large
from backend.errors import ProblemError
from backend.routes.blueprint import Blueprint, pointers
from backend.routes.guard import signed_in
from backend.schemas.exchange import ExchangeAnswer, ExchangeRequest, is_out_of_range, is_sound_request
from backend.services.exchange import exchange
from sync.canonical import Json
from sync.limits import BATCH_OPERATIONS_MAX, BODY_BYTES_MAX

blueprint = Blueprint("sync", __name__, url_prefix="/api/v1", description="The exchange of the sync protocol")
VERSIONS = [1]


@blueprint.route("/sync", methods=["POST"])
@blueprint.doc(requestBody={"content": {"application/json": {"schema": ExchangeRequest}}, "required": True})
@blueprint.response(200, ExchangeAnswer)
def post_sync() -> Response:
    """Push operations and pull changes in one round trip (P13)."""
    actor = signed_in(lost_device=True)
    request = read_envelope(json_body())
    if request["device"] != actor.device:
        raise ProblemError("device-mismatch")
    door = ambient()
    return Response(exchange(actor, request, door.now_ms(), door), content_type="application/json")


def read_envelope(value: Json) -> dict[str, Any]:
    """A sound envelope (P15).

    Raises ProblemError: `json-unreadable`, `protocol-unsupported`, `body-too-large`, `request-invalid`."""
    if not isinstance(value, dict):
        raise ProblemError("request-invalid", errors=pointers(["Invalid input type."]))
    if any(is_out_of_range(member) for member in value.values()):
        raise ProblemError("json-unreadable")
    protocol = value.get("protocol")
    if type(protocol) is int and protocol not in VERSIONS:
        raise ProblemError("protocol-unsupported", extra={"versions": VERSIONS})
    operations = value.get("operations")
    if isinstance(operations, list) and len(operations) > BATCH_OPERATIONS_MAX:
        raise too_large(BODY_BYTES_MAX)
    try:
        request: dict[str, Any] = value if is_sound_request(value) else ExchangeRequest().load(value)
    except ValidationError as error:
        raise ProblemError("request-invalid", errors=pointers(error.messages)) from None
    numbers = [operation["n"] for operation in request["operations"]]
    if any(later <= earlier for earlier, later in zip(numbers, numbers[1:], strict=False)):
        raise ProblemError("request-invalid", errors=[*pointers({"operations": ["Not ascending."]})])
    return request
