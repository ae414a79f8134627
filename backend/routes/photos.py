"""GET /api/v1/photos/<sha256>: a picture, for whoever sees its record (P23, T17)."""

import re
from typing import Any, Final

from flask import Response, request

from backend.database import reading
from backend.errors import ProblemError
from backend.routes.blueprint import Blueprint
from backend.routes.guard import signed_in
from backend.schemas.photo import PhotoQuerySchema
from backend.services.photos import serving

JPEG: Final = "image/jpeg"
# what has another form (as NUL, which PostgreSQL takes in no text) names no picture
SHA256: Final = re.compile(r"[0-9a-f]{64}")
# a picture is all that it may ever be, whatever somebody made of it, and whoever opens it by itself
FIXED: Final = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
PICTURE: Final = {"schema": {"type": "string", "format": "binary"}}

blueprint = Blueprint("photos", __name__, url_prefix="/api/v1/photos", description="Pictures")


@blueprint.get("/<sha256>")
@blueprint.doc(responses={"200": {"description": "The picture", "content": {JPEG: PICTURE}}})
@blueprint.arguments(PhotoQuerySchema, location="query")
@blueprint.response(200, description="The picture")
@blueprint.alt_response(304, description="The caller has it")
def show_photo(arguments: dict[str, Any], sha256: str) -> Response:
    """The picture whose bytes, as they were uploaded, had this hash; or its thumbnail."""
    actor = signed_in()
    if not SHA256.fullmatch(sha256):
        raise ProblemError("not-found")
    with reading() as connection:
        picture = serving.find_picture(connection, actor, sha256, arguments["size"])
    if request.if_none_match.contains(picture.tag):
        response = Response(status=304)
    else:
        response = Response(serving.read_picture(picture), content_type=JPEG)
        response.headers["Content-Disposition"] = f'inline; filename="{sha256[:16]}.jpg"'
    response.headers.update(FIXED)
    response.set_etag(picture.tag)
    return response
