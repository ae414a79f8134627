"""POST and DELETE /api/v1/sessions, POST /api/v1/sessions/refresh (P24)."""

import time
from typing import Any, Final

from flask import Response, jsonify, request

from backend.ambient import ambient
from backend.database import reading, writing
from backend.errors import ProblemError
from backend.routes import guard
from backend.routes.blueprint import Blueprint
from backend.schemas.account import RefreshSchema, SessionSchema, SignInSchema
from backend.services import device_proof, me, sessions, sign_in
from backend.services.access import Actor
from backend.services.lost_stores import note_lost_store
from backend.services.sessions import Tokens
from backend.settings import settings

# how long a sign-in waits for others of its account and address, whose passwords are being looked at
WAIT_S_MAX: Final = 5
WAIT_STEP_S: Final = 0.1

blueprint = Blueprint("sessions", __name__, url_prefix="/api/v1/sessions", description="Signing in and out")


@blueprint.post("")
@blueprint.doc(security=[])
@blueprint.arguments(SignInSchema)
@blueprint.response(201, SessionSchema)
def create_session(body: dict[str, Any]) -> Response:
    """Sign in."""
    if body["mode"] == "cookie":
        guard.demand_header()
    device = body["device"]
    attempt = sign_in.Attempt(
        body["username"], body["password"], device.get("id"), device["name"], request.remote_addr or ""
    )
    user = _checked_user(attempt)
    with writing() as connection:
        now_ms = ambient().now_ms()
        device_id = sign_in.register_device(connection, user, attempt, now_ms, ambient())
        # whoever names a device has its store
        tokens_before = _cookies() if attempt.device is None and body["mode"] == "cookie" else ()
        lost = note_lost_store(connection, user, device_id, tokens_before, now_ms) if tokens_before else None
        _, tokens = sessions.open_session(connection, user, device_id, body["mode"], now_ms, ambient())
        actor = sessions.find_session(connection, tokens.access, now_ms).actor
    return _answer(actor, tokens, device_proof.secret_of(device_id, settings().secret_key), lost)


def _cookies() -> tuple[str, ...]:
    """What the browser still has of a session before."""
    found = (request.cookies.get(guard.cookie_name(name)) for name in (guard.ACCESS, guard.REFRESH))
    return tuple(token for token in found if token)


@blueprint.post("/refresh")
@blueprint.doc(security=[])
@blueprint.doc(requestBody={"content": {"application/json": {"schema": RefreshSchema}}})
@blueprint.response(201, SessionSchema)
def refresh_session() -> Response:
    """New tokens for a refresh token. A lost device may still do so: it must be able to hand in its outbox (P25)."""
    # in cookie mode there may be no body at all
    has_body = bool(request.content_length or request.mimetype)
    body = blueprint.ARGUMENTS_PARSER.parse(RefreshSchema(), request, location="json") if has_body else {}
    proved = _by_proof(body["proof"]) if "proof" in body else None
    if proved is not None:
        return _answer(*proved)
    token = body.get("refresh_token")
    if token is None:
        guard.demand_header()
        token = request.cookies.get(guard.cookie_name(guard.REFRESH))
    if not token:
        raise ProblemError("not-signed-in")
    with writing() as connection:
        rotated = sessions.rotate_session(connection, token, ambient().now_ms(), ambient())
    if rotated is None:
        raise ProblemError("session-expired")
    return _answer(*rotated)


@blueprint.delete("")
@blueprint.response(204)
def delete_session() -> Response:
    """Sign out; the cookies go too."""
    actor = guard.signed_in()
    with writing() as connection:
        sessions.revoke_session(connection, actor.session, ambient().now_ms())
    response = Response(status=204)
    for name in (guard.ACCESS, guard.REFRESH):
        _set_cookie(response, name, "", 0)
    return response


def _checked_user(attempt: sign_in.Attempt) -> str:
    """The account's id. The password is checked outside any write: it takes a while, on purpose."""
    with reading() as connection:
        bucket = sign_in.bucket_of(connection, attempt)
        # who is kept out anyway does not ask for the writer
        sign_in.refuse_too_many(connection, bucket, ambient().now_ms())
    own = _counted_try(bucket)
    with reading() as connection:
        user = sign_in.find_user(connection, attempt)
    with writing() as connection:
        sign_in.settle_try(connection, bucket, own, is_right=user is not None)
    if user is None:
        raise ProblemError("credentials-wrong")
    return str(user.id)


def _counted_try(bucket: str) -> str:
    """The id of a try that is counted. Raises `too-many-attempts`; `busy` when others take too long."""
    for _ in range(int(WAIT_S_MAX / WAIT_STEP_S)):
        with writing() as connection:
            own = sign_in.begin_try(connection, bucket, ambient().now_ms(), ambient())
        if own is not None:
            return own
        time.sleep(WAIT_STEP_S)
    raise ProblemError("busy")


def _by_proof(proof: dict[str, Any]) -> tuple[Actor, Tokens] | None:
    """New cookies for a device that holds its key; None where the cookie must decide."""
    guard.demand_header()
    now_ms = ambient().now_ms()
    if not device_proof.is_proof(proof["device"], proof["at_ms"], proof["mac"], settings().secret_key, now_ms):
        return None
    with writing() as connection:
        return sessions.rotate_session_of(connection, proof["device"], now_ms, ambient())


def _answer(
    actor: Actor, tokens: Tokens, secret: str | None = None, lost_store: dict[str, int] | None = None
) -> Response:
    now_ms = ambient().now_ms()
    with reading() as connection:
        body = me.describe_actor(connection, actor, tokens.access_expires_ms, now_ms)
        is_tracked = me.keeps_tracks(connection, actor, settings().track_units)
    if secret is not None:
        body["device"]["tracks"] = "on" if is_tracked else "off"
        body["device"]["secret"] = secret
        body["device"]["lock"] = "optional" if settings().is_demo else "required"
    if lost_store is not None:
        body["device"]["lost_store"] = lost_store
    if tokens.mode == "token":
        body |= {"access_token": tokens.access, "refresh_token": tokens.refresh}
    response = jsonify(SessionSchema().dump(body))
    response.status_code = 201
    if tokens.mode == "cookie":
        _set_cookie(response, guard.ACCESS, tokens.access, (tokens.refresh_expires_ms - now_ms) // 1000)
        _set_cookie(response, guard.REFRESH, tokens.refresh, (tokens.refresh_expires_ms - now_ms) // 1000)
    return response


def _set_cookie(response: Response, name: str, value: str, max_age_s: int) -> None:
    # both live as long as the refresh token: an access token that is sent after its hour is told "expired"
    response.set_cookie(
        guard.cookie_name(name),
        value,
        max_age=max_age_s,
        path="/",
        secure=guard.cookies_are_secure(),
        httponly=True,
        samesite="Strict",
    )
