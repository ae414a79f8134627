"""The sealed way out on the wire (P29)."""

from typing import Any, Final

from marshmallow import Schema, fields

from backend.schemas.exchange import ReceiptSchema, WireInteger
from backend.services.sealing import MEDIA_TYPE


class SealedFileSchema(Schema):
    """The file, as docs/sealed-file.md says; all bytes in base64url."""

    sealed = WireInteger(required=True)
    key = fields.String(required=True)
    ephemeral = fields.String(required=True)
    salt = fields.String(required=True)
    nonce = fields.String(required=True)
    content = fields.String(required=True)


FILE_BODY: Final[dict[str, Any]] = {"required": True, "content": {MEDIA_TYPE: {"schema": SealedFileSchema}}}


class SealingKeySchema(Schema):
    """What phones seal to: the uncompressed P-256 point in base64url, and the front of its SHA-256 in hex."""

    key = fields.String(required=True)
    id = fields.String(required=True)


class BroughtSchema(Schema):
    """The device that sealed the file, and the receipts of its operations (P14)."""

    device = fields.String(required=True)
    receipts = fields.List(fields.Nested(ReceiptSchema), required=True)
