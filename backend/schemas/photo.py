"""Photos' bytes on the wire: the headers of tus, and which size of a picture is asked for (P23)."""

from typing import Any, Final

from marshmallow import Schema, fields, validate

FULL: Final = "full"
THUMB: Final = "thumb"


class PhotoQuerySchema(Schema):
    """Which size; the thumbnail has 320 pixels on its long side."""

    size = fields.String(load_default=FULL, validate=validate.OneOf([FULL, THUMB]))


def header(name: str, description: str, *, required: bool = True) -> dict[str, Any]:
    """One header of a request, as OpenAPI describes it."""
    return {
        "in": "header", "name": name, "required": required, "description": description, "schema": {"type": "string"},
    }  # fmt: skip


VERSION: Final = header("Tus-Resumable", "1.0.0")
OF_CREATION: Final = [
    VERSION,
    header("Upload-Length", "of the whole photo in bytes"),
    header("Upload-Metadata", "sha256 <base64 of the hex digest>,record <base64 of the photo record's id>"),
]
OF_PART: Final = [
    VERSION,
    header("Upload-Offset", "where the upload stands, by HEAD or by the answer to the part before"),
    header("Upload-Checksum", "sha1 or sha256, a space, base64 of the part's digest", required=False),
]
PART_TYPE: Final = "application/offset+octet-stream"
PART_BODY: Final = {"required": True, "content": {PART_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
