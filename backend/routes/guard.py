"""Who is calling: the session behind a token or a cookie, and what a browser on another site must not do (P24, P25)."""

from typing import Final

from flask import g, request

from backend.ambient import ambient
from backend.database import reading, writing
from backend.errors import ProblemError
from backend.services import sessions
from backend.services.access import Actor
from backend.settings import settings

SAFE_METHODS: Final = ("GET", "HEAD", "OPTIONS")
ACCESS: Final = "diaban"
REFRESH: Final = "diaban-refresh"
# the device that a request is made for
DEVICE_HEADER: Final = "X-Diaban-Device"


def signed_in(*, lost_device: bool = False) -> Actor:
    """The caller. Raises ProblemError: `not-signed-in`, `session-expired`, `header-missing`, `device-mismatch`,
    `device-lost`."""
    if "actor" not in g:
        g.actor = _actor_of_request()
    actor: Actor = g.actor
    if actor.device_state == "lost" and not lost_device:
        raise ProblemError("device-lost")
    return actor


def _refuse_other_device(actor: Actor) -> None:
    """Cookies belong to a browser, and several people may work with it: nothing is done in another one's name."""
    if request.headers.get(DEVICE_HEADER, actor.device) != actor.device:
        raise ProblemError("device-mismatch")


def require_role(actor: Actor, *roles: str) -> None:
    """Raise `role-not-allowed` unless the caller has one of these roles somewhere."""
    if not actor.has_role(*roles):
        raise ProblemError("role-not-allowed")


def cookie_name(name: str) -> str:
    """`__Host-` binds a cookie to this host over TLS; a browser refuses the prefix on plain http."""
    return f"__Host-{name}" if cookies_are_secure() else name


def cookies_are_secure() -> bool:
    """Always, but in a demo that is visited over http."""
    return request.is_secure or not settings().is_demo


def bearer_token() -> str | None:
    """The token of an `Authorization: Bearer` header."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def refuse_other_sites() -> None:
    """A page of another site must not act through this browser, whatever credentials it has (T7)."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    if request.method not in SAFE_METHODS and site not in ("same-origin", "none"):
        raise ProblemError("header-missing")


def demand_header() -> None:
    """Cookies travel by themselves, so an unsafe request must show that our own page made it."""
    if request.method not in SAFE_METHODS and request.headers.get("X-Diaban") != "1":
        raise ProblemError("header-missing")


def _actor_of_request() -> Actor:
    token = bearer_token()
    if token is None:
        token = request.cookies.get(cookie_name(ACCESS))
        if not token:
            raise ProblemError("not-signed-in")
        demand_header()
    now_ms = ambient().now_ms()
    with reading() as connection:
        found = sessions.find_session(connection, token, now_ms)
    _refuse_other_device(found.actor)
    if found.is_first_use:
        with writing() as connection:
            sessions.settle_rotation(connection, found.actor.session, token)
    return found.actor
