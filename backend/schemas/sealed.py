"""The sealed way out on the wire (P29)."""

from typing import Any, Final

from marshmallow import Schema, fields

from backend.schemas.exchange import ReceiptSchema
from backend.services.sealing import MEDIA_TYPE

FILE_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
}


class SealingKeySchema(Schema):
    """What phones seal to: the uncompressed P-256 point in base64url, and the front of its SHA-256 in hex."""

    key = fields.String(required=True)
    id = fields.String(required=True)


class BroughtSchema(Schema):
    """The device that sealed the file, and the receipts of its operations (P14)."""

    device = fields.String(required=True)
    receipts = fields.List(fields.Nested(ReceiptSchema), required=True)
