"""A person, as every list names one."""

from marshmallow import Schema, fields


class PersonSchema(Schema):
    """A user by id, and by the name at that time."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
