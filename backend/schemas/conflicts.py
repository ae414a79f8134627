"""Fields with siblings: every open value, with who said it."""

from marshmallow import Schema, fields

from backend.schemas.feed import PageQuerySchema
from backend.schemas.person import PersonSchema


class ConflictsQuerySchema(PageQuerySchema):
    """Of one record, or of all that the caller may see."""

    record = fields.UUID()


class SourceSchema(Schema):
    """Who said a value, on which device, and when.

    `at_ms` is what the device said, `effective_ms` what counts for the order (P12), `suspect` that they differ."""

    author = fields.Nested(PersonSchema, required=True, allow_none=True)
    device = fields.String(required=True)
    device_name = fields.String(required=True, allow_none=True)
    at_ms = fields.Integer(required=True)
    effective_ms = fields.Integer(required=True)
    received_ms = fields.Integer(required=True, allow_none=True)
    suspect = fields.Boolean(required=True)


class ConflictSaidSchema(SourceSchema):
    """One operation that says a value."""

    id = fields.String(required=True)


class ConflictHeadSchema(SourceSchema):
    """One of the values that no operation has replaced; its source is the first of `said`.

    Several people may have said the same (P9)."""

    value = fields.Raw(required=True, allow_none=True)
    ids = fields.List(fields.String(), required=True)
    shown = fields.Boolean(required=True)
    said = fields.List(fields.Nested(ConflictSaidSchema), required=True)


class ConflictSchema(Schema):
    """A field with siblings; a decision names the ids of all heads (P5)."""

    record = fields.UUID(required=True)
    kind = fields.String(required=True)
    partition = fields.UUID(required=True)
    place_name = fields.String(required=True, allow_none=True)
    unit_name = fields.String(required=True, allow_none=True)
    day = fields.String(required=True)
    field = fields.String(required=True)
    heads = fields.List(fields.Nested(ConflictHeadSchema), required=True)


class ConflictsSchema(Schema):
    """A page of conflicts."""

    items = fields.List(fields.Nested(ConflictSchema), required=True)
    next = fields.String(required=True, allow_none=True)
