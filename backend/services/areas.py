"""The tree of areas: reading it, and writing below the commune. Everyone signed in reads; few write."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, func, insert, or_, select, update

from backend.errors import ProblemError
from backend.i18n import pgettext
from backend.models import Area, AreaCode, FormerName
from backend.services.access import CITY_KINDS, COMMUNE_KINDS, Actor
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


def full_name(type_word: str, name: str) -> str:
    """ "Khu vực" and "1" make "Khu vực 1"; a name that already begins with the word is left as it is."""
    return name if name.lower().startswith(f"{type_word} ".lower()) else f"{type_word} {name}".strip()


def tidy_name(text: str) -> str:
    """A name as it is stored: NFC, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


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
    """Changes whenever an area of the subtree does."""
    query = within(select(func.count(), func.max(Area.changed_ms)), path)
    count, changed_ms = connection.execute(query).one()
    return f"{path.rsplit('/', 2)[-2]}.{count}.{changed_ms}"


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
    # a lock on the parent: two requests that add the same name wait for each other
    connection.execute(select(Area.id).where(Area.id == parent.id).with_for_update())
    row = new_row(parent, values["kind"], values.get("type_word"), values["name"], area_id, now_ms)
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
    """Change an area in place; its place in the tree stays. Raises `request-invalid`, `id-taken`."""
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
    row |= {"folded": fold(row["full_name"]), "changed_ms": max(now_ms, area.changed_ms + 1)}
    connection.execute(update(Area).where(Area.id == area.id).values(**row))
    return find_area(connection, area.id)


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
