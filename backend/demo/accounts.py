"""The demo's accounts: one password, no approval, no second factor. They exist with DIABAN_ENV=demo only."""

import base64
import hashlib
from typing import Final
from uuid import uuid5

from sqlalchemy import Connection, insert, select

from backend.demo.places import CITY_CODE, first_hamlet
from backend.models import Assignment, Device, User
from backend.services.access import Actor, grants_of
from backend.services.area_units import NAMESPACE, area_id
from backend.services.passwords import hash_password
from sync.days import day_of

PASSWORD: Final = "diaban-demo-2026"  # noqa: S105 - printed on purpose
# username: name, role, code of the area
ACCOUNTS: Final = {
    "canbo.caikhe": ("Nguyễn Minh Tâm", "officer", "31120"),
    "canbo2.caikhe": ("Trần Quốc Bảo", "officer", "31120"),
    "chihuy.caikhe": ("Lê Hoàng Nam", "commander", "31120"),
    "totruong.caikhe": ("Phạm Văn Sáu", "team_member", "31120"),
    "canbo.phongdien": ("Võ Thanh Tùng", "officer", "31299"),
    "chihuy.phongdien": ("Huỳnh Công Danh", "commander", "31299"),
    "canbo.anninh": ("Thạch Sa Rinh", "officer", "31594"),
    "thuongtruc": ("Đặng Thu Hà", "coordinator", CITY_CODE),
    "lanhdao": ("Bùi Đức Thắng", "leader", CITY_CODE),
    "quantri": ("Ngô Gia Linh", "admin", CITY_CODE),
}


def load_accounts(connection: Connection, now_ms: int) -> None:
    """Add the accounts that are not there, each with its role."""
    known = set(connection.execute(select(User.username)).scalars())
    for username, (name, role, code) in ACCOUNTS.items():
        if username in known:
            continue
        user = user_id(username)
        row = {"id": user, "username": username, "name": name, "created_ms": now_ms}
        connection.execute(insert(User).values(**row, password_hash=hash_password(PASSWORD)))
        # a team belongs to a hamlet or quarter, not to the whole unit
        area = first_hamlet(code) if role == "team_member" else area_id(code)
        connection.execute(insert(Assignment).values(id=_id(f"role/{username}"), user=user, role=role, area=area))


def user_id(username: str) -> str:
    """The id of a demo account."""
    return _id(f"user/{username}")


def has_device(connection: Connection, username: str, purpose: str) -> bool:
    """Whether this part of the demo was written before."""
    return connection.execute(select(Device.id).where(Device.id == device_id(username, purpose))).first() is not None


def retired_actor(connection: Connection, username: str, purpose: str, at_ms: int) -> Actor:
    """The account on a device that is retired: it counts in nobody's completeness, and no phone has its id."""
    device, user, name = device_id(username, purpose), user_id(username), ACCOUNTS[username][0]
    if not has_device(connection, username, purpose):
        row = {"id": device, "user": user, "name": "Máy mẫu", "state": "retired", "registered_ms": at_ms}
        connection.execute(insert(Device).values(**row, holds=0, seen_n=0))
    grants = grants_of(connection, user, day_of(at_ms))
    return Actor(user, username, name, device, "retired", "", grants)


def device_id(username: str, purpose: str) -> str:
    """A device id that follows from its name."""
    digest = hashlib.sha256(f"demo/{username}/{purpose}".encode()).digest()
    return base64.b32encode(digest).decode().lower()[:16]


def _id(name: str) -> str:
    return str(uuid5(NAMESPACE, f"demo/{name}"))
