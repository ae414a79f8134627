"""Reading a deployment's own boundaries from GeoJSON: which area each feature is of, and its geometry."""

from dataclasses import dataclass
from typing import Any, Final

import orjson

from backend.services.geometry import GeometryRefused, read_geometry

FILE_BYTES_MAX: Final = 64 * 1024 * 1024
FEATURES_MAX: Final = 20_000
PROPERTY_CHARACTERS_MAX: Final = 200


class GeometryFileUnreadable(Exception):
    """Not GeoJSON with features, or too much of it; the message says which."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: of the commune with that code, or of its hamlet of that name; its geometry, or what is wrong."""

    number: int
    code: str
    hamlet: str | None
    geometry: dict[str, Any] | None
    fault: str | None


def read_features(raw: bytes, code_property: str, hamlet_property: str) -> list[Feature]:
    """Every feature of a FeatureCollection. Raises GeometryFileUnreadable."""
    if len(raw) > FILE_BYTES_MAX:
        raise GeometryFileUnreadable(f"the file is larger than {FILE_BYTES_MAX // 1024 // 1024} MiB")
    try:
        # refuses more than 1,024 levels, NaN, and what is not UTF-8
        whole = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise GeometryFileUnreadable(f"the file is not JSON: {error}") from None
    features = whole.get("features") if isinstance(whole, dict) and whole.get("type") == "FeatureCollection" else None
    if not isinstance(features, list):
        raise GeometryFileUnreadable("the file is no GeoJSON FeatureCollection")
    if len(features) > FEATURES_MAX:
        raise GeometryFileUnreadable(f"the file has more than {FEATURES_MAX} features")
    return [_read(number, given, code_property, hamlet_property) for number, given in enumerate(features, start=1)]


def _read(number: int, given: Any, code_property: str, hamlet_property: str) -> Feature:
    properties = given.get("properties") if isinstance(given, dict) else None
    named = properties if isinstance(properties, dict) else {}
    code, hamlet = _text(named.get(code_property)), _text(named.get(hamlet_property))
    if not code:
        return Feature(number, "", hamlet or None, None, f"has no property {code_property!r}")
    try:
        return Feature(number, code, hamlet or None, read_geometry(given.get("geometry")), None)
    except GeometryRefused as error:
        return Feature(number, code, hamlet or None, None, str(error))


def _text(value: Any) -> str:
    """A code that a spreadsheet made a number of is one still."""
    is_known = isinstance(value, str | int) and not isinstance(value, bool)
    return str(value).strip()[:PROPERTY_CHARACTERS_MAX] if is_known else ""
