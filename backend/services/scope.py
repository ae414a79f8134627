"""What a request is about: one area that the caller may read, and the partitions at, under or around it.

An area that is foreign and one that is absent are the same `not-found`."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from backend.errors import ProblemError
from backend.models import Area
from backend.services.access import FEED_ROLES, FIGURE_ROLES, RANKED_ROLES, Actor, Grant, scope_paths


@dataclass(frozen=True, slots=True)
class Scope:
    """An area, and the partitions whose records can be in it."""

    id: str
    path: str
    partition: str
    partitions: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether everything of its partitions is in it: a commune or a city, and nothing below."""
        return self.id == self.partition


def find_scope(connection: Connection, actor: Actor, roles: tuple[str, ...], area: str | None) -> Scope:
    """The scope of an area, by default the caller's own.

    Raises ProblemError: `role-not-allowed` without one of `roles`, `not-found`."""
    paths = scope_paths(actor, roles)
    if not paths:
        raise ProblemError("role-not-allowed")
    wanted = area or _own_grant(actor, roles).area
    row = connection.execute(select(Area.id, Area.path, Area.partition).where(Area.id == wanted)).first()
    if row is None or not any(row.path.startswith(path) for path in paths):
        raise ProblemError("not-found")
    if row.id != row.partition:
        return Scope(row.id, row.path, row.partition, (row.partition,))
    return Scope(row.id, row.path, row.partition, partitions_under(connection, [row.path]))


def find_figures_scope(connection: Connection, actor: Actor, area: str | None) -> tuple[Scope, str | None]:
    """The scope of figures, and whose records they are of when the caller may see the own only.

    A team member belongs to a hamlet but writes all over the unit: the unit is the default.

    Raises ProblemError: `role-not-allowed`, `not-found`."""
    if area is None and actor.has_role(*FIGURE_ROLES):
        own = _own_grant(actor, FIGURE_ROLES)
        area = own.area if own.role in FEED_ROLES else own.partition
    scope = find_scope(connection, actor, FIGURE_ROLES, area)
    sees_all = any(scope.path.startswith(path) for path in scope_paths(actor, FEED_ROLES))
    return scope, None if sees_all else actor.user


def partitions_under(connection: Connection, paths: Sequence[str]) -> tuple[str, ...]:
    """Partitions at or under the areas of these paths, ascending."""
    found: set[str] = set()
    for path in paths:
        query = select(Area.id).where(Area.path.startswith(path, autoescape=True), Area.partition == Area.id)
        found.update(connection.execute(query).scalars())
    return tuple(sorted(found))


def _own_grant(actor: Actor, roles: tuple[str, ...]) -> Grant:
    grants = [grant for grant in actor.grants if grant.role in roles]
    return min(grants, key=lambda grant: RANKED_ROLES.index(grant.role))
