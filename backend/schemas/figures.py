"""GET /api/v1/figures."""

from marshmallow import Schema, fields

from backend.schemas.fields import Day, Text

MEASURE = fields.Integer(allow_none=True)


class FiguresQuerySchema(Schema):
    """Which figures. A team member is answered with those of the own records."""

    area = fields.UUID(metadata={"description": "default: the caller's; of a team member the unit"})
    from_ = Day(data_key="from", metadata={"description": "first day, default the 1st of this month"})
    to = Day(metadata={"description": "last day, default today"})
    by = Text(64, metadata={"description": "none, area and at most one kind of period, comma-joined"})
    campaign = fields.UUID()
    compare = Text(64, metadata={"description": "previous, last_year, cumulative, comma-joined"})


class CompletenessSchema(Schema):
    """How many phones the figures can contain."""

    devices = fields.Integer(required=True)
    synced = fields.Integer(required=True)
    waiting_operations = fields.Integer(required=True)


class ComparedSchema(Schema):
    """The same figures over other days."""

    from_ = fields.String(data_key="from", required=True)
    to = fields.String(required=True)
    figures = fields.Dict(fields.String(), MEASURE, required=True)
    reported = fields.Boolean(required=True)


class FiguresRowSchema(Schema):
    """One area, one period, or both; `area: null` is what was placed at the area itself."""

    area = fields.UUID(allow_none=True)
    period = fields.String()
    figures = fields.Dict(fields.String(), MEASURE, required=True)
    reported = fields.Boolean(required=True)
    closed = fields.Boolean(required=True)
    restated_ms = fields.Integer()
    compare = fields.Dict(fields.String(), fields.Nested(ComparedSchema))


class TotalSchema(Schema):
    """All rows together; levels once, at the end."""

    figures = fields.Dict(fields.String(), MEASURE, required=True)


class FiguresSchema(Schema):
    """Figures, with the time up to which every change is counted."""

    as_of_ms = fields.Integer(required=True)
    complete = fields.Nested(CompletenessSchema, required=True)
    rows = fields.List(fields.Nested(FiguresRowSchema), required=True)
    total = fields.Nested(TotalSchema, required=True)
