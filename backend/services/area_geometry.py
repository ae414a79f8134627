"""Where areas lie: put in from a file by an operator, read by phones for their map."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from sqlalchemy import Connection, or_, select

from backend.models import Area, AreaGeometry
from backend.services.areas import HAMLET_KINDS, AnyRow
from backend.services.geometry_file import Feature
from backend.services.upsert import insert_or_update
from sync.fold import fold

# of one area; a commune of 20 m is a few kilobytes
GEOMETRY_BYTES_MAX: Final = 256 * 1024
SOURCE_CHARACTERS_MAX: Final = 200


@dataclass(slots=True)
class Outcome:
    """What became of a file: areas whose geometry is new, those that had it, and faults by feature."""

    stored: int = 0
    same: int = 0
    faults: list[str] = field(default_factory=list)


def import_geometry(
    connection: Connection, features: Iterable[Feature], source: str, now_ms: int, *, dry_run: bool
) -> Outcome:
    """Store the geometry of each area that a feature without fault is of; the last file that has an area wins."""
    outcome, rows = Outcome(), dict[str, dict[str, Any]]()
    for feature in features:
        area = None if feature.fault else _area_of(connection, feature)
        text = orjson.dumps(feature.geometry).decode()
        fault = feature.fault or _fault(area, area in rows, len(text))
        if fault or area is None:
            outcome.faults.append(f"feature {feature.number} ({_title(feature)}) {fault}")
        else:
            rows[area] = {"area": area, "geometry": text, "source": source, "changed_ms": now_ms}
    known = _known(connection)
    new = [row for row in rows.values() if known.get(row["area"]) != (row["geometry"], source)]
    outcome.stored, outcome.same = len(new), len(rows) - len(new)
    if not dry_run:
        insert_or_update(connection, AreaGeometry, new)
    return outcome


def read_geometry_of(connection: Connection, area: AnyRow) -> dict[str, Any]:
    """A FeatureCollection of the area, if its geometry is known, and of the areas directly below it."""
    columns = (Area.id, Area.kind, Area.name, Area.full_name, AreaGeometry.geometry, AreaGeometry.source)
    query = select(*columns).join(AreaGeometry, AreaGeometry.area == Area.id)
    rows = connection.execute(query.where(or_(Area.id == area.id, Area.parent == area.id)).order_by(Area.path))
    return {"type": "FeatureCollection", "features": [_feature(row) for row in rows]}


def _feature(row: AnyRow) -> dict[str, Any]:
    properties = {"kind": row.kind, "name": row.name, "full_name": row.full_name, "source": row.source}
    geometry = orjson.loads(row.geometry)
    return {"type": "Feature", "id": row.id, "properties": properties, "geometry": geometry}


def _area_of(connection: Connection, feature: Feature) -> str | None:
    unit: str | None = connection.execute(select(Area.id).where(Area.code == feature.code)).scalar()
    if unit is None or feature.hamlet is None:
        return unit
    below = select(Area.id, Area.name, Area.full_name).where(Area.parent == unit, Area.kind.in_(HAMLET_KINDS))
    wanted = fold(feature.hamlet)
    found = [row.id for row in connection.execute(below) if wanted in (fold(row.name), fold(row.full_name))]
    return found[0] if len(found) == 1 else None


def _fault(area: str | None, is_taken: bool, size: int) -> str | None:
    if area is None:
        return "is of no area that is known, or of several"
    if is_taken:
        return "is of an area that an earlier feature is of"
    return f"is larger than {GEOMETRY_BYTES_MAX // 1024} KiB" if size > GEOMETRY_BYTES_MAX else None


def _title(feature: Feature) -> str:
    return f"{feature.code}, {feature.hamlet}" if feature.hamlet else feature.code


def _known(connection: Connection) -> dict[str, tuple[str, str]]:
    query = select(AreaGeometry.area, AreaGeometry.geometry, AreaGeometry.source)
    return {row.area: (row.geometry, row.source) for row in connection.execute(query)}
