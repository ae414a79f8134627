"""Figures of an area over days or periods, with what they are compared with and how complete they are.

`models_active` and `groups_active` are counted in their present state: a past period counts the models that
had been launched by its end and are active now (the operation log could say what was known then; it is not
asked). Future activities count when their day has come: every span ends today at the latest.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any, Final

import orjson
from sqlalchemy import Connection

from backend.errors import ProblemError
from backend.services.access import Actor
from backend.services.aggregate import as_of_ms
from backend.services.cells import Wanted, read_buckets, read_tallies
from backend.services.reporting import Reporting, read_own_reporting, read_reporting
from backend.services.scope import Scope, find_figures_scope
from backend.services.tallies import WHOLE, Bucket, Tallies
from sync import periods
from sync.days import date_of, start_ms
from sync.figures import LIVE, Figures, complete_figures
from sync.periods import PERIOD_KINDS, YEAR_MAX, Span

# the days of a year for each commune of the largest city (168), and for the city itself
ROWS_MAX: Final = 169 * 366
SPAN_DAYS_MAX: Final = 3_653
COMPARISONS: Final = {
    "previous": periods.previous,
    "last_year": periods.last_year,
    "cumulative": periods.cumulative,
}


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked: one row for each of `by`, over the days of `span`."""

    area: str | None
    span: Span
    by_area: bool
    period_kind: str | None
    campaign: str | None
    compare: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowSpan:
    """The days of one row: those of the period `whole` that are in the question; `text` names the period."""

    text: str | None
    kind: str | None
    span: Span
    whole: Span

    def compared_with(self, comparison: str) -> Span:
        """The days that these are compared with.

        A year is counted from its own start also where the period is cut; other comparisons know whole periods."""
        is_known = comparison == "cumulative" or self.span == self.whole
        return COMPARISONS[comparison](self.kind if is_known else None, self.span)


@dataclass(frozen=True, slots=True)
class Matter:
    """What an answer is made of, read once."""

    tallies: Tallies
    reporting: Reporting
    query: Query
    spans: list[RowSpan]
    now_ms: int
    counted_ms: int

    def figures(self, bucket: Bucket, span: Span, series: str = "") -> tuple[Figures, bool, int]:
        """Figures of a bucket, whether it has reported, and when the last of its cells changed."""
        today = date_of(self.now_ms)
        is_reported = self.reporting.is_reported(self.tallies.buckets.units.get(bucket, ()), span, self.tallies)
        if span.first > today:
            return complete_figures({m.name: None for m in LIVE}, is_reported=is_reported), is_reported, 0
        seen = Span(span.first, min(span.last, today))
        found, changed_ms = self.tallies.sums(bucket, seen, series)
        found |= self.tallies.levels_at(bucket, seen.last)
        found |= {m.name: None for m in LIVE} if self.query.campaign else self.tallies.live_at(bucket, seen.last)
        return complete_figures(found, is_reported=is_reported), is_reported, changed_ms

    def rows(self) -> Iterator[dict[str, Any]]:
        """The rows of the answer: of each period every area."""
        buckets: list[Bucket] = [*self.tallies.buckets.children, None] if self.query.by_area else [WHOLE]
        return (_row(self, bucket, row_span) for row_span in self.spans for bucket in buckets)


def read_query(arguments: dict[str, Any], now_ms: int) -> Query:
    """The question of a request's parameters. Raises `parameter-invalid`."""
    first, last = read_days(arguments, date_of(now_ms))
    words = _words(arguments, "by", ("none", "area", *PERIOD_KINDS))
    kinds = [word for word in words if word in PERIOD_KINDS]
    if len(kinds) > 1 or ("none" in words and len(words) > 1):
        raise invalid("by")
    if kinds and kinds != ["day"] and last.year >= YEAR_MAX:
        # later days are days, but their weeks and months have no names
        raise invalid("to")
    compare = _words(arguments, "compare", tuple(COMPARISONS))
    span = Span(first, last)
    area, campaign = (str(arguments[name]) if name in arguments else None for name in ("area", "campaign"))
    return Query(area, span, "area" in words, kinds[0] if kinds else None, campaign, compare)


