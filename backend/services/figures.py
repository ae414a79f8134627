"""Figures of an area over days or periods, with what they are compared with and how complete they are.

`models_active` and `groups_active` are counted in their present state: a past period counts the models that
had been launched by its end and are active now (the operation log could say what was known then; it is not
asked). Future activities count when their day has come: every span ends today at the latest.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection

from backend.errors import ProblemError
from backend.services.access import FEED_ROLES, Actor
from backend.services.aggregate import as_of_ms
from backend.services.reporting import Reporting, read_reporting
from backend.services.scope import Scope, find_scope
from backend.services.tallies import WHOLE, Bucket, Tallies, read_buckets, read_tallies
from sync import periods
from sync.days import date_of, start_ms
from sync.figures import LIVE, Figures, complete_figures
from sync.periods import PERIOD_KINDS, Span

ROWS_MAX: Final = 400
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
    """The days of one row: `text` names its period; `named` is the kind when the whole period is in."""

    text: str | None
    named: str | None
    span: Span
    whole: Span


@dataclass(frozen=True, slots=True)
class Matter:
    """What the rows are made of."""

    tallies: Tallies
    reporting: Reporting
    today: date
    now_ms: int
    query: Query

    def figures(self, bucket: Bucket, span: Span) -> tuple[Figures, bool, int]:
        """Figures of a bucket, whether it has reported, and when the last of its cells changed."""
        is_reported = self.reporting.is_reported(self.tallies.buckets.units.get(bucket, ()), span, self.tallies)
        if span.first > self.today:
            return complete_figures({m.name: None for m in LIVE}, is_reported=is_reported), is_reported, 0
        seen = Span(span.first, min(span.last, self.today))
        sums, changed_ms = self.tallies.sums(bucket, seen)
        found = sums | self.tallies.levels_at(bucket, seen.last)
        found |= {m.name: None for m in LIVE} if self.query.campaign else self.tallies.live_at(bucket, seen.last)
        return complete_figures(found, is_reported=is_reported), is_reported, changed_ms


def read_query(arguments: dict[str, Any], now_ms: int) -> Query:
    """The question of a request's parameters. Raises `parameter-invalid`."""
    first, last = read_days(arguments, date_of(now_ms))
    words = _words(arguments, "by", ("none", "area", *PERIOD_KINDS))
    kinds = [word for word in words if word in PERIOD_KINDS]
    if len(kinds) > 1 or ("none" in words and len(words) > 1):
        raise invalid("by")
    compare = _words(arguments, "compare", tuple(COMPARISONS))
    span = Span(first, last)
    area, campaign = (str(arguments[name]) if name in arguments else None for name in ("area", "campaign"))
    return Query(area, span, "area" in words, kinds[0] if kinds else None, campaign, compare)


def read_days(arguments: dict[str, Any], today: date) -> tuple[date, date]:
    """First and last day asked for, by default this month up to today. Raises `parameter-invalid`."""
    from_on = _day(arguments, "from_")
    to_on = _day(arguments, "to")
    last = to_on or max(today, from_on or today)
    first = from_on or last.replace(day=1)
    if first > last or (last - first).days >= SPAN_DAYS_MAX:
        raise invalid("from")
    return first, last


def read_figures(connection: Connection, actor: Actor, query: Query, now_ms: int) -> dict[str, Any]:
    """The answer of GET /api/v1/figures. Raises `role-not-allowed`, `not-found`, `parameter-invalid`."""
    scope = find_scope(connection, actor, FEED_ROLES, query.area)
    # read before the cells: they may only be newer than this says
    counted_ms = as_of_ms(connection, list(scope.partitions), now_ms)
    spans = row_spans(query)
    buckets: list[Bucket] = [WHOLE]
    if query.by_area:
        buckets = [*read_buckets(connection, scope, by_area=True).children, None]
    if len(spans) * len(buckets) > ROWS_MAX:
        raise invalid("by")
    matter = _read_matter(connection, scope, query, spans, now_ms)
    rows = [_row(matter, bucket, row_span) for row_span in spans for bucket in buckets]
    return {
        "as_of_ms": counted_ms,
        "complete": matter.reporting.completeness(query.span, counted_ms),
        "rows": rows,
        # of all rows together; levels once, at the end
        "total": {"figures": matter.figures(WHOLE, query.span)[0]},
    }


def row_spans(query: Query) -> list[RowSpan]:
    """The spans of the rows: the periods that the query touches, cut to its days; else its days as one."""
    if query.period_kind is None:
        known = periods.recognise(query.span)
        return [RowSpan(None, known.kind if known else None, query.span, query.span)]
    found = []
    for period in periods.enumerate_periods(query.period_kind, query.span):
        cut = Span(max(period.span.first, query.span.first), min(period.span.last, query.span.last))
        found.append(RowSpan(period.text, period.kind if cut == period.span else None, cut, period.span))
    return found


def invalid(name: str) -> ProblemError:
    """The refusal of a query parameter."""
    return ProblemError("parameter-invalid", params={"name": name})


def _read_matter(connection: Connection, scope: Scope, query: Query, spans: list[RowSpan], now_ms: int) -> Matter:
    compared = [COMPARISONS[name](each.named, each.span) for each in spans for name in query.compare]
    wanted = [query.span, *compared]
    today = date_of(now_ms)
    tallies = read_tallies(connection, scope, wanted, query.campaign, by_area=query.by_area)
    first_ms = start_ms(min(wanted).first)
    return Matter(tallies, read_reporting(connection, scope, first_ms, today.isoformat()), today, now_ms, query)


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
    span = COMPARISONS[name](row_span.named, row_span.span)
    figures, is_reported, _ = matter.figures(bucket, span)
    days = {"from": span.first.isoformat(), "to": span.last.isoformat()}
    return {**days, "figures": figures, "reported": is_reported}


def _words(arguments: dict[str, Any], name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    text = arguments.get(name)
    words = tuple(text.split(",")) if text else ()
    if len(set(words)) != len(words) or not set(words) <= set(known):
        raise invalid(name)
    return words


def _day(arguments: dict[str, Any], name: str) -> date | None:
    text = arguments.get(name)
    try:
        return periods.parse_day(text) if text else None
    except ValueError:
        raise invalid(name.rstrip("_")) from None
