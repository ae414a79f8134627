"""One record as its page shows it, and its history."""

from marshmallow import Schema, fields

from backend.schemas.feed import FeedItemSchema
from backend.schemas.held import DecidedSchema, HeldItemSchema
from backend.schemas.person import PersonSchema


class OwnRecordSchema(FeedItemSchema):
    """One record, with the caller's own operations on it that are held."""

    held = fields.List(fields.Nested(HeldItemSchema), required=True)


class SaidSchema(Schema):
    """One operation on a record, and what it replaced: per field the values that it named.

    `decision` says who released or closed one that was held."""

    id = fields.String(required=True)
    device = fields.String(required=True)
    device_name = fields.String(required=True)
    n = fields.Integer(required=True)
    author = fields.Nested(PersonSchema, required=True)
    set = fields.Dict(fields.String(), fields.Raw(), required=True)
    replaced = fields.Dict(fields.String(), fields.List(fields.Dict()), required=True)
    stamp = fields.Raw(required=True, allow_none=True)
    observed = fields.Raw(required=True, allow_none=True)
    received_ms = fields.Integer(required=True)
    effective_ms = fields.Integer(required=True, allow_none=True)
    suspect = fields.Boolean(required=True)
    status = fields.String(required=True)
    code = fields.String(required=True, allow_none=True)
    decision = fields.Nested(DecidedSchema, required=True, allow_none=True)


class HistorySchema(Schema):
    """A page of a record's history, oldest first."""

    items = fields.List(fields.Nested(SaidSchema), required=True)
    next = fields.String(required=True, allow_none=True)
