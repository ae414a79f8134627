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


class ProofSchema(Schema):
    """HMAC-SHA256 (base64url) under the device's secret over `diaban refresh <device> <at_ms>`."""

    device = fields.String(required=True, validate=validate.Regexp(DEVICE_ID_PATTERN))
    at_ms = fields.Integer(required=True, strict=True, validate=validate.Range(min=0, max=2**53 - 1))
    mac = fields.String(required=True, validate=validate.Regexp(r"\A[A-Za-z0-9_-]{43}\Z"))


class RefreshSchema(Schema):
    """A refresh token; in cookie mode it travels in its cookie, or the device proves itself."""

    refresh_token = Text(200, length_min=1)
    proof = fields.Nested(ProofSchema)


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


class LostStoreSchema(Schema):
    """What the browser has erased: records that are here, operations that were not sent when it was last heard."""

    received = fields.Integer(required=True)
    unsent = fields.Integer(required=True)


class RegisteredDeviceSchema(OwnDeviceSchema):
    """The device with its secret from registration, given at sign-in only; and the store that this browser has lost."""

    secret = fields.String()
    lock = fields.String(validate=validate.OneOf(("optional", "required")))
    lost_store = fields.Nested(LostStoreSchema)
    tracks = fields.String(validate=validate.OneOf(("off", "on")))


class SessionSchema(MeSchema):
    """The same with the device's secret at sign-in, and with tokens in token mode."""

    device = fields.Nested(RegisteredDeviceSchema, required=True)

    access_token = fields.String()
    refresh_token = fields.String()