def read_days(arguments: dict[str, Any], today: date) -> tuple[date, date]:
    """First and last day asked for, by default this month up to today. Raises `parameter-invalid`."""
    from_on: date | None = arguments.get("from_")
    to_on: date | None = arguments.get("to")
    last = to_on or max(today, from_on or today)
    first = from_on or last.replace(day=1)
    if first > last or (last - first).days >= SPAN_DAYS_MAX:
        raise invalid("from")
    return first, last


def read_matter(connection: Connection, actor: Actor, query: Query, now_ms: int) -> Matter:
    """Everything that GET /api/v1/figures needs of the store.

    Raises `role-not-allowed`, `not-found`, `parameter-invalid`."""
    scope, author = find_figures_scope(connection, actor, query.area)
    # read before the cells: they may only be newer than this says
    counted_ms = now_ms if author else as_of_ms(connection, list(scope.partitions), now_ms)
    spans = row_spans(query)
    buckets = read_buckets(connection, scope, by_area=query.by_area)
    if len(spans) * (len(buckets.children) + 1 if query.by_area else 1) > ROWS_MAX:
        raise invalid("by")
    compared = (each.compared_with(name) for each in spans for name in query.compare)
    today = date_of(now_ms)
    wanted = Wanted((query.span, *compared), today, query.campaign, author, query.by_area)
    tallies = read_tallies(connection, scope, buckets, wanted)
    reporting = _read_reporting(connection, scope, wanted)
    return Matter(tallies, reporting, query, spans, now_ms, counted_ms)


def write_answer(matter: Matter) -> bytes:
    """The answer of GET /api/v1/figures, written row by row: a city's year by day is never whole in memory."""
    span = matter.query.span
    answer = {
        "as_of_ms": matter.counted_ms,
        "complete": matter.reporting.completeness(span, matter.counted_ms),
        # of all rows together; levels once, at the end
        "total": {"figures": matter.figures(WHOLE, span)[0]},
    }
    body = BytesIO()
    body.write(orjson.dumps(answer)[:-1] + b',"rows":[')
    for index, row in enumerate(matter.rows()):
        body.write(b"," if index else b"")
        body.write(orjson.dumps(row))
    body.write(b"]}")
    return body.getvalue()


def row_spans(query: Query) -> list[RowSpan]:
    """The spans of the rows: the periods that the query touches, cut to its days; else its days as one."""
    if query.period_kind is None:
        known = periods.recognise(query.span)
        return [RowSpan(None, known.kind if known else None, query.span, query.span)]
    found = []
    for period in periods.enumerate_periods(query.period_kind, query.span):
        cut = Span(max(period.span.first, query.span.first), min(period.span.last, query.span.last))
        found.append(RowSpan(period.text, period.kind, cut, period.span))
    return found


def invalid(name: str) -> ProblemError:
    """The refusal of a query parameter."""
    return ProblemError("parameter-invalid", params={"name": name})


def _read_reporting(connection: Connection, scope: Scope, wanted: Wanted) -> Reporting:
    if wanted.author is not None:
        return read_own_reporting(connection, scope, wanted.author)
    first_ms = start_ms(min(wanted.spans).first)
    return read_reporting(connection, scope, first_ms, wanted.today.isoformat())


def _row(matter: Matter, bucket: Bucket, row_span: RowSpan) -> dict[str, Any]:
    figures, is_reported, changed_ms = matter.figures(bucket, row_span.span)
    closing_ms = periods.closing_ms(row_span.whole)
    row: dict[str, Any] = {"area": bucket} if matter.query.by_area else {}
    if row_span.text is not None:
        row["period"] = row_span.text
    row |= {"figures": figures, "reported": is_reported, "closed": matter.now_ms >= closing_ms}
    if matter.now_ms >= closing_ms and changed_ms >= closing_ms:
        row["restated_ms"] = changed_ms
    if matter.query.compare:
        row["compare"] = {name: _compared(matter, bucket, row_span, name) for name in matter.query.compare}
    return row


def _compared(matter: Matter, bucket: Bucket, row_span: RowSpan, name: str) -> dict[str, Any]:
    span = row_span.compared_with(name)
    figures, is_reported, _ = matter.figures(bucket, span, name)
    days = {"from": span.first.isoformat(), "to": span.last.isoformat()}
    return {**days, "figures": figures, "reported": is_reported}


def _words(arguments: dict[str, Any], name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    text = arguments.get(name)
    words = tuple(text.split(",")) if text else ()
    if len(set(words)) != len(words) or not set(words) <= set(known):
        raise invalid(name)
    return words
