"""Devices of the people whom a caller oversees."""

from typing import Any, Final

from sqlalchemy import Connection, func, select, tuple_

from backend.errors import ProblemError
from backend.models import Area, Assignment, Device, User
from backend.services.access import IS_IN_FORCE, Actor, scope_paths
from backend.services.held import OVERSEERS
from backend.services.keyset import decode_place, encode_place
from backend.services.scope import partitions_under
from sync.days import day_of

LOST_MS: Final = func.coalesce(Device.lost_store_ms, 0)


def list_devices(
    connection: Connection, actor: Actor, *, only_lost: bool, before: str | None, limit: int, now_ms: int
) -> dict[str, Any]:
    """Devices of people with a role there now, those first that have lately lost what they had stored; `only_lost`: no
    others.

    Raises ProblemError: `role-not-allowed`, `parameter-invalid`."""
    if not actor.has_role(*OVERSEERS):
        raise ProblemError("role-not-allowed")
    units = partitions_under(connection, scope_paths(actor, OVERSEERS))
    people = select(Assignment.user).join(Area, Area.id == Assignment.area)
    people = people.where(Area.partition.in_(units), IS_IN_FORCE)
    shown = *Device.__table__.columns, User.name.label("user_name")
    query = select(*shown).join(User, User.id == Device.user).where(Device.user.in_(people))
    if only_lost:
        query = query.where(Device.lost_store_ms.is_not(None))
    if before is not None:
        query = query.where(tuple_(LOST_MS, Device.id) < tuple(decode_place(before, (int, str), "before")))
    query = query.order_by(LOST_MS.desc(), Device.id.desc()).limit(limit + 1)
    rows = connection.execute(query, {"today": day_of(now_ms)}).all()
    last = rows[limit - 1] if len(rows) > limit else None
    following = encode_place((last.lost_store_ms or 0, last.id)) if last else None
    return {"items": [_shown(row) for row in rows[:limit]], "next": following}


def _shown(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "user": {"id": row.user, "name": row.user_name},
        "state": row.state,
        "last_sync_ms": row.last_sync_ms,
        "holds": row.holds,
        "lost_store_ms": row.lost_store_ms,
    }
