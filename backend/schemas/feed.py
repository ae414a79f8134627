"""Records as supervisors read them: the feed, one record, its history."""

from marshmallow import Schema, fields

from backend.schemas.fields import Count, Day, Text

HELD_OPERATION = "the object as it was sent; where it has no canonical form, a string with its JSON text"


class PageQuerySchema(Schema):
    """A page of a list."""

    before = Text(200)
    limit = Count(1, 200, load_default=50)


class FeedQuerySchema(PageQuerySchema):
    """Which records; `after` is the `newest` of an earlier answer: what changed since, in the order of the changes."""

    area = fields.UUID()
    kind = Text(32)
    author = fields.UUID()
    campaign = fields.UUID()
    from_ = Day(data_key="from")
    to = Day()
    q = Text(200)
    void = fields.Boolean(truthy={"true"}, falsy={"false"})
    after = Text(4_000)


class PersonSchema(Schema):
    """A user by id, and by the name at that time."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class AuthorshipSchema(Schema):
    """Who, on which device, and when the server received it."""

    by = fields.Nested(PersonSchema, required=True)
    device = fields.String(required=True)
    received_ms = fields.Integer(required=True)


class PhotoSchema(Schema):
    """A photo of a record; `received` when its bytes are here."""

    id = fields.UUID(required=True)
    sha256 = fields.String(required=True, allow_none=True)
    received = fields.Boolean(required=True)


class ReviewSchema(Schema):
    """A commander's review of the record or of its author's day."""

    verdict = fields.String(required=True, allow_none=True)
    comment = fields.String(required=True, allow_none=True)
    by = fields.Nested(PersonSchema, required=True)


class RecordSchema(Schema):
    """A record (P18) with names of its place and unit."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    seq = fields.Integer(required=True)
    partition = fields.UUID(required=True)
    fields_ = fields.Dict(fields.String(), fields.List(fields.Raw()), data_key="fields", required=True)
    siblings = fields.Dict(fields.String(), fields.List(fields.List(fields.Raw())), required=True)
    stamps = fields.Dict(fields.String(), fields.List(fields.Integer()), required=True)
    created = fields.Nested(AuthorshipSchema, required=True)
    changed = fields.Nested(AuthorshipSchema, required=True)
    flags = fields.List(fields.String(), required=True)
    day = fields.String(required=True)
    place_name = fields.String(required=True, allow_none=True)
    unit_name = fields.String(required=True, allow_none=True)
    photos = fields.List(fields.Nested(PhotoSchema), required=True)


class FeedItemSchema(RecordSchema):
    """A record with what belongs to it."""

    children = fields.List(fields.Nested(RecordSchema), required=True)
    review = fields.Nested(ReviewSchema, required=True, allow_none=True)


class FeedSchema(Schema):
    """A page of the feed: newest first; after `after`, in the order of the changes within each unit.

    Units have no common order, so pages tell them one after another; `gone` are those that no longer match."""

    items = fields.List(fields.Nested(FeedItemSchema), required=True)
    next = fields.String(required=True, allow_none=True)
    newest = fields.String(required=True)
    gone = fields.List(fields.UUID())


class HeldItemSchema(Schema):
    """A held operation, kept for its author and the commander.

    Where an operation has no canonical form (a fraction, a number too great, half a character), not every reader of
    JSON could take it as it was sent."""

    id = fields.UUID(required=True)
    device = fields.String(required=True)
    n = fields.Integer(required=True)
    operation = fields.Raw(required=True, metadata={"description": HELD_OPERATION})
    record = fields.UUID(required=True, allow_none=True)
    code = fields.String(required=True)
    title = fields.String(required=True)
    detail = fields.String(required=True)
    author = fields.Nested(PersonSchema, required=True)
    unit = fields.UUID(required=True, allow_none=True)
    received_ms = fields.Integer(required=True)


class HeldSchema(Schema):
    """A page of held operations."""

    items = fields.List(fields.Nested(HeldItemSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class OwnRecordSchema(FeedItemSchema):
    """One record, with the caller's own operations on it that are held."""

    held = fields.List(fields.Nested(HeldItemSchema), required=True)


class SaidSchema(Schema):
    """One operation on a record, and what it replaced: per field the values that it named."""

    id = fields.String(required=True)
    device = fields.String(required=True)
    n = fields.Integer(required=True)
    author = fields.Nested(PersonSchema, required=True)
    set = fields.Dict(fields.String(), fields.Raw(), required=True)
    replaced = fields.Dict(fields.String(), fields.List(fields.Dict()), required=True)
    stamp = fields.Raw(required=True, allow_none=True)
    observed = fields.Raw(required=True, allow_none=True)
    received_ms = fields.Integer(required=True)
    effective_ms = fields.Integer(required=True, allow_none=True)
    suspect = fields.Boolean(required=True)
    status = fields.String(required=True)
    code = fields.String(required=True, allow_none=True)


class HistorySchema(Schema):
    """A page of a record's history, oldest first."""

    items = fields.List(fields.Nested(SaidSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class ConflictHeadSchema(Schema):
    """One of the values that no operation has replaced."""

    value = fields.Raw(required=True, allow_none=True)
    ids = fields.List(fields.String(), required=True)
    shown = fields.Boolean(required=True)
    author = fields.Nested(PersonSchema, required=True, allow_none=True)
    device = fields.String(required=True)
    at_ms = fields.Integer(required=True)
    received_ms = fields.Integer(required=True, allow_none=True)


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
