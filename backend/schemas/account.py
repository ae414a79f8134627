"""Sessions and who is signed in (P24)."""

from marshmallow import Schema, fields, validate

from backend.schemas.fields import Text
from backend.services.passwords import PASSWORD_CHARACTERS_MAX
from backend.services.sign_in import DEVICE_ID_PATTERN, USERNAME_CHARACTERS_MAX


class DeviceChoiceSchema(Schema):
    """The local store that signs in; without an id, one is made."""

    id = fields.String(validate=validate.Regexp(DEVICE_ID_PATTERN))
    name = Text(200, load_default="")


class SignInSchema(Schema):
    """A password and a device."""

    username = Text(USERNAME_CHARACTERS_MAX, length_min=1, required=True)
    password = Text(PASSWORD_CHARACTERS_MAX, length_min=1, required=True)
    device = fields.Nested(DeviceChoiceSchema, required=True)
    mode = fields.String(required=True, validate=validate.OneOf(("cookie", "token")))


class RefreshSchema(Schema):
    """A refresh token; in cookie mode it travels in its cookie."""

    refresh_token = Text(200, length_min=1)


class OwnAreaSchema(Schema):
    """An area in which the user has a role."""

    id = fields.UUID(required=True)
    code = fields.String(required=True, allow_none=True)
    name = fields.String(required=True)


class OwnUserSchema(Schema):
    """The user, with the strongest role in force."""

    id = fields.UUID(required=True)
    username = fields.String(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True)
    areas = fields.List(fields.Nested(OwnAreaSchema), required=True)


class OwnDeviceSchema(Schema):
    """The device that the session is for."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(("active", "lost", "retired")))


class MeSchema(Schema):
    """Who is signed in, on which device, and for how long the access token is good."""

    user = fields.Nested(OwnUserSchema, required=True)
    device = fields.Nested(OwnDeviceSchema, required=True)
    expires_s = fields.Integer(required=True)


class SessionSchema(MeSchema):
    """The same with tokens, in token mode only."""

    access_token = fields.String()
    refresh_token = fields.String()
