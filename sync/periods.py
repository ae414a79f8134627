"""Periods of reports, in days of Asia/Ho_Chi_Minh, and the ones that they are compared with.

Text of a period: `2026-11-23`, `2026-W48` (ISO, Monday first), `2026-11`, `2026-Q4`, `2026-H2`, `2026`, and
`R2026-11`, the reporting month: 15th of the month before to 14th. Vietnam has kept +07:00 since 1975, so
the offset is fixed and no time-zone database is needed.
"""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sync.days import DAY_MS, start_ms

PERIOD_KINDS: Final = ("day", "week", "month", "quarter", "half_year", "year", "reporting_month")
YEAR_MIN: Final = 1970
# of a period with a name; a day may be as late as days have names of ten characters
YEAR_MAX: Final = 2999
REPORTING_FROM_DAY: Final = 15
CLOSES_AFTER_DAYS: Final = 5

_ONE_DAY = timedelta(days=1)
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_FORMS: Final = (
    ("week", re.compile(r"([0-9]{4})-W([0-9]{2})")),
    ("month", re.compile(r"([0-9]{4})-([0-9]{2})")),
    ("quarter", re.compile(r"([0-9]{4})-Q([1-4])")),
    ("half_year", re.compile(r"([0-9]{4})-H([12])")),
    ("year", re.compile(r"([0-9]{4})")),
    ("reporting_month", re.compile(r"R([0-9]{4})-([0-9]{2})")),
)
_MONTHS: Final = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def covers(self, other: "Span") -> bool:
        return self.first <= other.first and other.last <= self.last


@dataclass(frozen=True, slots=True)
class Period:
    """A named span."""

    kind: str
    text: str
    span: Span


def parse_day(text: str) -> date:
    """The day `YYYY-MM-DD`. Raises ValueError for any other form, or a year before 1970."""
    found = _DAY.fullmatch(text)
    if not found:
        raise ValueError(f"not a day: {text}")
    day = date(int(found[1]), int(found[2]), int(found[3]))
    if day.year < YEAR_MIN:
        raise ValueError(f"year out of range: {text}")
    return day


def parse(text: str) -> Period:
    """The period of a text. Raises ValueError for what names none."""
    if _DAY.fullmatch(text):
        return containing("day", parse_day(text))
    for kind, form in _FORMS:
        if found := form.fullmatch(text):
            numbers = [int(group) for group in found.groups()]
            if not YEAR_MIN < numbers[0] < YEAR_MAX:
                break
            return containing(kind, _first_day(kind, numbers))
    raise ValueError(f"not a period: {text}")


def containing(kind: str, day: date) -> Period:
    """The period of a kind that a day belongs to."""
    if kind == "day":
        return Period(kind, day.isoformat(), Span(day, day))
    if kind == "week":
        year, week, weekday = day.isocalendar()
        first = day - timedelta(days=weekday - 1)
        return Period(kind, f"{year:04}-W{week:02}", Span(first, first + timedelta(days=6)))
    if kind == "reporting_month":
        return _reporting_month(day)
    return _calendar_period(kind, day)


def enumerate_periods(kind: str, span: Span) -> Iterator[Period]:
    """Every period of a kind that touches the span, ascending; the first and the last may reach beyond it."""
    day = span.first
    while (period := containing(kind, day)).span.last < span.last:
        yield period
        day = period.span.last + _ONE_DAY
    yield period


def recognise(span: Span) -> Period | None:
    """The named period that a span is exactly, if any: November is compared with October, not with 30 days."""
    if span.last.year >= YEAR_MAX:
        return None
    for kind in PERIOD_KINDS:
        period = containing(kind, span.first)
        if period.span == span:
            return period
    return None


def previous(kind: str | None, span: Span) -> Span:
    """The period before; of a span without a name, as many days just before it."""
    before = span.first - _ONE_DAY
    if kind is None:
        return Span(span.first - timedelta(days=span.days), before)
    return containing(kind, before).span


def last_year(kind: str | None, span: Span) -> Span:
    """The same period of the year before: the same week number, the same months, the same dates."""
    if kind == "week":
        year, week, _ = span.first.isocalendar()
        weeks = date(year - 1, 12, 28).isocalendar().week
        return containing("week", date.fromisocalendar(year - 1, min(week, weeks), 1)).span
    if kind is None or kind == "day":
        return Span(_year_before(span.first), _year_before(span.last))
    return containing(kind, _year_before(span.last)).span


def cumulative(kind: str | None, span: Span) -> Span:
    """From the start of the year to the period's end; the reporting year starts on 15 December."""
    if kind == "reporting_month":
        # of the reporting month, not of the day: 20 December is in January's
        year = containing(kind, span.last).span.last.year
        return Span(date(year - 1, 12, REPORTING_FROM_DAY), span.last)
    year = span.last.isocalendar().year if kind == "week" else span.last.year
    first = date.fromisocalendar(year, 1, 1) if kind == "week" else date(year, 1, 1)
    return Span(first, span.last)


def end_ms(span: Span) -> int:
    """The first ms after a span."""
    return start_ms(span.last) + DAY_MS


def closing_ms(span: Span) -> int:
    """When a span closes by itself: later changes are restatements."""
    return end_ms(span) + CLOSES_AFTER_DAYS * DAY_MS


def _first_day(kind: str, numbers: list[int]) -> date:
    year, number = numbers[0], numbers[-1]
    if kind == "week":
        return date.fromisocalendar(year, number, 1)
    if kind == "year":
        return date(year, 1, 1)
    if kind == "reporting_month":
        return date(year, number, 1)
    return date(year, (number - 1) * _MONTHS[kind] + 1, 1)


def _calendar_period(kind: str, day: date) -> Period:
    length = _MONTHS[kind]
    number = (day.month - 1) // length
    last_month = (number + 1) * length
    first = date(day.year, number * length + 1, 1)
    last = date(day.year, last_month, calendar.monthrange(day.year, last_month)[1])
    suffix = {"month": f"-{number + 1:02}", "quarter": f"-Q{number + 1}", "half_year": f"-H{number + 1}", "year": ""}
    return Period(kind, f"{day.year:04}{suffix[kind]}", Span(first, last))


def _reporting_month(day: date) -> Period:
    late = day.day >= REPORTING_FROM_DAY
    first = day.replace(day=REPORTING_FROM_DAY) if late else _month_before(day).replace(day=REPORTING_FROM_DAY)
    last = (first.replace(day=28) + timedelta(days=4)).replace(day=REPORTING_FROM_DAY - 1)
    return Period("reporting_month", f"R{last.year:04}-{last.month:02}", Span(first, last))


def _month_before(day: date) -> date:
    return day.replace(day=1) - _ONE_DAY


def _year_before(day: date) -> date:
    if (day.month, day.day) == (2, 29):
        return date(day.year - 1, 2, 28)
    return day.replace(year=day.year - 1)
