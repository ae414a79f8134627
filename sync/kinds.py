"""Record kinds, fields and measures, read from kinds.json and measures.json, and the check of one value (P6, P15).

A value is judged alone: never against the clock, other fields or other records."""

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from sync.canonical import ForeignNumber, Json, NotCanonical, is_integer, write
from sync.days import TIME_MS_MAX
from sync.limits import VALUE_BYTES_MAX, VALUE_DEPTH_MAX

POINT_RANGES: Final = {"lat_e6": 90_000_000, "lon_e6": 180_000_000, "accuracy_m": 1_000_000}

_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PERIOD: Final = re.compile(
    r"[0-9]{4}|[0-9]{4}-H[12]|[0-9]{4}-Q[1-4]|R?[0-9]{4}-(0[1-9]|1[0-2])|[0-9]{4}-W(0[1-9]|[1-4][0-9]|5[0-3])"
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind: `spec` is its entry in kinds.json; `accepts` judges a value that is not null."""

    name: str
    type: str
    label: str
    context: str
    spec: dict[str, Any]
    accepts: Callable[[Json], bool]


@dataclass(frozen=True, slots=True)
class Kind:
    """A record kind and who may write it."""

    name: str
    label: str
    context: str
    writers: frozenset[str]
    activity: bool
    child: bool
    reference: bool | dict[str, str]
    fields: dict[str, Field]


def is_uuid(value: Json) -> bool:
    """A lower-case UUID."""
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def is_day(value: Json) -> bool:
    """A real calendar day, `YYYY-MM-DD`."""
    if not (isinstance(value, str) and _DAY.fullmatch(value)):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def is_value(value: Json) -> bool:
    """P6: no floats, well-formed NFC without NUL, at most 8 KiB, depth at most 4."""
    if not _is_plain(value, VALUE_DEPTH_MAX):
        return False
    try:
        return len(write(value).encode("utf-8")) <= VALUE_BYTES_MAX
    except NotCanonical:
        return False


def has_sound_values(text: str, size_bytes: int) -> bool:
    """Whether the canonical text of an operation shows at once that each value in it passes `is_value`.

    Adjoining a quote or an escape composes with nothing, so a text in NFC holds only strings in NFC. How deep
    a value nests is left to the field's own check. False says nothing: then each value is looked at."""
    return size_bytes <= VALUE_BYTES_MAX and "\\u0000" not in text and unicodedata.is_normalized("NFC", text)


def accepts(field: Field, value: Json) -> bool:
    """Whether a field may hold a value; null clears any field."""
    return value is None or (is_value(value) and field.accepts(value))


def is_reference(kind: str, shown: dict[str, Json]) -> bool:
    """Whether a record always belongs to a first pull (P17)."""
    rule = KINDS[kind].reference
    return rule if isinstance(rule, bool) else shown.get(rule["field"]) == rule["equals"]


def _is_plain(value: Json, depth: int) -> bool:
    """Strings, numbers and depth; `is_value` refuses a lone surrogate next, as it has no canonical form."""
    if isinstance(value, str):
        return "\0" not in value and unicodedata.is_normalized("NFC", value)
    if isinstance(value, dict):
        inner = [*value.keys(), *value.values()]
    elif isinstance(value, list):
        inner = value
    else:
        return not isinstance(value, ForeignNumber)
    return depth > 0 and all(_is_plain(item, depth - 1) for item in inner)


def _in_range(low: int, high: int) -> Callable[[Json], bool]:
    # `True` is no integer of the protocol; every bound in kinds.json lies within its range
    return lambda value: type(value) is int and low <= value <= high


def _is_text(characters_max: int) -> Callable[[Json], bool]:
    return lambda value: isinstance(value, str) and len(value) <= characters_max


def _is_choice(values: frozenset[str]) -> Callable[[Json], bool]:
    return lambda value: isinstance(value, str) and value in values


def _is_list(values: frozenset[str]) -> Callable[[Json], bool]:
    """Unique and ASCII-sorted, so that equal sets are equal bytes (P9)."""

    def check(value: Json) -> bool:
        known = isinstance(value, list) and all(isinstance(item, str) and item in values for item in value)
        return known and value == sorted(set(value))

    return check


def _is_point(value: Json) -> bool:
    if not isinstance(value, dict) or value.keys() != POINT_RANGES.keys():
        return False
    ranged = all(is_integer(value[name]) and abs(value[name]) <= limit for name, limit in POINT_RANGES.items())
    return ranged and value["accuracy_m"] >= 0


def _is_integers(low: int, high: int, items_max: int) -> Callable[[Json], bool]:
    ranged = _in_range(low, high)
    return lambda value: isinstance(value, list) and len(value) <= items_max and all(map(ranged, value))


def _is_gaps(causes: frozenset[str], items_max: int) -> Callable[[Json], bool]:
    ranged = _in_range(0, 86_400)

    def is_gap(gap: Json) -> bool:
        shaped = isinstance(gap, dict) and gap.keys() == {"from_s", "to_s", "cause"}
        return shaped and ranged(gap["from_s"]) and ranged(gap["to_s"]) and gap["cause"] in causes

    return lambda value: isinstance(value, list) and len(value) <= items_max and all(map(is_gap, value))


def _checker(spec: dict[str, Any], vocabularies: dict[str, Any]) -> Callable[[Json], bool]:
    words = frozenset(vocabularies.get(spec.get("vocabulary", ""), ()))
    simple: dict[str, Callable[[Json], bool]] = {
        "time": _in_range(0, TIME_MS_MAX),
        "day": is_day,
        "area": is_uuid,
        "user": is_uuid,
        "record": is_uuid,
        "choice": _is_choice(words),
        "list": _is_list(words),
        "point": _is_point,
        "sha256": lambda value: isinstance(value, str) and _SHA256.fullmatch(value) is not None,
        "flag": lambda value: isinstance(value, bool),
        "period": lambda v: is_day(v) or (isinstance(v, str) and _PERIOD.fullmatch(v) is not None),
    }
    match spec["type"]:
        case "count":
            return _in_range(spec["min"], spec["max"])
        case "text":
            return _is_text(spec["characters_max"])
        case "integers":
            return _is_integers(spec["min"], spec["max"], spec["items_max"])
        case "gaps":
            return _is_gaps(frozenset(vocabularies["gap_cause"]), spec["items_max"])
        case other:
            return simple[other]


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))
    return found


def _load() -> tuple[int, dict[str, Kind], dict[str, Any]]:
    source = _read("kinds.json")
    kinds = {}
    for name, entry in source["kinds"].items():
        fields = {
            field: Field(
                field, spec["type"], spec["label"], spec["context"], spec, _checker(spec, source["vocabularies"])
            )
            for field, spec in entry["fields"].items()
        }
        kinds[name] = Kind(
            name, entry["label"], entry["context"], frozenset(entry["writers"]),
            entry["activity"], entry["child"], entry["reference"], fields,
        )  # fmt: skip
    return source["schema"], kinds, source["vocabularies"]


SCHEMA, KINDS, VOCABULARIES = _load()
MEASURES: Final[list[dict[str, Any]]] = _read("measures.json")["measures"]
# kinds whose records a figure is made of: a change of one marks its cell dirty
MEASURED_KINDS: Final = frozenset(measure["kind"] for measure in MEASURES if measure["kind"])
