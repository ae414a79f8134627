"""What rows of figures are computed from: sums by bucket and day, levels, live records and active days, in order.

Thousands of rows are asked of one reading (a city's year by day), so every question is a search in sorted days.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from sync.figures import Figures, add, last_levels, sum_levels
from sync.periods import Span

# the id of a direct child; null for the area itself; "" for the area with everything under it
Bucket = str | None
WHOLE: Final = ""


@dataclass(slots=True)
class Buckets:
    """Which bucket an area's cells fall into, and the units that a bucket is made of."""

    of_area: dict[str, Bucket]
    units: dict[Bucket, set[str]]
    children: list[str]


@dataclass(slots=True)
class DayTally:
    """What the cells of one bucket and day come to."""

    figures: Figures = field(default_factory=dict)
    changed_ms: int = 0


@dataclass(slots=True)
class Running:
    """A sum from one day on; a later span from the same day goes on with it."""

    first: str
    last: str
    end: int
    figures: Figures = field(default_factory=dict)
    changed_ms: int = 0


@dataclass(slots=True)
class Tallies:
    """Everything that rows are computed from, read once; `settle` puts it in order before it is asked."""

    buckets: Buckets
    is_split: bool
    days: dict[Bucket, dict[str, DayTally]] = field(default_factory=lambda: defaultdict(dict))
    active_days: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    # of each unit the cells that state a level: (day, figures); once settled, what stands after each
    levels: dict[Bucket, dict[str, list[tuple[str, Figures]]]] = field(default_factory=lambda: defaultdict(dict))
    # by measure, the days on which records that live began
    live: dict[Bucket, dict[str, list[str]]] = field(default_factory=lambda: defaultdict(dict))
    order: dict[Bucket, list[str]] = field(default_factory=dict)
    running: dict[tuple[Bucket, str], Running] = field(default_factory=dict)

    def settle(self) -> "Tallies":
        """Sort what was read."""
        self.order = {bucket: sorted(days) for bucket, days in self.days.items()}
        for active in self.active_days.values():
            active.sort()
        for by_measure in self.live.values():
            for began in by_measure.values():
                began.sort()
        for units in self.levels.values():
            units.update({unit: _standing(cells) for unit, cells in units.items()})
        return self

    def parts(self, bucket: Bucket) -> list[Bucket]:
        """The buckets that one is made of: the whole, where children are told apart, of all."""
        return [part for part in self.buckets.units if part != WHOLE] if bucket == WHOLE and self.is_split else [bucket]

    def sums(self, bucket: Bucket, span: Span, series: str = "") -> tuple[Figures, int]:
        """Sums of a bucket over a span, and when the last of its cells changed.

        Spans of one series that start on the same day and grow are summed on, not anew."""
        parts = [self._run(part, span, series) for part in self.parts(bucket)]
        if len(parts) == 1:
            return parts[0].figures.copy(), parts[0].changed_ms
        total: Figures = {}
        for part in parts:
            add(total, part.figures)
        return total, max((part.changed_ms for part in parts), default=0)

    def _run(self, part: Bucket, span: Span, series: str) -> Running:
        order, days = self.order.get(part, []), self.days.get(part, {})
        first, last = span.first.isoformat(), span.last.isoformat()
        known = self.running.get((part, series))
        if known is None or known.first != first or known.last > last:
            known = self.running[part, series] = Running(first, last, bisect_left(order, first))
        end = bisect_right(order, last)
        for day in order[known.end : end]:
            add(known.figures, days[day].figures)
            known.changed_ms = max(known.changed_ms, days[day].changed_ms)
        known.last, known.end = last, max(known.end, end)
        return known

    def levels_at(self, bucket: Bucket, day: date) -> Figures:
        """Levels that stand at the end of a day, added over units."""
        found: list[Figures] = []
        for part in self.parts(bucket):
            for cells in self.levels.get(part, {}).values():
                count = bisect_right(cells, day.isoformat(), key=_day_of_cell)
                found += [cells[count - 1][1]] if count else []
        return sum_levels(found)

    def live_at(self, bucket: Bucket, day: date) -> Figures:
        """Live records that had been launched by a day."""
        total: Figures = {}
        for part in self.parts(bucket):
            for measure, began in self.live.get(part, {}).items():
                if count := bisect_right(began, day.isoformat()):
                    add(total, {measure: count})
        return total

    def is_active(self, unit: str, span: Span) -> bool:
        """Whether a unit has an activity in a span."""
        active = self.active_days.get(unit, [])
        place = bisect_left(active, span.first.isoformat())
        return place < len(active) and active[place] <= span.last.isoformat()


def _standing(cells: list[tuple[str, Figures]]) -> list[tuple[str, Figures]]:
    """The levels that stand after each of a unit's cells."""
    steps: list[tuple[str, Figures]] = []
    standing: Figures = {}
    for day, cell in sorted(cells, key=_day_of_cell):
        standing = last_levels([("", standing), (day, cell)])
        steps.append((day, standing))
    return steps


def _day_of_cell(cell: tuple[str, Figures]) -> str:
    return cell[0]
