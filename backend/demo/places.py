"""Hamlets, quarters and groups of three units. The names are plausible and not taken from any list."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid5

from sqlalchemy import Connection, insert, select

from backend.models import Area
from backend.services.area_geometry import import_geometry
from backend.services.area_units import NAMESPACE, area_id
from backend.services.areas import AnyRow, find_area, new_row
from backend.services.geometry_file import read_features

CITY_CODE: Final = "92"
GROUPS_PER_HAMLET: Final = 4
OUTLINES: Final = Path(__file__).with_name("made_up_outlines.geojson")
# stands beside every map that shows them
OUTLINES_SOURCE: Final = "hình mẫu để dùng thử, không phải ranh giới thật"
HAMLETS: Final = {
    "31120": ("quarter", [str(number) for number in range(1, 9)]),
    "31299": ("hamlet", [
        "Nhơn Lộc", "Nhơn Lộc 1", "Nhơn Lộc 2", "Nhơn Phú", "Nhơn Thọ", "Mỹ Lộc", "Mỹ Nhơn", "Thị Tứ"
    ]),
    "31594": ("hamlet", [
        "An Lộc", "Hòa Long", "Hòa Quới", "Châu Thành", "Phước Hòa", "Phú Ninh", "Tân Phước", "Tân An"
    ]),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemoUnit:
    """A unit with the ids below it: `groups` are (group, hamlet)."""

    code: str
    area: AnyRow
    hamlets: tuple[AnyRow, ...]
    groups: tuple[AnyRow, ...]


def load_places(connection: Connection, now_ms: int) -> None:
    """Add the hamlets and groups that are not there."""
    known = set(connection.execute(select(Area.id)).scalars())
    for code, (kind, names) in HAMLETS.items():
        unit = find_area(connection, area_id(code))
        rows: list[dict[str, Any]] = []
        for name in names:
            hamlet = new_row(unit, kind, None, name, _id(code, name), now_ms)
            rows.append(hamlet)
            rows += [_group(code, name, hamlet, number, now_ms) for number in range(1, GROUPS_PER_HAMLET + 1)]
        if new := [row for row in rows if row["id"] not in known]:
            connection.execute(insert(Area), new)


def load_outlines(connection: Connection, now_ms: int) -> None:
    """Outlines of one unit and its quarters, of no real place."""
    features = read_features(OUTLINES.read_bytes(), "code", "hamlet")
    if faults := import_geometry(connection, features, OUTLINES_SOURCE, now_ms, dry_run=False).faults:
        raise ValueError(faults[0])


def first_hamlet(code: str) -> str:
    """The id of a unit's first hamlet or quarter."""
    return _id(code, HAMLETS[code][1][0])


def read_units(connection: Connection) -> list[DemoUnit]:
    """The three units as they stand."""
    units = []
    for code in HAMLETS:
        area = find_area(connection, area_id(code))
        below = connection.execute(
            select(*Area.__table__.columns)
            .where(Area.partition == area.id, Area.id != area.id)
            .order_by(Area.folded, Area.path)
        ).all()
        hamlets = tuple(row for row in below if row.parent == area.id)
        units.append(DemoUnit(code, area, hamlets, tuple(row for row in below if row.kind == "group")))
    return units


@dataclass(frozen=True, slots=True)
class _Parent:
    id: str
    path: str
    partition: str


def _group(code: str, name: str, hamlet: dict[str, Any], number: int, now_ms: int) -> dict[str, Any]:
    parent = _Parent(hamlet["id"], hamlet["path"], hamlet["partition"])
    return new_row(parent, "group", None, str(number), _id(code, f"{name}/{number}"), now_ms)


def _id(code: str, name: str) -> str:
    return str(uuid5(NAMESPACE, f"demo/{code}/{name}"))
