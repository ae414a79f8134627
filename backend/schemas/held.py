"""Held operations, and what people decide about them (P15)."""

from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate

from backend.schemas.feed import PageQuerySchema
from backend.schemas.fields import Text
from backend.schemas.person import PersonSchema

REASON_CHARACTERS_MAX: Final = 500
HELD_OPERATION: Final = (
    "the object as it was sent; where it has no canonical form, a string with its JSON text; "
    "null where it is larger than any that can be accepted"
)


class Reason(Text):
    """Why a person decided: words, not only spaces."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if not text.strip():
            raise ValidationError("No reason.")
        return text.strip()


class HeldQuerySchema(PageQuerySchema):
    """Which: still held, or closed by a person."""

    state = fields.String(validate=validate.OneOf(["held", "closed"]), load_default="held")


class DecisionSchema(Schema):
    """What a person says with a decision."""

    reason = Reason(REASON_CHARACTERS_MAX, length_min=1, required=True)


class DecidedSchema(Schema):
    """Who decided, when and why."""

    by = fields.Nested(PersonSchema, required=True)
    at_ms = fields.Integer(required=True)
    reason = fields.String(required=True)


class HeldItemSchema(Schema):
    """An operation that is or was held, kept for its author and the commander.

    Where an operation has no canonical form (a fraction, a number too great, half a character), not every reader of
    JSON could take it as it was sent. Code and sentence are null once it is accepted; `may_decide` says whether the
    caller may release or close it."""

    id = fields.UUID(required=True)
    device = fields.String(required=True)
    device_name = fields.String(required=True)
    n = fields.Integer(required=True)
    operation = fields.Raw(required=True, allow_none=True, metadata={"description": HELD_OPERATION})
    record = fields.UUID(required=True, allow_none=True)
    status = fields.String(required=True, validate=validate.OneOf(["held", "closed", "accepted"]))
    code = fields.String(required=True, allow_none=True)
    title = fields.String(required=True, allow_none=True)
    detail = fields.String(required=True, allow_none=True)
    author = fields.Nested(PersonSchema, required=True)
    unit = fields.UUID(required=True, allow_none=True)
    received_ms = fields.Integer(required=True)
    effective_ms = fields.Integer(required=True, allow_none=True)
    suspect = fields.Boolean(required=True)
    may_decide = fields.Boolean(required=True)
    decision = fields.Nested(DecidedSchema, required=True, allow_none=True)


class HeldSchema(Schema):
    """A page of held operations."""

    items = fields.List(fields.Nested(HeldItemSchema), required=True)
    next = fields.String(required=True, allow_none=True)
