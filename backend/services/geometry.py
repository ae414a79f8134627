"""A GeoJSON geometry as it may be stored: its shape, ranges and rings checked, thinned out to what a phone draws."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

from backend.services.thinning import thin_ring

POSITIONS_MAX: Final = 50_000
RINGS_MAX: Final = 1_000
# a triangle, and its first position again
RING_POSITIONS_MIN: Final = 4
# Vietnam with its seas: latitude and longitude that were swapped, or metres of a projection, lie outside
LON_DEGREES: Final = (102.0, 118.0)
LAT_DEGREES: Final = (6.0, 24.0)
# about a metre; more digits are no knowledge, and bytes for a phone
DIGITS: Final = 5

Position = tuple[float, float]
Ring = list[Position]


class GeometryRefused(Exception):
    """Not a geometry that can be stored; the message says why, to an operator."""


def read_geometry(given: Any) -> dict[str, Any]:
    """The geometry to store. Raises GeometryRefused."""
    kind = given.get("type") if isinstance(given, dict) else None
    read = READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise GeometryRefused("is no Point, Polygon or MultiPolygon")
    return {"type": kind, "coordinates": read(given.get("coordinates"))}


def _point(given: Any) -> Position:
    return _position(given)


def _polygon(given: Any) -> list[Ring]:
    return _thinned([_rings(given)])[0]


def _multipolygon(given: Any) -> list[list[Ring]]:
    return _thinned([_rings(rings) for rings in _list(given, "is a MultiPolygon without polygons")])


READERS: Final[dict[str, Callable[[Any], Any]]] = {"Point": _point, "Polygon": _polygon, "MultiPolygon": _multipolygon}


def _rings(given: Any) -> list[Ring]:
    return [_ring(ring) for ring in _list(given, "has a polygon without rings")]


def _ring(given: Any) -> Ring:
    positions = _list(given, "has an empty ring")
    if len(positions) > POSITIONS_MAX:
        raise GeometryRefused(f"has more than {POSITIONS_MAX} positions")
    ring = [_position(position) for position in positions]
    if len(ring) < RING_POSITIONS_MIN:
        raise GeometryRefused(f"has a ring of fewer than {RING_POSITIONS_MIN} positions")
    if ring[0] != ring[-1]:
        raise GeometryRefused("has a ring whose last position is not its first")
    return ring


def _position(given: Any) -> Position:
    """East before north; a height is left out."""
    if not isinstance(given, list) or len(given) not in (2, 3) or not all(map(_is_number, given)):
        raise GeometryRefused("has a position that is not [longitude, latitude] in degrees")
    lon, lat = given[0], given[1]
    if not (LON_DEGREES[0] <= lon <= LON_DEGREES[1] and LAT_DEGREES[0] <= lat <= LAT_DEGREES[1]):
        raise GeometryRefused(f"has a position outside Vietnam and its seas: longitude {lon}, latitude {lat}")
    return round(float(lon), DIGITS), round(float(lat), DIGITS)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _list(given: Any, fault: str) -> list[Any]:
    if not isinstance(given, list) or not given:
        raise GeometryRefused(fault)
    return given


def _thinned(polygons: Sequence[list[Ring]]) -> list[list[Ring]]:
    """Islands and holes that are too small to be seen are left out; something must be left."""
    rings = [ring for polygon in polygons for ring in polygon]
    if len(rings) > RINGS_MAX:
        raise GeometryRefused(f"has more than {RINGS_MAX} rings")
    if sum(map(len, rings)) > POSITIONS_MAX:
        raise GeometryRefused(f"has more than {POSITIONS_MAX} positions")
    thin = [[thin_ring(ring) for ring in polygon] for polygon in polygons]
    kept = [[ring for ring in polygon if ring] for polygon in thin if polygon[0]]
    if not kept:
        raise GeometryRefused("is too small to be drawn")
    return kept
