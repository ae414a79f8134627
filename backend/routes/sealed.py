"""GET /api/v1/sealing-key and POST /api/v1/sealed: the way out of a phone that cannot send (P29)."""

from flask import Response, request

from backend.ambient import ambient
from backend.body import raw_body
from backend.errors import ProblemError
from backend.routes.blueprint import Blueprint
from backend.routes.guard import signed_in
from backend.schemas.sealed import FILE_BODY, BroughtSchema, SealingKeySchema
from backend.services.carrying import push_sealed
from backend.services.sealing import MEDIA_TYPE, open_sealed, point_text
from backend.services.sealing_keys import current_key
from backend.settings import settings
from sync.canonical import rewrite
from sync.limits import BODY_BYTES_MAX

blueprint = Blueprint("sealed", __name__, url_prefix="/api/v1", description="Records out of phones that cannot send")


@blueprint.get("/sealing-key")
@blueprint.response(200, SealingKeySchema)
def show_sealing_key() -> dict[str, str]:
    """The public key that a phone seals to."""
    signed_in()
    key = current_key(settings().instance_dir, ambient().now_ms())
    return {"key": point_text(key), "id": key.id}


@blueprint.post("/sealed")
@blueprint.doc(requestBody=FILE_BODY)
@blueprint.response(200, BroughtSchema)
def post_sealed() -> Response:
    """Bring the operations that another phone of the unit sealed; any number of times."""
    actor, chosen = signed_in(), settings()
    if request.mimetype != MEDIA_TYPE or request.headers.get("Content-Encoding", "identity") != "identity":
        raise ProblemError("media-type-unsupported")
    sealed = open_sealed(raw_body(BODY_BYTES_MAX), chosen.instance_dir, chosen.secret_key)
    answer = {"device": sealed.device, "receipts": push_sealed(actor, sealed, ambient())}
    return Response(rewrite(answer), content_type="application/json")
