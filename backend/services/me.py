"""Who is signed in, as the phone shows it."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, select

from backend.models import Area, Device
from backend.services.access import UNIT_ROLES, Actor


def keeps_tracks(connection: Connection, actor: Actor, units: Collection[str]) -> bool:
    """Whether a unit that this user patrols for has turned tracks on; `units`: the codes of those that have."""
    own = [grant.partition for grant in actor.grants if grant.role in UNIT_ROLES]
    codes = connection.execute(select(Area.code).where(Area.id.in_(own))).scalars()
    return any(code in units for code in codes)


def describe_actor(connection: Connection, actor: Actor, expires_ms: int, now_ms: int) -> dict[str, Any]:
    """User, device and the seconds that the access token is still good."""
    ids = list(dict.fromkeys(grant.area for grant in actor.grants))
    rows = connection.execute(select(Area.id, Area.code, Area.full_name).where(Area.id.in_(ids)).order_by(Area.path))
    areas = [{"id": row.id, "code": row.code, "name": row.full_name} for row in rows]
    device = connection.execute(select(Device.name, Device.state).where(Device.id == actor.device)).one()
    return {
        "user": {
            "id": actor.user,
            "username": actor.username,
            "name": actor.name,
            "role": actor.role,
            "areas": areas,
        },
        "device": {"id": actor.device, "name": device.name, "state": device.state},
        "expires_s": max(0, -(-(expires_ms - now_ms) // 1000)),
    }
