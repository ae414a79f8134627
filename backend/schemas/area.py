"""Areas on the wire."""

from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from backend.schemas.fields import Count, Text, Whole
from backend.services.area_names import NAME_CHARACTERS_MAX, TYPE_WORD_CHARACTERS_MAX, name_of
from backend.services.areas import KINDS, LOCAL_KINDS


class Day(validate.Regexp):
    """`YYYY-MM-DD`, and in the calendar: no 30 February."""

    def __init__(self) -> None:
        super().__init__(r"\A[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\Z")

    def __call__(self, value: Any) -> Any:
        super().__call__(value)
        try:
            date.fromisoformat(value)
        except ValueError:
            raise ValidationError("Not a day.") from None
        return value


class Name(Text):
    """A name that can be seen, as it is stored."""

    def __init__(self, length_max: int, **options: Any) -> None:
        super().__init__(length_max, length_min=1, **options)
        self.length_max = length_max

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        name = name_of(super()._deserialize(value, attr, data, **kwargs), self.length_max)
        if name is None:
            raise ValidationError("Not a name.")
        return name


class AreaSchema(Schema):
    """A node of the tree."""

    id = fields.UUID(required=True)
    code = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    type_word = fields.String(required=True)
    name = fields.String(required=True)
    full_name = fields.String(required=True)
    parent = fields.UUID(required=True, allow_none=True)
    lat_e6 = fields.Integer(required=True, allow_none=True)
    lon_e6 = fields.Integer(required=True, allow_none=True)
    valid_from = fields.String(required=True, allow_none=True)
    valid_to = fields.String(required=True, allow_none=True)
    former_names = fields.List(fields.String(), required=True)


class AreaListSchema(Schema):
    """A page of areas; `next` is null on the last."""

    items = fields.List(fields.Nested(AreaSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class AreaQuerySchema(Schema):
    """`under` alone is a whole subtree, without pages."""

    code = Text(16, length_min=1)
    parent = fields.UUID()
    under = fields.UUID()
    q = Text(200, length_min=1)
    after = Text(1000, length_min=1)
    limit = Count(1, 200, load_default=50)


class _NamedSchema(Schema):
    type_word = Name(TYPE_WORD_CHARACTERS_MAX)

    class Meta:
        register = False


class NewAreaSchema(_NamedSchema):
    """An area below the commune."""

    kind = fields.String(required=True, validate=validate.OneOf(LOCAL_KINDS))
    name = Name(NAME_CHARACTERS_MAX, required=True)
    parent = fields.UUID(required=True)


class AreaChangeSchema(_NamedSchema):
    """What may change of an area; absent members stay."""

    kind = fields.String(validate=validate.OneOf(KINDS))
    name = Name(NAME_CHARACTERS_MAX)
    lat_e6 = Whole(-90_000_000, 90_000_000, allow_none=True)
    lon_e6 = Whole(-180_000_000, 180_000_000, allow_none=True)
    valid_from = fields.String(validate=Day(), allow_none=True)
    valid_to = fields.String(validate=Day(), allow_none=True)


class ImportQuerySchema(Schema):
    """The unit that the rows belong to; a dry run writes nothing."""

    parent = fields.UUID(required=True)
    dry_run = fields.Boolean(load_default=False, truthy={"true", "1"}, falsy={"false", "0"})


class ImportRowSchema(Schema):
    """What became of one row of the file (the header is row 1)."""

    row = fields.Integer(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True, allow_none=True)
    outcome = fields.String(required=True, validate=validate.OneOf(("added", "exists", "error")))
    code = fields.String(required=True, allow_none=True)
    detail = fields.String(required=True, allow_none=True)


class ImportSchema(Schema):
    """Rows without a fault are added, the others are listed."""

    rows = fields.List(fields.Nested(ImportRowSchema), required=True)
    added = fields.Integer(required=True)
    exists = fields.Integer(required=True)
    errors = fields.Integer(required=True)
    dry_run = fields.Boolean(required=True)


class GeometrySchema(Schema):
    """GeoJSON: longitude before latitude, in degrees."""

    type = fields.String(required=True, validate=validate.OneOf(("Point", "Polygon", "MultiPolygon")))
    coordinates = fields.List(fields.Raw(), required=True)


class FeaturePropertiesSchema(Schema):
    """What a map writes beside it; `source` says where the geometry comes from."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    name = fields.String(required=True)
    full_name = fields.String(required=True)
    source = fields.String(required=True)


class FeatureSchema(Schema):
    """One area."""

    type = fields.String(required=True, validate=validate.Equal("Feature"))
    id = fields.UUID(required=True)
    properties = fields.Nested(FeaturePropertiesSchema, required=True)
    geometry = fields.Nested(GeometrySchema, required=True)


class FeatureCollectionSchema(Schema):
    """An area and those directly below it, as far as it is known where they lie."""

    type = fields.String(required=True, validate=validate.Equal("FeatureCollection"))
    features = fields.List(fields.Nested(FeatureSchema), required=True)
