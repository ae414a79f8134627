"""Communes merged into others, and hamlets that change their commune: only here does a record move (P27).

Administrative work, one transaction each: phones that push meanwhile wait, and are told to try again."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, update

from backend.ambient import Ambient
from backend.errors import ProblemError
from backend.models import IS_CLOSED, IS_HELD, Area, Assignment, DailyFigure, FormerName, Operation, Record
from backend.services.access import COMMUNE_KINDS
from backend.services.areas import HAMLET_KINDS, AnyRow, claim_change, find_area, subtree
from backend.services.merging import move_records, place_anew
from backend.services.push import lock_counters
from sync.days import date_of
from sync.fold import fold

# as many as one statement carries without a long list of parameters
MOVED_AT_ONCE: Final = 500


def merge_communes(connection: Connection, source: str, into: str, on: date, now_ms: int, ambient: Ambient) -> int:
    """Commune `source` becomes part of `into` as of day `on`, today or earlier; answers how many records moved.

    Its hamlets, its people's roles and its records go over; what phones still record for it follows them.
    Raises ProblemError `not-found`, `transition-illegal` (not two communes, merged already, a day to come)."""
    old, new = _locked(connection, source, into)
    is_possible = old.kind in COMMUNE_KINDS and new.kind in COMMUNE_KINDS and old.id != new.id
    if not is_possible or old.merged_into is not None or new.merged_into is not None or on > date_of(now_ms):
        raise ProblemError("transition-illegal")
    within = [row.id for row in subtree(connection, old.path)]
    for area in [row for row in subtree(connection, old.path) if row.parent == old.id]:
        _hang(connection, area, new, now_ms)
    closed = {"merged_into": new.id, "valid_to": (on - timedelta(days=1)).isoformat()}
    changed_ms = claim_change(connection, old, now_ms)
    connection.execute(update(Area).where(Area.id == old.id).values(**closed, changed_ms=changed_ms))
    _remember_name(connection, old, new, ambient)
    _hand_over_roles(connection, old.id, new.id, on, ambient)
    whole = select(Record.id).where(Record.partition == old.id)
    moved = _move_all(connection, whole, old.id, new.id, now_ms, ambient)
    _hand_over_held(connection, old.id, new.id)
    _place_those_that_name(connection, within, new.id, now_ms, ambient)
    return moved


def move_hamlet(connection: Connection, hamlet: str, to: str, now_ms: int, ambient: Ambient) -> int:
    """A hamlet, with its groups, becomes part of commune `to`; answers how many records moved.

    Records placed there go over with everything that belongs to them; those placed at the commune itself stay, and
    what is placed there of them counts at the commune from now on.
    Raises ProblemError `not-found`, `transition-illegal`."""
    old = find_area(connection, hamlet).partition
    _, new = _locked(connection, old, to)
    area = find_area(connection, hamlet)
    if area.kind not in HAMLET_KINDS or new.kind not in COMMUNE_KINDS or new.id in (area.partition, area.id):
        raise ProblemError("transition-illegal")
    if area.partition != old or new.merged_into is not None:
        raise ProblemError("transition-illegal")
    within = [row.id for row in subtree(connection, area.path)]
    _hang(connection, area, new, now_ms)
    placed = select(Record.id).where(
        Record.partition == old, Record.area.in_(within), Record.family == Record.id
    )  # fmt: skip
    moved = _move_all(connection, placed, old, new.id, now_ms, ambient)
    left = select(Record.id).where(Record.partition == old, Record.area.in_(within))
    _place_all(connection, list(connection.execute(left).scalars()), old, now_ms, ambient)
    _place_those_that_name(connection, within, new.id, now_ms, ambient)
    return moved


def _hang(connection: Connection, area: AnyRow, under: AnyRow, now_ms: int) -> None:
    """Put an area and all below it under another commune."""
    changed_ms = max(claim_change(connection, under, now_ms), claim_change(connection, area, now_ms))
    new_path = f"{under.path}{area.id}/"
    below = Area.path >= area.path, Area.path < f"{area.path[:-1]}0"
    ids = [row.id for row in subtree(connection, area.path)]
    moved_path = func.replace(Area.path, area.path, new_path)
    moved = update(Area).where(*below).values(path=moved_path, partition=under.id, changed_ms=changed_ms)
    connection.execute(moved.execution_options(synchronize_session=False))
    connection.execute(update(Area).where(Area.id == area.id).values(parent=under.id))
    for start in range(0, len(ids), MOVED_AT_ONCE):
        some = DailyFigure.area.in_(ids[start : start + MOVED_AT_ONCE])
        connection.execute(update(DailyFigure).where(some).values(partition=under.id))


def _remember_name(connection: Connection, old: AnyRow, new: AnyRow, ambient: Ambient) -> None:
    row = {"id": ambient.uuid(), "area": new.id, "name": old.full_name, "folded": fold(old.full_name)}
    connection.execute(insert(FormerName), [row])


def _hand_over_roles(connection: Connection, old: str, new: str, on: date, ambient: Ambient) -> None:
    """Roles in force go on in the new commune; what they were before `on` stays on record."""
    day = on.isoformat()
    in_force = connection.execute(
        select(Assignment).where(Assignment.area == old).where((Assignment.to_on.is_(None)) | (Assignment.to_on >= day))
    ).all()
    rows: list[dict[str, Any]] = [
        {"id": ambient.uuid(), "user": row.user, "role": row.role, "area": new, "from_on": day, "to_on": row.to_on}
        for row in in_force
    ]
    ended = update(Assignment).where(Assignment.id.in_([row.id for row in in_force]))
    connection.execute(ended.values(to_on=(on - timedelta(days=1)).isoformat()))
    if rows:
        connection.execute(insert(Assignment), rows)


def _move_all(connection: Connection, roots: Any, old: str, to: str, now_ms: int, ambient: Ambient) -> int:
    """Move records from one commune to another, with all that hangs on them."""
    ids = _with_descendants(connection, list(connection.execute(roots.order_by(Record.seq)).scalars()), old)
    for start in range(0, len(ids), MOVED_AT_ONCE):
        some = ids[start : start + MOVED_AT_ONCE]
        move_records(connection, some, to, now_ms, ambient)
        _hand_over(connection, Operation.record.in_(some), to)
    _place_those_that_waited(connection, ids, to, now_ms, ambient)
    return len(ids)


def _place_those_that_waited(
    connection: Connection, parents: Sequence[str], to: str, now_ms: int, ambient: Ambient
) -> None:
    """Records that were there before their parents take place, day and campaign from them now."""
    moved = set(parents)
    for start in range(0, len(parents), MOVED_AT_ONCE):
        some = Record.parent.in_(parents[start : start + MOVED_AT_ONCE])
        found = connection.execute(select(Record.id).where(some, Record.partition == to).order_by(Record.seq)).scalars()
        waited = [child for child in found if child not in moved]
        for at in range(0, len(waited), MOVED_AT_ONCE):
            place_anew(connection, waited[at : at + MOVED_AT_ONCE], now_ms, ambient)


def _locked(connection: Connection, one: str, other: str) -> tuple[AnyRow, AnyRow]:
    """Two areas as they stand once nobody else writes into either: another move may have come in between."""
    find_area(connection, one), find_area(connection, other)
    lock_counters(connection, [one, other])
    return find_area(connection, one), find_area(connection, other)


def _hand_over_held(connection: Connection, old: str, new: str) -> None:
    """What is held of the old unit's people is the new commander's to decide, and its cause may be gone (P15)."""
    _hand_over(connection, Operation.unit == old, new)
    # it names the commune that is gone, wherever it was held
    connection.execute(update(Operation).where(Operation.unit == new, IS_HELD).values(judged_under=""))


def _hand_over(connection: Connection, those: ColumnElement[bool], to: str) -> None:
    """What is held or closed is for the commander of unit `to`; what is held is judged again, as its cause may be
    gone: its author may write where the record lives now (P15)."""
    connection.execute(update(Operation).where(those, IS_HELD).values(unit=to, judged_under=""))
    connection.execute(update(Operation).where(those, IS_CLOSED).values(unit=to))


def _place_those_that_name(
    connection: Connection, areas: Sequence[str], partition: str, now_ms: int, ambient: Ambient
) -> None:
    """Records of a commune that named areas before they were its own count there now."""
    for start in range(0, len(areas), MOVED_AT_ONCE):
        is_named = or_(*[Record.wire.contains(area, autoescape=True) for area in areas[start : start + MOVED_AT_ONCE]])
        found = select(Record.id).where(Record.partition == partition, Record.area == partition, is_named)
        _place_all(connection, list(connection.execute(found).scalars()), partition, now_ms, ambient)


def _place_all(connection: Connection, ids: Sequence[str], partition: str, now_ms: int, ambient: Ambient) -> None:
    """With what takes its place from them."""
    every = _with_descendants(connection, ids, partition)
    for start in range(0, len(every), MOVED_AT_ONCE):
        place_anew(connection, every[start : start + MOVED_AT_ONCE], now_ms, ambient)


def _with_descendants(connection: Connection, ids: Sequence[str], partition: str) -> list[str]:
    """Parents before their children, each once: a child of another partition stays there."""
    found = dict.fromkeys(ids)
    newest = list(found)
    while newest:
        following: list[str] = []
        for start in range(0, len(newest), MOVED_AT_ONCE):
            parents = newest[start : start + MOVED_AT_ONCE]
            children = select(Record.id).where(Record.parent.in_(parents), Record.partition == partition)
            ids_found = connection.execute(children.order_by(Record.seq)).scalars()
            following += [child for child in ids_found if child not in found]
        found |= dict.fromkeys(following)
        newest = following
    return list(found)
