"""A problem document (RFC 9457, P26): described here, built in `backend.errors`."""

from marshmallow import Schema, fields


class FaultSchema(Schema):
    """One member that cannot be used."""

    pointer = fields.String(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)


class ProblemSchema(Schema):
    """What every refusal says."""

    type = fields.String(required=True, metadata={"description": "/problems/<code>: clients branch on it alone"})
    title = fields.String(required=True)
    detail = fields.String(required=True)
    status = fields.Integer(required=True)
    instance = fields.String(required=True)
    retry = fields.String(required=True)
    errors = fields.List(fields.Nested(FaultSchema))
    versions = fields.List(fields.Integer(), metadata={"description": "of `protocol-unsupported`: what is spoken here"})
