"""Devices, as their people's commander sees them."""

from marshmallow import Schema, fields, validate

from backend.schemas.feed import PageQuerySchema
from backend.schemas.person import PersonSchema


class DevicesQuerySchema(PageQuerySchema):
    """Which: with `lost_store`, those alone whose store a browser has erased."""

    lost_store = fields.Boolean(truthy={"true"}, falsy={"false"}, load_default=False)


class DeviceItemSchema(Schema):
    """A device, when it was last heard, and how many operations it still had then."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    user = fields.Nested(PersonSchema, required=True)
    state = fields.String(required=True, validate=validate.OneOf(("active", "lost", "retired")))
    last_sync_ms = fields.Integer(required=True, allow_none=True)
    holds = fields.Integer(required=True)
    lost_store_ms = fields.Integer(required=True, allow_none=True)


class DevicesSchema(Schema):
    """A page of devices."""

    items = fields.List(fields.Nested(DeviceItemSchema), required=True)
    next = fields.String(required=True, allow_none=True)
