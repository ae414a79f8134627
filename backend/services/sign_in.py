"""Signing in: a password, and the device that the session is for (P1, P24, P25)."""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, Update, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from backend.ambient import Ambient
from backend.errors import ProblemError
from backend.models import Device, SignInFailure, User
from backend.services.passwords import is_password

FAILURES_MAX: Final = 10
FAILURE_WINDOW_MS: Final = 15 * 60_000
# a try that is not settled by then was cut short, and counts as a failure
TRY_MS_MAX: Final = 60_000
USERNAME_CHARACTERS_MAX: Final = 64
DEVICE_ID_PATTERN: Final = r"\A[a-z2-7]{16}\Z"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: `device` is the id that the phone already has, or None."""

    username: str
    password: str
    device: str | None
    device_name: str
    address: str


def folded_username(username: str) -> str:
    """Usernames are lower case; a phone's keyboard likes to begin with a capital and end with a space."""
    return username.strip().lower()


def bucket_of(connection: Connection, attempt: Attempt) -> str:
    """Where this try's failures are counted.

    A known device of that account has its own bucket, so that nobody outside can lock its officer out (T4)."""
    username = folded_username(attempt.username)
    known = connection.execute(
        select(Device.id).join(User, User.id == Device.user).where(User.username == username)
        .where(Device.id == (attempt.device or ""))
    ).first()  # fmt: skip
    place = f"device\n{attempt.device}" if known else f"address\n{attempt.address}"
    return hashlib.sha256(f"{username}\n{place}".encode()).hexdigest()


def refuse_too_many(connection: Connection, bucket: str, now_ms: int) -> None:
    """Raise `too-many-attempts` when the bucket is full; the header says when it has room again."""
    times = connection.execute(
        select(SignInFailure.at_ms)
        .where(SignInFailure.bucket == bucket, SignInFailure.at_ms > now_ms - FAILURE_WINDOW_MS)
        .order_by(SignInFailure.at_ms.desc())
        .limit(FAILURES_MAX)
    ).scalars().all()  # fmt: skip
    if len(times) < FAILURES_MAX:
        return
    wait_s = max(1, -(-(times[-1] + FAILURE_WINDOW_MS - now_ms) // 1000))
    params = {"minutes": -(-wait_s // 60), "seconds": wait_s}
    raise ProblemError("too-many-attempts", params=params, headers={"Retry-After": str(wait_s)})


def begin_try(connection: Connection, bucket: str, now_ms: int, ambient: Ambient) -> str | None:
    """Count a try before its password is looked at, so that tries at once cannot be more than failures may be.

    The id to settle it by; None when it must wait for others under way. Raises `too-many-attempts`."""
    _lock(connection, bucket)
    waiting = _waiting(bucket)
    old = SignInFailure.at_ms <= now_ms - FAILURE_WINDOW_MS
    connection.execute(delete(SignInFailure).where(SignInFailure.bucket.in_((bucket, waiting)), old))
    cut_short = (SignInFailure.bucket == waiting) & (SignInFailure.at_ms <= now_ms - TRY_MS_MAX)
    connection.execute(_as_failed(bucket).where(cut_short))
    refuse_too_many(connection, bucket, now_ms)
    counted = select(func.count()).where(SignInFailure.bucket.in_((bucket, waiting)))
    if connection.execute(counted).scalar_one() >= FAILURES_MAX:
        return None
    own = ambient.uuid()
    connection.execute(insert(SignInFailure).values(id=own, bucket=waiting, at_ms=now_ms))
    return own


def settle_try(connection: Connection, bucket: str, own: str, *, is_right: bool) -> None:
    """A right password leaves nothing behind, a wrong one a failure."""
    mine = SignInFailure.id == own
    connection.execute(delete(SignInFailure).where(mine) if is_right else _as_failed(bucket).where(mine))


def _as_failed(bucket: str) -> Update:
    return update(SignInFailure).values(bucket=bucket)


def _waiting(bucket: str) -> str:
    """Where the tries of a bucket stand while their passwords are looked at."""
    return hashlib.sha256(f"{bucket}\nunder way".encode()).hexdigest()


def _lock(connection: Connection, bucket: str) -> None:
    """One at a time for each bucket until the transaction ends; in SQLite there is one writer anyway."""
    if connection.dialect.name == "postgresql":
        key = int.from_bytes(bytes.fromhex(bucket)[:8], signed=True)
        connection.execute(select(func.pg_advisory_xact_lock(key)))


def find_user(connection: Connection, attempt: Attempt) -> Row[*tuple[Any, ...]] | None:
    """The account when the password is right; unknown, disabled and wrong look and last alike (T5)."""
    row = connection.execute(
        select(User.id, User.password_hash, User.disabled_ms).where(User.username == folded_username(attempt.username))
    ).first()
    is_usable = row is not None and row.disabled_ms is None
    return row if is_password(row.password_hash if row and is_usable else None, attempt.password) else None


def register_device(connection: Connection, user: str, attempt: Attempt, now_ms: int, ambient: Ambient) -> str:
    """The id of this local store: kept, registered anew, or made.

    Raises ProblemError: `device-bound`, `device-lost`."""
    device = attempt.device or ambient.letters(16)
    # an unknown well-formed id is one that a restored server has forgotten
    row = {"id": device, "user": user, "name": attempt.device_name, "state": "active", "registered_ms": now_ms}
    try:
        with connection.begin_nested():
            if _device(connection, device) is None:
                connection.execute(insert(Device).values(**row, holds=0, seen_n=0))
    except IntegrityError:  # registered by another request a moment ago: what stands decides
        pass
    found = _device(connection, device)
    if found is None or found.user != user:
        raise ProblemError("device-bound")
    if found.state == "lost":
        raise ProblemError("device-lost")
    return device


def _device(connection: Connection, device: str) -> Row[*tuple[Any, ...]] | None:
    return connection.execute(select(Device.user, Device.state).where(Device.id == device)).first()
