"""The tree of areas: reading it, and writing below the commune. Everyone signed in reads; few write."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy import Connection, Row, Select, delete, func, insert, or_, select, update

from backend.errors import ProblemError
from backend.i18n import pgettext
from backend.models import Area, AreaCode, FormerName, Server
from backend.services.access import CITY_KINDS, COMMUNE_KINDS, Actor
from backend.services.area_names import full_name, tidy_name
from sync.fold import fold

AnyRow = Row[*tuple[Any, ...]]

HAMLET_KINDS: Final = ("hamlet", "quarter")
LOCAL_KINDS: Final = (*HAMLET_KINDS, "group")
LEVELS: Final = (CITY_KINDS, COMMUNE_KINDS, HAMLET_KINDS, ("group",))
KINDS: Final = tuple(kind for level in LEVELS for kind in level)
TYPE_WORDS: Final = {"hamlet": "Ấp", "quarter": "Khu vực", "group": "Tổ"}
# a page of `in (…)` stays below SQLite's limit of bound values
CHUNK: Final = 500


def parent_kinds(kind: str) -> tuple[str, ...]:
    """Kinds of area that one of this kind may lie in."""
    level = next(number for number, kinds in enumerate(LEVELS) if kind in kinds)
    return LEVELS[level - 1] if level else ()


def find_area(connection: Connection, area: str) -> AnyRow:
    """Raises `not-found`."""
    row = connection.execute(select(*Area.__table__.columns).where(Area.id == area)).first()
    if row is None:
        raise ProblemError("not-found")
    return row


def list_areas(
    connection: Connection,
    code: str | None,
    parent: str | None,
    path: str | None,
    after: list[Any] | None,
    limit: int,
) -> list[AnyRow]:
    """Areas by folded name, at most `limit`, after the place (folded, id)."""
    query = select(*Area.__table__.columns).order_by(Area.folded, Area.id).limit(limit)
    if code is not None:
        query = query.where(Area.id.in_(select(AreaCode.area).where(AreaCode.code == code)))
    if parent is not None:
        query = query.where(Area.parent == parent)
    if path is not None:
        query = within(query, path)
    if after is not None:
        same = (Area.folded == after[0]) & (Area.id > after[1])
        query = query.where(or_(Area.folded > after[0], same))
    return list(connection.execute(query))


def within(query: Select[*tuple[Any, ...]], path: str) -> Select[*tuple[Any, ...]]:
    """Only the subtree of a path (ids and slashes: nothing that LIKE takes for a wildcard)."""
    return query.where(Area.path >= path, Area.path < f"{path[:-1]}0")


def subtree_tag(connection: Connection, path: str) -> str:
    """Changes whenever an area of the subtree does: in each partition a change is later than all before it
    (`claim_change`), so that the sum of the newest only grows, whatever clocks do."""
    newest = func.max(Area.changed_ms).label("newest")
    each = within(select(func.count().label("areas"), newest), path).group_by(Area.partition).subquery()
    count, changed_ms = connection.execute(select(func.sum(each.c.areas), func.sum(each.c.newest))).one()
    epoch = connection.execute(select(Server.epoch)).scalar()
    return f"{path.rsplit('/', 2)[-2]}.{epoch}.{count}.{changed_ms}"


def claim_change(connection: Connection, area: Any, now_ms: int) -> int:
    """The time of a change at `area`, later than every other of its partition.

    Takes a lock on the partition and the parent until the end of the transaction: writers wait for each other."""
    rows = select(Area.id).where(Area.id.in_({area.partition, area.parent or area.id})).order_by(Area.path)
    connection.execute(rows.with_for_update(key_share=True))
    newest = connection.execute(select(func.max(Area.changed_ms)).where(Area.partition == area.partition)).scalar()
    return max(now_ms, (newest or 0) + 1)


def touch_areas(connection: Connection, areas: Iterable[str], now_ms: int) -> None:
    """Mark areas as changed, when something that is told with them did."""
    for area in sorted(find_areas(connection, areas), key=lambda row: row.path):
        changed_ms = claim_change(connection, area, now_ms)
        connection.execute(update(Area).where(Area.id == area.id).values(changed_ms=changed_ms))


def find_areas(connection: Connection, areas: Iterable[str]) -> list[AnyRow]:
    """Those of these areas that are there."""
    ids = sorted(set(areas))
    found: list[AnyRow] = []
    for start in range(0, len(ids), CHUNK):
        query = select(*Area.__table__.columns).where(Area.id.in_(ids[start : start + CHUNK]))
        found += connection.execute(query).all()
    return found


def subtree(connection: Connection, path: str) -> list[AnyRow]:
    """The area of a path and everything below, parents first."""
    return list(connection.execute(within(select(*Area.__table__.columns), path).order_by(Area.path)))


def describe(connection: Connection, rows: Iterable[AnyRow]) -> list[dict[str, Any]]:
    """Areas on the wire, with their former names."""
    rows = list(rows)
    former = former_names(connection, [row.id for row in rows])
    return [{**row._asdict(), "former_names": former.get(row.id, [])} for row in rows]


def former_names(connection: Connection, areas: list[str]) -> dict[str, list[str]]:
    """What each area, or a part of it, was called before."""
    found: dict[str, list[str]] = defaultdict(list)
    for start in range(0, len(areas), CHUNK):
        query = select(FormerName.area, FormerName.name, FormerName.district, FormerName.province, FormerName.note)
        chunk = areas[start : start + CHUNK]
        for row in connection.execute(query.where(FormerName.area.in_(chunk)).order_by(FormerName.folded)):
            found[row.area].append(former_text(row.name, row.district, row.province, row.note))
    return found


def former_text(name: str, district: str | None, province: str | None, note: str | None) -> str:
    """ "Phường Bùi Hữu Nghĩa, Quận Bình Thủy, Thành phố Cần Thơ (một phần)"."""
    place = ", ".join(part for part in (name, district, province) if part)
    return f"{place} ({note})" if note else place


def require_writer(actor: Actor, area: AnyRow, *, below: bool) -> None:
    """Whether the actor may write `area`, or what lies directly below it.

    A role that writes no areas: `role-not-allowed`; an area outside the actor's own: `not-found`."""
    if not actor.has_role("admin", "commander"):
        raise ProblemError("role-not-allowed")
    inside = [grant for grant in actor.grants if area.path.startswith(grant.path)]
    if any(grant.role == "admin" for grant in inside):
        return
    unit = next((grant for grant in inside if grant.role == "commander"), None)
    if unit is None:
        raise ProblemError("not-found")
    if not below and area.kind not in LOCAL_KINDS:
        raise ProblemError("role-not-allowed")


