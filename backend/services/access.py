"""The policy: who may see and write what, as of now. Every other module asks here (P19, P27, P28).

Roles and their rights are those of docs on records: a unit is a commune's police, its city the area above.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection, Row, and_, bindparam, or_, select

from backend.models import Area, Assignment, Device, User
from sync.kinds import KINDS

COMMUNE_KINDS = ("commune", "ward", "special")
CITY_KINDS = ("city", "province")
# strongest first: a user with several roles in one partition acts in the first
RANKED_ROLES = ("coordinator", "commander", "officer", "team_member", "leader", "admin")
UNIT_ROLES = ("officer", "team_member", "commander")
FEED_ROLES = ("officer", "commander", "coordinator", "leader")
FIGURE_ROLES = (*FEED_ROLES, "team_member")
IS_IN_FORCE: Final = and_(
    or_(Assignment.from_on.is_(None), Assignment.from_on <= bindparam("today")),
    or_(Assignment.to_on.is_(None), Assignment.to_on >= bindparam("today")),
)
GRANTED: Final = (Assignment.role, Area.id, Area.path, Area.partition, Area.kind)
GRANTS: Final = (
    select(*GRANTED)
    .join(Area, Area.id == Assignment.area)
    .join(User, User.id == Assignment.user)
    .where(Assignment.user == bindparam("of_user"), User.disabled_ms.is_(None), IS_IN_FORCE)
    .order_by(Assignment.role, Area.id)
)
DEVICE_STATE: Final = select(Device.state).where(Device.id == bindparam("of_device"))
PARTITIONS: Final = select(Area.id, Area.code, Area.full_name, Area.merged_into)
PARTITION: Final = PARTITIONS.where(Area.id == bindparam("partition"))
PARTITIONS_ABOVE: Final = PARTITIONS.where(Area.id.in_(bindparam("ids", expanding=True)), Area.partition == Area.id)
PARTITIONS_OF_CITY: Final = PARTITIONS.where(
    or_(Area.id == bindparam("city"), Area.parent == bindparam("city")), Area.partition == Area.id
)


@dataclass(frozen=True, slots=True)
class Grant:
    """One assignment in force today."""

    role: str
    area: str
    path: str
    partition: str
    kind: str


@dataclass(frozen=True, slots=True)
class Actor:
    """The signed-in user on one device."""

    user: str
    username: str
    name: str
    device: str
    device_state: str
    session: str
    grants: tuple[Grant, ...]

    @property
    def role(self) -> str:
        """The strongest role in force; empty when none is."""
        roles = {grant.role for grant in self.grants}
        return next((role for role in RANKED_ROLES if role in roles), "")

    def has_role(self, *roles: str) -> bool:
        return any(grant.role in roles for grant in self.grants)


@dataclass(frozen=True, slots=True)
class PartitionAccess:
    """A partition that the actor sees, and in which role."""

    id: str
    code: str
    name: str
    access: str
    role: str


def grants_of(connection: Connection, user: str, today: str) -> tuple[Grant, ...]:
    """Assignments of a user in force on `today` (YYYY-MM-DD, Asia/Ho_Chi_Minh); none for a disabled account."""
    return tuple(Grant(*row) for row in connection.execute(GRANTS, {"of_user": user, "today": today}))


def refresh_actor(connection: Connection, actor: Actor, today: str) -> Actor:
    """The same caller with the device's state and the grants as they are now."""
    state = connection.execute(DEVICE_STATE, {"of_device": actor.device}).scalar_one()
    return replace(actor, device_state=state, grants=grants_of(connection, actor.user, today))


def partitions_of(connection: Connection, actor: Actor) -> dict[str, PartitionAccess]:
    """All partitions that the actor may see now, by id (the list of P19)."""
    found: dict[str, PartitionAccess] = {}
    for grant in sorted(actor.grants, key=lambda g: RANKED_ROLES.index(g.role)):
        for area, granted in _partitions_of_grant(connection, grant):
            # what was merged away is only read: what is recorded for it belongs to the one that took it in (P27)
            access = "read" if area.merged_into is not None else granted
            known = found.get(area.id)
            if known is None or (known.access == "read" and access == "write"):
                found[area.id] = PartitionAccess(area.id, area.code or "", area.full_name, access, grant.role)
    return dict(sorted(found.items()))


def _partitions_of_grant(
    connection: Connection, grant: Grant
) -> Iterable[tuple[Row[str, str | None, str, str | None], str]]:
    if grant.role == "admin":
        return []
    if grant.role in UNIT_ROLES:
        ids = [part for part in grant.path.split("/") if part]
        rows = connection.execute(PARTITIONS_ABOVE, {"ids": ids})
        return [(row, "write" if row.id == grant.partition else "read") for row in rows]
    access = "write" if grant.role == "coordinator" else "read"
    if grant.kind in CITY_KINDS:
        rows = connection.execute(PARTITIONS_OF_CITY, {"city": grant.area})
    else:
        rows = connection.execute(PARTITION, {"partition": grant.partition})
    return [(row, access) for row in rows]


def may_write(kind: str, access: PartitionAccess | None) -> bool:
    """Whether an operation on a record of this kind in this partition is granted (P28)."""
    spec = KINDS.get(kind)
    return access is not None and access.access == "write" and spec is not None and access.role in spec.writers


def scope_paths(actor: Actor, roles: tuple[str, ...]) -> list[str]:
    """Paths of the subtrees whose activity the actor may read in one of `roles`."""
    paths = []
    for grant in actor.grants:
        if grant.role in roles:
            unit_path = grant.path[: grant.path.index(grant.partition) + len(grant.partition) + 1]
            paths.append(unit_path)
    return sorted(set(paths))
