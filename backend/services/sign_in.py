"""Signing in: a password, and the device that the session is for (P1, P24, P25)."""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select
from sqlalchemy.exc import IntegrityError

from backend.ambient import Ambient
from backend.errors import ProblemError
from backend.models import Device, SignInFailure, User
from backend.services.passwords import is_password

FAILURES_MAX: Final = 10
FAILURE_WINDOW_MS: Final = 15 * 60_000
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


def note_failure(connection: Connection, bucket: str, now_ms: int, ambient: Ambient) -> None:
    """Count one failure, and forget those of the bucket that count no more."""
    old = SignInFailure.at_ms <= now_ms - FAILURE_WINDOW_MS
    connection.execute(delete(SignInFailure).where(SignInFailure.bucket == bucket, old))
    connection.execute(insert(SignInFailure).values(id=ambient.uuid(), bucket=bucket, at_ms=now_ms))


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
