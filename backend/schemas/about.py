"""What the deployment says of itself."""

from marshmallow import Schema, fields


class AboutSchema(Schema):
    """Text of the deployment, shown at sign-in and under "More"."""

    authority = fields.String(required=True)
    document = fields.String(required=True)
    data_class = fields.String(required=True)
    demo = fields.Boolean(required=True)


class LivenessSchema(Schema):
    """The process answers."""

    status = fields.String(required=True)


class ReadinessSchema(LivenessSchema):
    """A push would be stored; `degraded` names what is late meanwhile."""

    version = fields.String(required=True)
    epoch = fields.String(required=True)
    degraded = fields.List(fields.String(), required=True)