def create_area(connection: Connection, parent: AnyRow, values: dict[str, Any], area_id: str, now_ms: int) -> AnyRow:
    """Add a hamlet, quarter or group. Raises `request-invalid` on a wrong parent, `id-taken` on a known name."""
    if parent.kind not in parent_kinds(values["kind"]):
        raise invalid("/parent")
    changed_ms = claim_change(connection, parent, now_ms)
    row = new_row(parent, values["kind"], values.get("type_word"), values["name"], area_id, changed_ms)
    refuse_taken_name(connection, parent.id, row["full_name"], None)
    connection.execute(insert(Area).values(**row))
    return find_area(connection, area_id)


def new_row(parent: Any, kind: str, type_word: str | None, name: str, area_id: str, now_ms: int) -> dict[str, Any]:
    """The columns of an area below the commune."""
    word = type_word or TYPE_WORDS[kind]
    full = full_name(word, tidy_name(name))
    return {
        "id": area_id,
        "code": None,
        "kind": kind,
        "type_word": word,
        "name": tidy_name(name),
        "full_name": full,
        "folded": fold(full),
        "parent": parent.id,
        "path": f"{parent.path}{area_id}/",
        "partition": parent.partition,
        "changed_ms": now_ms,
    }


def change_area(connection: Connection, area: AnyRow, values: dict[str, Any], now_ms: int) -> AnyRow:
    """Change an area in place; its place in the tree stays, and its old name finds it still.

    Raises `request-invalid`, `id-taken`."""
    changed_ms = claim_change(connection, area, now_ms)
    # as it is now that nobody else can change it
    area = find_area(connection, area.id)
    kind = values.get("kind", area.kind)
    if parent_kinds(kind) != parent_kinds(area.kind):
        raise invalid("/kind")
    word = values.get("type_word") or (area.type_word if kind == area.kind else TYPE_WORDS.get(kind, area.type_word))
    name = tidy_name(values.get("name", area.name))
    row = {**values, "name": name, "type_word": word, "full_name": full_name(word, name)}
    if _dates_are_reversed(row.get("valid_from", area.valid_from), row.get("valid_to", area.valid_to)):
        raise invalid("/valid_to")
    if row["full_name"] != area.full_name:
        refuse_taken_name(connection, area.parent, row["full_name"], area.id)
        remember_name(connection, area, row["full_name"])
    row |= {"folded": fold(row["full_name"]), "changed_ms": changed_ms}
    connection.execute(update(Area).where(Area.id == area.id).values(**row))
    return find_area(connection, area.id)


def remember_name(connection: Connection, area: AnyRow, new: str) -> None:
    """Keep the name that an area loses; one that it takes back is its present name and not a former one."""
    old_id, new_id = (str(uuid5(UUID(area.id), name)) for name in (area.full_name, new))
    connection.execute(delete(FormerName).where(FormerName.id.in_((old_id, new_id))))
    row = {"id": old_id, "area": area.id, "name": area.full_name, "folded": area.folded}
    connection.execute(insert(FormerName).values(**row))


def refuse_taken_name(connection: Connection, parent: str | None, name: str, own: str | None) -> None:
    """Raise `id-taken` when a sibling has this name. Tones make another name, case does not."""
    rows = connection.execute(select(Area.id, Area.full_name).where(Area.parent == parent, Area.folded == fold(name)))
    if any(row.full_name.lower() == name.lower() and row.id != own for row in rows):
        raise ProblemError("id-taken")


def invalid(pointer: str) -> ProblemError:
    """The refusal of one member."""
    detail = pgettext("member.invalid", "This value cannot be used.")
    return ProblemError("request-invalid", errors=[{"pointer": pointer, "code": "invalid", "detail": detail}])


def _dates_are_reversed(first: str | None, last: str | None) -> bool:
    return first is not None and last is not None and last < first
