"""A small city for tests: two units with a quarter and a group each, and one user for each role."""

import uuid
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import insert

from backend.ambient import Ambient
from backend.database import writing
from backend.models import Area, Assignment, Device, User
from backend.services.sessions import open_session
from sync.fold import fold

NAMESPACE = uuid.UUID("6f1d4c52-0000-4000-8000-000000000000")


def id_of(name: str) -> str:
    """The id of a named thing of the test world."""
    return str(uuid.uuid5(NAMESPACE, name))


CITY, CAI_KHE, PHONG_DIEN = id_of("city"), id_of("cai khe"), id_of("phong dien")
QUARTER, GROUP = id_of("quarter 1"), id_of("group 1")
AREAS = [
    # id, code, kind, type word, name, parent, partition
    (CITY, "92", "city", "Thành phố", "Cần Thơ", None, CITY),
    (CAI_KHE, "31120", "ward", "Phường", "Cái Khế", CITY, CAI_KHE),
    (PHONG_DIEN, "31299", "commune", "Xã", "Phong Điền", CITY, PHONG_DIEN),
    (QUARTER, None, "quarter", "Khu vực", "1", CAI_KHE, CAI_KHE),
    (GROUP, None, "group", "Tổ", "1", QUARTER, CAI_KHE),
]
USERS = {
    "an": ("officer", CAI_KHE),
    "binh": ("officer", CAI_KHE),
    "chi": ("commander", CAI_KHE),
    "tam": ("team_member", QUARTER),
    "dung": ("officer", PHONG_DIEN),
    "giang": ("coordinator", CITY),
    "lan": ("leader", CITY),
    "quan": ("admin", CITY),
}


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One user on one device, with a token."""

    user: str
    device: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def build_world(app: Flask) -> None:
    """Areas, users and their assignments."""
    paths: dict[str | None, str] = {None: ""}
    areas = []
    for area, code, kind, word, name, parent, partition in AREAS:
        paths[area] = f"{paths[parent]}{area}/"
        areas.append({
            "id": area, "code": code, "kind": kind, "type_word": word, "name": name, "full_name": f"{word} {name}",
            "folded": fold(f"{word} {name}"), "parent": parent, "path": paths[area], "partition": partition, "lat_e6": None,
            "lon_e6": None, "valid_from": "2025-07-01", "valid_to": None, "changed_ms": 0,
        })  # fmt: skip
    users = [
        {"id": id_of(u), "username": u, "name": f"Đồng chí {u}", "password_hash": "-", "created_ms": 0} for u in USERS
    ]
    grants = [
        {"id": id_of(f"grant {u}"), "user": id_of(u), "role": role, "area": area} for u, (role, area) in USERS.items()
    ]
    with app.app_context(), writing() as connection:
        connection.execute(insert(Area), areas)
        connection.execute(insert(User), users)
        connection.execute(insert(Assignment), grants)


def sign_in(app: Flask, user: str, device: str) -> SignedIn:
    """Register `device` (16 characters `[a-z2-7]`) for a user and open a session in token mode."""
    door = Ambient()
    with app.app_context(), writing() as connection:
        now_ms = door.now_ms()
        row = {"id": device, "user": id_of(user), "name": f"Máy của {user}", "registered_ms": now_ms}
        connection.execute(insert(Device), [row])
        _, tokens = open_session(connection, id_of(user), device, "token", now_ms, door)
    return SignedIn(id_of(user), device, tokens.access)
