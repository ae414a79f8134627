"""/api/v1/uploads: photos' bytes in parts, by tus 1.0 (P23)."""

import re
from dataclasses import replace
from typing import Final

from flask import Response, request

from backend.ambient import ambient
from backend.errors import ProblemError
from backend.routes import tus
from backend.routes.blueprint import Blueprint
from backend.routes.guard import signed_in
from backend.schemas.photo import OF_CREATION, OF_PART, PART_BODY, VERSION
from backend.services.photos import finishing, uploads
from backend.services.photos.uploads import ID_LETTERS, Standing

METHOD_OVERRIDE: Final = "X-HTTP-Method-Override"
# of a name that was given here; what has another form (as NUL, which PostgreSQL takes in no text) names nothing
UPLOAD_ID: Final = re.compile(rf"[a-z2-7]{{{ID_LETTERS}}}")

blueprint = Blueprint("uploads", __name__, url_prefix="/api/v1/uploads", description="Bytes of photos, by tus 1.0")
blueprint.after_request(tus.finish)


@blueprint.post("")
@blueprint.doc(parameters=OF_CREATION)
@blueprint.response(201, description="Made; `Location` is its address. Whole at once where the unit has these bytes")
def create_upload() -> Response:
    """Begin to send a photo's bytes."""
    tus.demand_version()
    actor = signed_in()
    length = tus.read_length()
    sha256, record = tus.read_metadata()
    door = ambient()
    upload = uploads.create_upload(actor, record, sha256, length, door.now_ms(), door)
    response = tus.standing_response(upload, 201)
    response.headers["Location"] = f"/api/v1/uploads/{upload.id}"
    return response


@blueprint.route("/<upload>", methods=["HEAD"])
@blueprint.doc(parameters=[VERSION])
@blueprint.response(200, description="Where it stands: `Upload-Offset`")
def show_upload(upload: str) -> Response:
    """Ask how much has arrived."""
    found = _find(upload)
    response = tus.standing_response(found, 200)
    response.headers["Upload-Length"] = str(found.bytes)
    response.headers["Upload-Metadata"] = tus.write_metadata(found)
    return response


@blueprint.patch("/<upload>")
@blueprint.doc(parameters=OF_PART, requestBody=PART_BODY)
@blueprint.response(204, description="Kept; `Upload-Offset` says where the upload stands now")
def append_part(upload: str) -> Response:
    """Send the part that follows. With the last one the photo is checked, and has its receipt when this is 204."""
    return _append(_find(upload))


@blueprint.delete("/<upload>")
@blueprint.doc(parameters=[VERSION])
@blueprint.response(204, description="Let go of; a photo that it finished stays")
def delete_upload(upload: str) -> Response:
    """Let go of an upload."""
    return _delete(_find(upload))


@blueprint.post("/<upload>")
@blueprint.doc(parameters=[*OF_PART, {"in": "header", "name": METHOD_OVERRIDE, "schema": {"type": "string"}}])
@blueprint.response(204, description="As the method that the header names")
def override_method(upload: str) -> Response:
    """PATCH or DELETE for callers that cannot say so otherwise."""
    act = {"PATCH": _append, "DELETE": _delete}.get(request.headers.get(METHOD_OVERRIDE, ""))
    if act is None:
        allowed = "DELETE, HEAD, OPTIONS, PATCH"
        raise ProblemError("method-not-allowed", params={"allowed": allowed}, headers={"Allow": allowed})
    return act(_find(upload))


def _find(upload: str) -> Standing:
    tus.demand_version()
    actor = signed_in()
    if not UPLOAD_ID.fullmatch(upload):
        raise ProblemError("not-found")
    return uploads.find_upload(actor, upload, ambient().now_ms())


def _append(upload: Standing) -> Response:
    if tus.read_offset() != upload.received_bytes:
        raise ProblemError("offset-wrong")
    part = tus.read_part(upload.bytes - upload.received_bytes)
    now_ms, reached = ambient().now_ms(), upload.received_bytes + len(part.content)
    if part.content and reached < upload.bytes:
        uploads.keep_part(upload, part.content, now_ms, ambient())
    elif part.content:
        finishing.finish_upload(signed_in(), upload, part.content, now_ms, ambient())
    if not part.is_whole:
        raise ProblemError("json-unreadable")
    return tus.standing_response(replace(upload, received_bytes=reached, changed_ms=now_ms), 204)


def _delete(upload: Standing) -> Response:
    uploads.drop_upload(upload)
    return Response(status=204)
