"""All provinces and communes of Vietnam since 1 July 2025, and what they were called before (backend/areas/)."""

import csv
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy import Connection, insert, select

from backend.models import Area, AreaCode, FormerName
from backend.services.areas import former_text, touch_areas
from sync.fold import fold

FOLDER: Final = Path(__file__).resolve().parents[1] / "areas"
# never to be changed: the ids of all imported areas follow from it
NAMESPACE: Final = UUID("8d1f5c0e-6a43-4d5b-9c1e-2f7b1a90d4e6")
KINDS: Final = {"Thành phố": "city", "Tỉnh": "province", "Xã": "commune", "Phường": "ward", "Đặc khu": "special"}
IN_FORCE_FROM: Final = "2025-07-01"
BATCH: Final = 400


def area_id(code: str) -> str:
    """The id of the area that had this code at the first import."""
    return str(uuid5(NAMESPACE, code))


def count_units() -> int:
    """How many areas `load_units` goes through."""
    return len(_read("vietnam_units.csv"))


def load_units(connection: Connection, now_ms: int) -> Iterator[int]:
    """Add the areas that are not there, then the former names; yields how many were looked at since the last."""
    known = set(connection.execute(select(Area.id)).scalars())
    # provinces stand before communes in the file, so that a parent is there before its child
    units = _read("vietnam_units.csv")
    for start in range(0, len(units), BATCH):
        batch = units[start : start + BATCH]
        new = [unit for unit in batch if area_id(unit["code"]) not in known]
        if new:
            connection.execute(insert(Area), [_area(unit, now_ms) for unit in new])
            connection.execute(insert(AreaCode), [_code(unit) for unit in new])
        yield len(batch)
    _load_former(connection, known, now_ms)


def _load_former(connection: Connection, told: set[str], now_ms: int) -> None:
    """The former names that are not there; `told` are the areas that somebody may have read without them."""
    known = set(connection.execute(select(FormerName.id)).scalars())
    rows = [_former(row) for row in _read("cantho_former_units.csv")]
    if new := [row for row in rows if row["id"] not in known]:
        connection.execute(insert(FormerName), new)
        touch_areas(connection, {row["area"] for row in new} & told, now_ms)


def _area(unit: dict[str, str], now_ms: int) -> dict[str, Any]:
    own, parent = area_id(unit["code"]), area_id(unit["parent_code"]) if unit["parent_code"] else None
    return {
        "id": own,
        "code": unit["code"],
        "kind": KINDS[unit["kind"]],
        "type_word": unit["kind"],
        "name": unit["name"],
        "full_name": unit["full_name"],
        "folded": fold(unit["full_name"]),
        "parent": parent,
        "path": f"{parent}/{own}/" if parent else f"{own}/",
        "partition": own,
        "lat_e6": _e6(unit["lat"]),
        "lon_e6": _e6(unit["lon"]),
        "valid_from": IN_FORCE_FROM,
        "changed_ms": now_ms,
    }


def _code(unit: dict[str, str]) -> dict[str, Any]:
    return {"code": unit["code"], "area": area_id(unit["code"]), "valid_from": IN_FORCE_FROM}


def _former(row: dict[str, str]) -> dict[str, Any]:
    text = former_text(row["former_commune"], row["former_district"], row["former_province"], None)
    return {
        "id": str(uuid5(NAMESPACE, f"{row['code']}/{text}")),
        "area": area_id(row["code"]),
        "name": row["former_commune"],
        "folded": fold(text),
        "district": row["former_district"] or None,
        "province": row["former_province"] or None,
        "note": row["note"] or None,
    }


def _e6(degrees: str) -> int | None:
    return int(Decimal(degrees) * 1_000_000) if degrees else None


def _read(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
