"""Sessions: opaque tokens, kept as SHA-256, rotated without ever locking out a phone whose answer was lost (P24).

opened ── refresh ──▶ new current, old is `previous` ── first use of the new ──▶ old is `spent`
             ▲                    │
             └── previous again: the answer was lost, a fresh successor is given
A spent refresh token shown again means that two parties hold it: the session ends.
"""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, and_, bindparam, insert, or_, select, update

from backend.ambient import Ambient
from backend.errors import ProblemError
from backend.models import Area, Assignment, Device, Session, User
from backend.services.access import GRANTED, IS_IN_FORCE, Actor, Grant, grants_of
from sync.days import DAY_MS, day_of

ACCESS_MS: Final = 3_600_000
REFRESH_MS: Final = 30 * DAY_MS
ABSOLUTE_MS: Final = 90 * DAY_MS
WITH_PEOPLE: Final[Select[Any]] = (
    select(
        *[column.label(column.key) for column in Session.__table__.columns],
        User.username, User.name, User.disabled_ms, Device.state.label("device_state"),
    )
    .join(User, User.id == Session.user)
    .join(Device, Device.id == Session.device)
)  # fmt: skip
# a row for each grant, one without where there is none: every request asks this, so it is one statement
OF_ACCESS_TOKEN: Final[Select[Any]] = (
    WITH_PEOPLE.add_columns(*(column.label(f"granted_{column.key}") for column in GRANTED))
    .join(Assignment, and_(Assignment.user == Session.user, IS_IN_FORCE), isouter=True)
    .join(Area, Area.id == Assignment.area, isouter=True)
    .where(or_(Session.access_hash == bindparam("key"), Session.previous_access_hash == bindparam("key")))
    .order_by(Assignment.role, Area.id)
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the caller is given once; the store keeps only hashes."""

    access: str
    refresh: str
    mode: str
    access_expires_ms: int
    refresh_expires_ms: int


@dataclass(frozen=True, slots=True)
class FoundSession:
    """A live session; `is_first_use` asks for `settle_rotation`."""

    actor: Actor
    is_first_use: bool


def hash_token(token: str) -> str:
    """What stands in the store for a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def open_session(
    connection: Connection, user: str, device: str, mode: str, now_ms: int, ambient: Ambient
) -> tuple[str, Tokens]:
    """A new session of a device; returns its id and its first tokens."""
    session_id, ends_ms = ambient.uuid(), now_ms + ABSOLUTE_MS
    tokens = _new_tokens(mode, ends_ms, now_ms, ambient)
    row = {"id": session_id, "user": user, "device": device, "mode": mode, "created_ms": now_ms, "ends_ms": ends_ms}
    connection.execute(insert(Session).values(**row, **_stored(tokens)))
    return session_id, tokens


def find_session(connection: Connection, token: str, now_ms: int) -> FoundSession:
    """The session of an access token. Raises ProblemError: `not-signed-in`, `session-expired`."""
    key = hash_token(token)
    rows = connection.execute(OF_ACCESS_TOKEN, {"key": key, "today": day_of(now_ms)}).all()
    row = rows[0] if rows else None
    if row is None or row.revoked_ms is not None or row.disabled_ms is not None:
        raise ProblemError("not-signed-in")
    if now_ms >= row.access_expires_ms:
        raise ProblemError("session-expired")
    is_first_use = row.access_hash == key and row.previous_refresh_hash is not None
    grants = tuple(Grant(*each[-len(GRANTED) :]) for each in rows if each.granted_role is not None)
    return FoundSession(_actor(row, grants), is_first_use)


def settle_rotation(connection: Connection, session: str, token: str) -> None:
    """The new token was used, so it arrived: the previous ones end here."""
    connection.execute(
        update(Session)
        .where(Session.id == session, Session.access_hash == hash_token(token))
        .where(Session.previous_refresh_hash.is_not(None))
        .values(spent_refresh_hash=Session.previous_refresh_hash, previous_refresh_hash=None, previous_access_hash=None)
    )


def rotate_session(connection: Connection, token: str, now_ms: int, ambient: Ambient) -> tuple[Actor, Tokens] | None:
    """New tokens for a refresh token.

    None when it was spent: the session is then revoked, and the caller commits that before it refuses.
    Raises ProblemError: `not-signed-in`, `session-expired`."""
    key = hash_token(token)
    known = or_(Session.refresh_hash == key, Session.previous_refresh_hash == key, Session.spent_refresh_hash == key)
    row = connection.execute(WITH_PEOPLE.where(known).with_for_update(of=Session)).first()
    if row is None or row.revoked_ms is not None or row.disabled_ms is not None:
        raise ProblemError("not-signed-in")
    if row.spent_refresh_hash == key:
        revoke_session(connection, row.id, now_ms)
        return None
    if now_ms >= min(row.refresh_expires_ms, row.ends_ms):
        raise ProblemError("session-expired")
    tokens = _new_tokens(row.mode, row.ends_ms, now_ms, ambient)
    change = {**_stored(tokens), **(_retired(row) if row.refresh_hash == key else {})}
    connection.execute(update(Session).where(Session.id == row.id).values(**change))
    return _actor(row, grants_of(connection, row.user, day_of(now_ms))), tokens


def rotate_session_of(
    connection: Connection, device: str, now_ms: int, ambient: Ambient
) -> tuple[Actor, Tokens] | None:
    """New tokens for a device that has proved itself: its last cookie session, if that is still alive."""
    row = connection.execute(
        WITH_PEOPLE.where(Session.device == device, Session.mode == "cookie")
        .order_by(Session.created_ms.desc(), Session.id.desc())
        .limit(1)
        .with_for_update(of=Session)
    ).first()
    # the last one counts, alive or not: an older session must not outlive signing out
    if row is None or row.revoked_ms is not None or row.disabled_ms is not None:
        return None
    if now_ms >= min(row.refresh_expires_ms, row.ends_ms):
        return None
    tokens = _new_tokens(row.mode, row.ends_ms, now_ms, ambient)
    # the tokens before are kept good until these are used; what the browser lost on disk is not thereby stolen
    change = {**_stored(tokens), "previous_access_hash": row.access_hash, "previous_refresh_hash": row.refresh_hash}
    connection.execute(update(Session).where(Session.id == row.id).values(**change, spent_refresh_hash=None))
    return _actor(row, grants_of(connection, row.user, day_of(now_ms))), tokens


def revoke_session(connection: Connection, session: str, now_ms: int) -> None:
    """Sign out: no token of this session is good any more."""
    connection.execute(update(Session).where(Session.id == session).values(revoked_ms=now_ms))


def revoke_sessions_of(connection: Connection, user: str, now_ms: int) -> None:
    """A password was changed or an account disabled: every session of the user ends."""
    live = (Session.user == user, Session.revoked_ms.is_(None))
    connection.execute(update(Session).where(*live).values(revoked_ms=now_ms))


def access_expires_ms(connection: Connection, session: str) -> int:
    """When the present access token of a session ends."""
    return int(connection.execute(select(Session.access_expires_ms).where(Session.id == session)).scalar_one())


def _actor(row: Row[Any], grants: tuple[Grant, ...]) -> Actor:
    return Actor(row.user, row.username, row.name, row.device, row.device_state, row.id, grants)


def _retired(row: Row[Any]) -> dict[str, str | None]:
    """Tokens that stay good until their successors are used, and the one before them, now spent."""
    return {
        "previous_access_hash": row.access_hash,
        "previous_refresh_hash": row.refresh_hash,
        "spent_refresh_hash": row.previous_refresh_hash or row.spent_refresh_hash,
    }


def _new_tokens(mode: str, ends_ms: int, now_ms: int, ambient: Ambient) -> Tokens:
    access_ms, refresh_ms = min(now_ms + ACCESS_MS, ends_ms), min(now_ms + REFRESH_MS, ends_ms)
    return Tokens(ambient.secret(), ambient.secret(), mode, access_ms, refresh_ms)


def _stored(tokens: Tokens) -> dict[str, Any]:
    return {
        "access_hash": hash_token(tokens.access),
        "refresh_hash": hash_token(tokens.refresh),
        "access_expires_ms": tokens.access_expires_ms,
        "refresh_expires_ms": tokens.refresh_expires_ms,
    }
