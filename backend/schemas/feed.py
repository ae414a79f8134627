"""Records as supervisors read them: the feed."""

from marshmallow import Schema, fields

from backend.schemas.fields import Count, Day, Text
from backend.schemas.person import PersonSchema


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
