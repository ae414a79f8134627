"""Adding many hamlets and groups at once: an error per row, the other rows are added, a second time nothing is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, insert

from backend.errors import sentence
from backend.models import Area
from backend.services.access import COMMUNE_KINDS
from backend.services.area_file import FileRow
from backend.services.area_names import NAME_CHARACTERS_MAX, full_name, name_of, tidy_name
from backend.services.areas import HAMLET_KINDS, TYPE_WORDS, AnyRow, claim_change, invalid, new_row, subtree
from sync.fold import fold

ROWS_PER_INSERT: Final = 500
# what a unit writes in the column "loại", folded
KIND_WORDS: Final = {
    "ap": ("hamlet", "Ấp"), "hamlet": ("hamlet", "Ấp"), "thon": ("hamlet", "Thôn"),
    "khu vuc": ("quarter", "Khu vực"), "kv": ("quarter", "Khu vực"), "quarter": ("quarter", "Khu vực"),
    "khom": ("quarter", "Khóm"), "khu pho": ("quarter", "Khu phố"),
    "to": ("group", "Tổ"), "group": ("group", "Tổ"), "to tu quan": ("group", "Tổ"),
    "to nhan dan tu quan": ("group", "Tổ"),
}  # fmt: skip


@dataclass(slots=True)
class Place:
    """An area of the unit while the file is read."""

    id: str
    path: str
    partition: str


@dataclass(slots=True)
class Unit:
    """The unit as it will be: what it has, and what the rows so far add."""

    root: Place
    taken: set[tuple[str, str]] = field(default_factory=set)
    hamlets: dict[str, Place] = field(default_factory=dict)


def import_areas(
    connection: Connection,
    commune: AnyRow,
    rows: Sequence[FileRow],
    new_id: Callable[[], str],
    now_ms: int,
    *,
    dry_run: bool,
) -> dict[str, Any]:
    """Judge each row, add the good ones unless it is a dry run, and say what became of each."""
    if commune.kind not in COMMUNE_KINDS:
        raise invalid("/parent")
    changed_ms = claim_change(connection, commune, now_ms)
    unit = _read_unit(connection, commune)
    outcomes: list[dict[str, Any]] = []
    added: list[dict[str, Any]] = []
    for row in rows:
        outcome, columns = _judge(row, unit, new_id, changed_ms)
        outcomes.append(outcome)
        added += [columns] if columns else []
    if not dry_run:
        for start in range(0, len(added), ROWS_PER_INSERT):
            connection.execute(insert(Area), added[start : start + ROWS_PER_INSERT])
    counts = {name: sum(1 for o in outcomes if o["outcome"] == name) for name in ("added", "exists", "error")}
    return {
        "rows": outcomes,
        "added": counts["added"],
        "exists": counts["exists"],
        "errors": counts["error"],
        "dry_run": dry_run,
    }


def _read_unit(connection: Connection, commune: AnyRow) -> Unit:
    unit = Unit(Place(commune.id, commune.path, commune.partition))
    for area in subtree(connection, commune.path):
        unit.taken.add((area.parent or "", area.full_name.lower()))
        if area.kind in HAMLET_KINDS:
            _remember_hamlet(unit, area.type_word, area.name, Place(area.id, area.path, area.partition))
    return unit


def _remember_hamlet(unit: Unit, type_word: str, name: str, place: Place) -> None:
    """A group may name its hamlet in full or by its bare name, when only one hamlet has that."""
    for key in (fold(full_name(type_word, name)), fold(name)):
        unit.hamlets.setdefault(key, place)


def _judge(
    row: FileRow, unit: Unit, new_id: Callable[[], str], now_ms: int
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    kind, type_word = KIND_WORDS.get(fold(row.kind), (None, ""))
    if code := _fault(row, kind):
        return _outcome(row, kind, "error", code), None
    parent = _parent_of(row, str(kind), unit)
    if parent is None:
        return _outcome(row, kind, "error", "row-parent-unknown"), None
    key = (parent.id, full_name(type_word, tidy_name(row.name)).lower())
    if key in unit.taken:
        return _outcome(row, kind, "exists", "row-name-taken"), None
    columns = new_row(parent, str(kind), type_word, row.name, new_id(), now_ms)
    unit.taken.add(key)
    if kind in HAMLET_KINDS:
        _remember_hamlet(unit, type_word, columns["name"], Place(columns["id"], columns["path"], columns["partition"]))
    return _outcome(row, kind, "added", None), columns


def _fault(row: FileRow, kind: str | None) -> str | None:
    if not row.name:
        return "row-name-missing"
    if kind is None:
        return "row-kind-unknown"
    return "row-value-invalid" if name_of(row.name) is None or kind not in TYPE_WORDS else None


def _parent_of(row: FileRow, kind: str, unit: Unit) -> Place | None:
    """A hamlet lies in the unit, whatever its column says of it; a group in a hamlet of the unit."""
    return unit.root if kind in HAMLET_KINDS else unit.hamlets.get(fold(row.parent))


def _outcome(row: FileRow, kind: str | None, outcome: str, code: str | None) -> dict[str, Any]:
    detail = sentence(code, {"field": "ten"})[1] if code else None
    name = row.name.encode("utf-8", "replace").decode().replace("\0", "")[:NAME_CHARACTERS_MAX]
    return {"row": row.number, "name": name, "kind": kind, "outcome": outcome, "code": code, "detail": detail}
