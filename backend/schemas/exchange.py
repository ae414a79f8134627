"""The envelope of the exchange (P13, P15). Operations are read one by one elsewhere: one bad one holds itself only."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from backend.schemas.compiled import compile_schema, is_wire_integer
from sync.canonical import ForeignNumber, is_integer
from sync.kinds import is_uuid
from sync.limits import CURSORS_MAX, PULL_RECORDS_MAX
from sync.operation import DEVICE


class WireInteger(fields.Integer):
    """An integer and nothing that merely looks like one: neither `true` nor `1.0` nor `"1"`."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        if not is_integer(value):
            raise self.make_error("invalid")
        return int(value)


class OperationField(fields.Raw):
    """Any object with an integer `n` of at least 1."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, dict) or not is_integer(value.get("n")) or value["n"] < 1:
            raise ValidationError("Not an operation with a number.")
        return value


def _demand_uuid(value: str) -> None:
    if not is_uuid(value):
        raise ValidationError("Not a UUID.")


class ExchangeRequest(Schema):
    """What a phone sends."""

    protocol = WireInteger(required=True)
    device = fields.String(required=True, validate=validate.Regexp(DEVICE.pattern + r"\Z"))
    batch = fields.String(required=True, validate=_demand_uuid)
    now = WireInteger(required=True, validate=validate.Range(min=0))
    holds = WireInteger(required=True, validate=validate.Range(min=0))
    operations = fields.List(OperationField(), required=True)
    cursors = fields.Dict(
        keys=fields.String(validate=_demand_uuid),
        values=fields.String(allow_none=True),
        required=True,
        validate=validate.Length(max=CURSORS_MAX),
    )
    pull = WireInteger(required=True, validate=validate.Range(min=0, max=PULL_RECORDS_MAX))


def _is_numbered(value: Any) -> bool:
    return isinstance(value, dict) and is_integer(value.get("n")) and value["n"] >= 1


# what it lets through is the request as `ExchangeRequest` would load it
is_sound_request = compile_schema(ExchangeRequest, {WireInteger: is_wire_integer, OperationField: _is_numbered})


class ReceiptSchema(Schema):
    """P14."""

    n = fields.Integer()
    status = fields.String(validate=validate.OneOf(["accepted", "held"]))
    hash = fields.String(allow_none=True)
    effective_ms = fields.Integer(allow_none=True)
    suspect = fields.Boolean()
    code = fields.String()


class PartitionSchema(Schema):
    """P19."""

    id = fields.UUID()
    code = fields.String()
    name = fields.String()
    access = fields.String(validate=validate.OneOf(["read", "write"]))


class PulledSchema(Schema):
    """P17; the records are those of P18."""

    records = fields.List(fields.Dict())
    cursor = fields.String(allow_none=True)
    more = fields.Boolean()
    reset = fields.Boolean()


class HeldNumber(Schema):
    """A number of this device that is held."""

    n = fields.Integer()
    code = fields.String()


class DeviceState(Schema):
    """What the server says of the device."""

    state = fields.String(validate=validate.OneOf(["active", "lost", "retired"]))
    seen_n = fields.Integer()
    held = fields.List(fields.Nested(HeldNumber))


class ExchangeAnswer(Schema):
    """What the server answers."""

    protocol = fields.Integer()
    epoch = fields.String()
    now = fields.Integer()
    receipts = fields.List(fields.Nested(ReceiptSchema))
    partitions = fields.List(fields.Nested(PartitionSchema))
    pull = fields.Dict(keys=fields.String(), values=fields.Nested(PulledSchema))
    device = fields.Nested(DeviceState)


def is_out_of_range(value: object) -> bool:
    """A number that no JSON reader of the protocol can hold, as opposed to a mere fraction."""
    if not isinstance(value, ForeignNumber):
        return False
    return value.text.lstrip("-").isdigit() or float(value.text) in (float("inf"), float("-inf"))
