"""Areas on the wire."""

from marshmallow import Schema, fields, validate

from backend.schemas.fields import Count, Text, Whole
from backend.services.areas import KINDS, LOCAL_KINDS

DAY = validate.Regexp(r"\A[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\Z")
NAME_CHARACTERS_MAX = 180
TYPE_WORD_CHARACTERS_MAX = 40
SOME_TEXT = validate.Regexp(r"(?s).*\S")


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
    type_word = Text(TYPE_WORD_CHARACTERS_MAX, length_min=1)

    class Meta:
        register = False


class NewAreaSchema(_NamedSchema):
    """An area below the commune."""

    kind = fields.String(required=True, validate=validate.OneOf(LOCAL_KINDS))
    name = Text(NAME_CHARACTERS_MAX, length_min=1, required=True)
    parent = fields.UUID(required=True)


class AreaChangeSchema(_NamedSchema):
    """What may change of an area; absent members stay."""

    kind = fields.String(validate=validate.OneOf(KINDS))
    name = Text(NAME_CHARACTERS_MAX, length_min=1)
    lat_e6 = Whole(-90_000_000, 90_000_000, allow_none=True)
    lon_e6 = Whole(-180_000_000, 180_000_000, allow_none=True)
    valid_from = fields.String(validate=DAY, allow_none=True)
    valid_to = fields.String(validate=DAY, allow_none=True)


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
