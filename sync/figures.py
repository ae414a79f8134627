"""Figures: what the records of one (area, day) come to, and how such cells add up.

The rules stand in measures.json. A measure of a cell is an integer; or `None` when there was
something to count but nobody entered a number (never 0); or absent when there was nothing to count. Only the
last becomes 0, where the unit has reported. Callers leave void records and children of void records out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sync import kinds
from sync.days import minutes_between
from sync.kinds import KINDS

Figures = dict[str, int | None]


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure; `kind` is null where records of every kind are looked at."""

    name: str
    kind: str | None
    rule: str
    field: str | None = None
    where_field: str | None = None
    equals: str | None = None
    has: str | None = None
    flag: str | None = None


def _measure(entry: Mapping[str, Any]) -> Measure:
    where = entry.get("where", {})
    return Measure(
        entry["measure"], entry["kind"], entry["rule"], entry.get("field"),
        where.get("field"), where.get("equals"), where.get("has"), entry.get("flag"),
    )  # fmt: skip


MEASURES: Final = tuple(map(_measure, kinds.MEASURES))
ACTIVITY_KINDS: Final = frozenset(name for name, kind in KINDS.items() if kind.activity)
MEASURE_NAMES: Final = tuple(measure.name for measure in MEASURES)
LEVELS: Final = frozenset(measure.name for measure in MEASURES if measure.rule == "level")
LIVE: Final = tuple(measure for measure in MEASURES if measure.rule == "live")
LEVEL_KINDS: Final = frozenset(m.kind for m in MEASURES if m.rule == "level" and m.kind)
# kinds whose records a cell is counted from; `live` kinds are not counted by day
COUNTED_KINDS: Final = frozenset(m.kind for m in MEASURES if m.kind and m.rule != "live") | ACTIVITY_KINDS
_BY_KIND: Final = {
    kind: tuple(m for m in MEASURES if m.kind in (kind, None) and m.rule not in ("level", "live"))
    for kind in COUNTED_KINDS
}
_LEVELS_BY_KIND: Final = {
    kind: tuple(m for m in MEASURES if m.kind == kind and m.rule == "level") for kind in LEVEL_KINDS
}
# every measure, where a unit has not reported and where it has
_SILENT: Final[Figures] = dict.fromkeys(MEASURE_NAMES)
_REPORTED: Final[Figures] = {name: None if name in LEVELS else 0 for name in MEASURE_NAMES}


def count_cell(records: Iterable[tuple[int, Mapping[str, Any]]]) -> Figures:
    """The figures of one cell from its records `(at_ms, wire)` (P18), in any order."""
    figures: Figures = {}
    for _, wire in sorted(records, key=lambda pair: (pair[0], pair[1]["id"])):
        for measure in _BY_KIND.get(wire["kind"], ()):
            if is_counted(measure, wire):
                _put(figures, measure.name, _value(measure, wire))
        for measure in _LEVELS_BY_KIND.get(wire["kind"], ()):
            value = shown(wire, measure.field)
            if value is not None or measure.name not in figures:
                figures[measure.name] = value
    return figures


def is_counted(measure: Measure, wire: Mapping[str, Any]) -> bool:
    """Whether a record of the measure's kind is one of those that it looks at."""
    if measure.flag is not None:
        return measure.flag in wire["flags"]
    if measure.where_field is None:
        return True
    value = shown(wire, measure.where_field)
    if measure.has is not None:
        return isinstance(value, list) and measure.has in value
    return bool(value == measure.equals)


def shown(wire: Mapping[str, Any], field: str | None) -> Any:
    """The shown value of a field; null when it was never set."""
    head = wire["fields"].get(field)
    return head[0] if head else None


def is_activity(kind: str) -> bool:
    """Whether a record of this kind makes its unit's day a reported one."""
    return kind in ACTIVITY_KINDS


def add(total: Figures, cell: Mapping[str, int | None]) -> None:
    """Add a cell's sums to a running total, in place; levels are left to `last_levels`."""
    for name, value in cell.items():
        if name in LEVELS:
            continue
        # written out: a year of a city is a hundred thousand cells
        before = total.get(name)
        total[name] = before if value is None else value if before is None else value + before


def last_levels(cells: Iterable[tuple[str, Mapping[str, int | None]]]) -> Figures:
    """The levels of one unit that stand after its cells `(day, figures)`: of each, the last one entered."""
    levels: Figures = {}
    for _, cell in sorted(cells, key=lambda pair: pair[0]):
        levels |= {name: value for name, value in cell.items() if name in LEVELS and value is not None}
    return levels


def sum_levels(units: Iterable[Mapping[str, int | None]]) -> Figures:
    """Levels of several units, added over units and never over time."""
    total: Figures = {}
    for levels in units:
        for name, value in levels.items():
            _put(total, name, value)
    return total


def complete_figures(found: Figures, *, is_reported: bool) -> Figures:
    """Every measure by name: where the unit has reported, a sum over nothing is 0; else it stays unknown."""
    figures = (_REPORTED if is_reported else _SILENT) | found
    if len(figures) == len(MEASURE_NAMES):
        return figures
    return {name: figures[name] for name in MEASURE_NAMES}


def _value(measure: Measure, wire: Mapping[str, Any]) -> int | None:
    if measure.rule in ("count", "flag"):
        return 1
    if measure.rule == "minutes":
        return _minutes(wire)
    value = shown(wire, measure.field)
    return value if type(value) is int else None


def _minutes(wire: Mapping[str, Any]) -> int | None:
    return minutes_between(shown(wire, "started_at"), shown(wire, "ended_at"))


def _put(figures: Figures, name: str, value: int | None) -> None:
    before = figures.get(name)
    figures[name] = before if value is None else value + (before or 0)
