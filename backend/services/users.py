"""Accounts and their roles."""

import unicodedata
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from backend.errors import ProblemError
from backend.models import Area, Assignment, User
from backend.services.access import RANKED_ROLES
from backend.services.areas import invalid
from backend.services.passwords import PASSWORD_CHARACTERS_MAX, PASSWORD_CHARACTERS_MIN, hash_password
from backend.services.sessions import revoke_sessions_of
from backend.services.sign_in import USERNAME_CHARACTERS_MAX, folded_username
from sync.kinds import is_day

ROLES: Final = RANKED_ROLES


def add_user(connection: Connection, username: str, name: str, password: str, user_id: str, now_ms: int) -> str:
    """A new account. Raises `id-taken`, `request-invalid`."""
    username = folded_username(username)
    if not username or len(username) > USERNAME_CHARACTERS_MAX or not username.isprintable():
        raise invalid("/username")
    if connection.execute(select(User.id).where(User.username == username)).first() is not None:
        raise ProblemError("id-taken")
    row = {"id": user_id, "username": username, "name": unicodedata.normalize("NFC", name), "created_ms": now_ms}
    connection.execute(insert(User).values(**row, password_hash=_hashed(password)))
    return user_id


def set_password(connection: Connection, username: str, password: str, now_ms: int) -> None:
    """A new password; whoever is signed in with the old one has to sign in again. Raises `not-found`."""
    user = find_user_id(connection, username)
    connection.execute(update(User).where(User.id == user).values(password_hash=_hashed(password)))
    revoke_sessions_of(connection, user, now_ms)


def disable_user(connection: Connection, username: str, now_ms: int) -> None:
    """No session of the account is good from now on; its records stay. Raises `not-found`."""
    user = find_user_id(connection, username)
    connection.execute(update(User).where(User.id == user, User.disabled_ms.is_(None)).values(disabled_ms=now_ms))
    revoke_sessions_of(connection, user, now_ms)


def assign_role(
    connection: Connection, username: str, role: str, code: str, days: tuple[str | None, str | None], new_id: str
) -> None:
    """A role in an area's subtree, from one day to another. The same again changes nothing. Raises `not-found`."""
    if role not in ROLES or not all(day is None or is_day(day) for day in days):
        raise invalid("/role" if role not in ROLES else "/from_on")
    user = find_user_id(connection, username)
    area = connection.execute(select(Area.id).where(Area.code == code)).scalar()
    if area is None:
        raise ProblemError("not-found")
    row = {"user": user, "role": role, "area": area, "from_on": days[0], "to_on": days[1]}
    if connection.execute(select(Assignment.id).filter_by(**row)).first() is None:
        connection.execute(insert(Assignment).values(id=new_id, **row))


def list_users(connection: Connection) -> list[dict[str, Any]]:
    """Every account with its assignments."""
    roles: dict[str, list[str]] = {}
    rows = connection.execute(
        select(Assignment.user, Assignment.role, Area.full_name)
        .join(Area, Area.id == Assignment.area)
        .order_by(Assignment.role, Area.full_name)
    )
    for row in rows:
        roles.setdefault(row.user, []).append(f"{row.role}: {row.full_name}")
    users = connection.execute(select(User.id, User.username, User.name, User.disabled_ms).order_by(User.username))
    return [
        {"username": u.username, "name": u.name, "disabled": u.disabled_ms is not None, "roles": roles.get(u.id, [])}
        for u in users
    ]


def find_user_id(connection: Connection, username: str) -> str:
    """Raises `not-found`."""
    user = connection.execute(select(User.id).where(User.username == folded_username(username))).scalar()
    if user is None:
        raise ProblemError("not-found")
    return user


def _hashed(password: str) -> str:
    if not PASSWORD_CHARACTERS_MIN <= len(password) <= PASSWORD_CHARACTERS_MAX:
        raise invalid("/password")
    return hash_password(password)
