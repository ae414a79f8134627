"""Periods: what their texts mean, and that they tile the calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from sync import periods
from sync.days import DAY_MS, date_of, start_ms
from sync.periods import PERIOD_KINDS, Span

DAYS = st.dates(date(1971, 1, 1), date(2998, 12, 31))
KINDS = st.sampled_from(PERIOD_KINDS)


@pytest.mark.parametrize(
    ("text", "kind", "first", "last"),
    [
        ("2026-11-23", "day", "2026-11-23", "2026-11-23"),
        ("2026-W48", "week", "2026-11-23", "2026-11-29"),
        ("2026-W01", "week", "2025-12-29", "2026-01-04"),
        ("2026-W53", "week", "2026-12-28", "2027-01-03"),
        ("2026-11", "month", "2026-11-01", "2026-11-30"),
        ("2024-02", "month", "2024-02-01", "2024-02-29"),
        ("2026-Q4", "quarter", "2026-10-01", "2026-12-31"),
        ("2026-H2", "half_year", "2026-07-01", "2026-12-31"),
        ("2026", "year", "2026-01-01", "2026-12-31"),
        ("R2026-11", "reporting_month", "2026-10-15", "2026-11-14"),
        ("R2026-01", "reporting_month", "2025-12-15", "2026-01-14"),
        ("R2026-03", "reporting_month", "2026-02-15", "2026-03-14"),
    ],
)
def test_what_a_text_means(text: str, kind: str, first: str, last: str) -> None:
    period = periods.parse(text)
    assert (period.kind, period.text) == (kind, text)
    assert period.span == Span(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    "text",
    ["", "2026-1", "2026-13", "2026-W00", "2026-W54", "2025-W53", "2026-Q5", "2026-H3", "r2026-11", "R2026-13",
     "2026-02-30", "20261123", "٢٠٢٦", "2026-11-23 ", "0001", "9999", "2026-W48-1"],
)  # fmt: skip
def test_what_names_no_period(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        periods.parse(text)


@pytest.mark.parametrize("text", ["1969-12-31", "0001-01-01", "2026-1-1", "2026-02-30", "٢٠٢٦-٠١-٠١", " 2026-01-01"])
def test_what_names_no_day(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        periods.parse_day(text)


@given(KINDS, DAYS)
def test_a_period_is_written_and_read_back(kind: str, day: date) -> None:
    period = periods.containing(kind, day)
    assert period.span.first <= day <= period.span.last
    assert periods.parse(period.text) == period
    assert periods.containing(kind, period.span.first) == periods.containing(kind, period.span.last) == period


@given(KINDS, DAYS, st.integers(0, 800))
def test_periods_tile_a_span(kind: str, first: date, days: int) -> None:
    span = Span(first, min(first + timedelta(days=days), date(2998, 12, 31)))
    found = list(periods.enumerate_periods(kind, span))
    assert found[0].span.first <= span.first
    assert span.last <= found[-1].span.last
    for one, two in zip(found, found[1:], strict=False):
        assert one.span.last + timedelta(days=1) == two.span.first


@given(KINDS, DAYS)
def test_the_period_before_ends_the_day_before(kind: str, day: date) -> None:
    span = periods.containing(kind, day).span
    before = periods.previous(kind, span)
    assert before.last == span.first - timedelta(days=1)
    assert periods.containing(kind, before.first).span == before


@given(KINDS, DAYS)
def test_last_year_is_the_same_kind_and_earlier(kind: str, day: date) -> None:
    span = periods.containing(kind, day).span
    other = periods.last_year(kind, span)
    assert periods.containing(kind, other.first).span == other
    assert other.last < span.first
    assert 350 <= (span.first - other.first).days <= 372


@given(KINDS, DAYS)
def test_cumulative_reaches_the_end_of_the_period(kind: str, day: date) -> None:
    span = periods.containing(kind, day).span
    total = periods.cumulative(kind, span)
    assert total.last == span.last
    assert total.covers(span)
    assert total.days <= 372


def test_named_comparisons() -> None:
    span = periods.parse("2026-W53").span
    assert periods.last_year("week", span) == periods.parse("2025-W52").span
    assert periods.last_year("day", periods.parse("2024-02-29").span) == periods.parse("2023-02-28").span
    assert periods.cumulative("reporting_month", periods.parse("R2026-01").span).first == date(2025, 12, 15)
    # a cut one, whose last day is in December still
    assert periods.cumulative("reporting_month", Span(date(2025, 12, 15), date(2025, 12, 20))).first == date(
        2025, 12, 15
    )
    ten_days = Span(date(2026, 11, 11), date(2026, 11, 20))
    assert periods.previous(None, ten_days) == Span(date(2026, 11, 1), date(2026, 11, 10))


def test_recognise_names_only_whole_periods() -> None:
    known = periods.recognise(periods.parse("2026-Q4").span)
    assert known is not None
    assert known.kind == "quarter"
    assert periods.recognise(Span(date(2026, 11, 1), date(2026, 11, 23))) is None


@given(DAYS, st.integers(0, DAY_MS - 1))
def test_a_day_holds_its_own_ms(day: date, within: int) -> None:
    assert date_of(start_ms(day) + within) == day
    assert periods.end_ms(Span(day, day)) == start_ms(day) + DAY_MS


def test_days_at_the_ends_of_time() -> None:
    first, last = periods.parse_day("1970-01-01"), periods.parse_day("9999-12-31")
    assert [period.span.last for period in periods.enumerate_periods("day", Span(last, last))] == [last]
    assert periods.recognise(Span(first, first)) is not None
    assert periods.recognise(Span(last, last)) is None
    assert date_of(0) == date(1970, 1, 1)
    assert date_of(17 * 3_600_000 - 1) == date(1970, 1, 1)
    assert date_of(17 * 3_600_000) == date(1970, 1, 2)
    assert date_of(2**53 - 1) == date(9999, 12, 31)


def span_of(first: str, last: str) -> Span:
    return Span(date.fromisoformat(first), date.fromisoformat(last))


def test_a_span_covers_what_lies_wholly_within() -> None:
    november = span_of("2026-11-01", "2026-11-30")
    assert november.covers(november)
    assert november.covers(span_of("2026-11-10", "2026-11-10"))
    assert not november.covers(span_of("2026-10-31", "2026-11-10"))
    assert not november.covers(span_of("2026-11-10", "2026-12-01"))
    assert november.days == 30


@pytest.mark.parametrize("text", ["2026-1", "1970", "2999", "2999-W01", "R2999-01", "1970-12"])
def test_a_refusal_names_the_text_that_is_no_period(text: str) -> None:
    with pytest.raises(ValueError, match=f"^not a period: {text}$"):
        periods.parse(text)


def test_a_refusal_names_the_text_that_is_no_day() -> None:
    with pytest.raises(ValueError, match=r"^not a day: 2026-1-1$"):
        periods.parse_day("2026-1-1")
    with pytest.raises(ValueError, match=r"^year out of range: 1969-12-31$"):
        periods.parse_day("1969-12-31")


def test_periods_have_names_from_1971_to_2998() -> None:
    for text in ("1971", "2998", "1971-W01", "R2998-12"):
        assert periods.parse(text).text == text
    for year in ("1971", "2998"):
        named = periods.recognise(span_of(f"{year}-01-01", f"{year}-12-31"))
        assert named is not None
        assert named.text == year
    assert periods.recognise(span_of("2999-01-01", "2999-12-31")) is None


@pytest.mark.parametrize("text", ["2026-11-23", "2026-W48", "2026-11", "2026-Q4", "2026-H2", "2026", "R2026-11"])
def test_a_span_is_recognised_as_the_period_that_it_is(text: str) -> None:
    assert periods.recognise(periods.parse(text).span) == periods.parse(text)


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("2026-11-01", "2026-10-31"),
        ("2026-W01", "2025-W52"),
        ("2026-01", "2025-12"),
        ("2024-03", "2024-02"),
        ("2026-Q1", "2025-Q4"),
        ("2026-H1", "2025-H2"),
        ("2026", "2025"),
        ("R2026-01", "R2025-12"),
        ("R2026-03", "R2026-02"),
    ],
)
def test_the_period_before_has_a_name(text: str, before: str) -> None:
    period = periods.parse(text)
    assert periods.previous(period.kind, period.span) == periods.parse(before).span


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("2025-11-23", "2024-11-23"),
        ("2026-W48", "2025-W48"),
        ("2021-W01", "2020-W01"),
        ("2025-02", "2024-02"),
        ("2024-02", "2023-02"),
        ("2026-Q4", "2025-Q4"),
        ("2026-H1", "2025-H1"),
        ("2026", "2025"),
        ("R2026-01", "R2025-01"),
        ("R2025-03", "R2024-03"),
    ],
)
def test_last_year_has_the_same_name(text: str, other: str) -> None:
    period = periods.parse(text)
    assert periods.last_year(period.kind, period.span) == periods.parse(other).span


def test_a_span_without_a_name_has_the_same_dates_last_year() -> None:
    assert periods.last_year(None, span_of("2024-02-29", "2024-03-10")) == span_of("2023-02-28", "2023-03-10")
    assert periods.last_year(None, span_of("2024-02-28", "2024-03-29")) == span_of("2023-02-28", "2023-03-29")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("2026-11-23", "2026-01-01"),
        ("2026-W10", "2025-12-29"),
        ("2026-W53", "2025-12-29"),
        ("2025-W01", "2024-12-30"),
        ("2021-W05", "2021-01-04"),
        ("2026-02", "2026-01-01"),
        ("2026-Q4", "2026-01-01"),
        ("2026-H1", "2026-01-01"),
        ("R2026-01", "2025-12-15"),
        ("R2026-12", "2025-12-15"),
    ],
)
def test_the_year_so_far_starts_where_its_calendar_does(text: str, first: str) -> None:
    period = periods.parse(text)
    assert periods.cumulative(period.kind, period.span) == Span(date.fromisoformat(first), period.span.last)


def test_the_year_so_far_of_a_span_without_a_name() -> None:
    assert periods.cumulative(None, span_of("2025-12-20", "2026-01-10")) == span_of("2026-01-01", "2026-01-10")


def test_every_period_that_touches_a_span_is_listed() -> None:
    found = [period.text for period in periods.enumerate_periods("month", span_of("2025-11-30", "2026-02-01"))]
    assert found == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert [p.text for p in periods.enumerate_periods("week", span_of("2026-11-23", "2026-11-29"))] == ["2026-W48"]
    assert [p.text for p in periods.enumerate_periods("day", span_of("2026-02-28", "2026-03-01"))] == [
        "2026-02-28", "2026-03-01",
    ]  # fmt: skip


def test_a_reporting_month_goes_from_the_15th_to_the_14th() -> None:
    assert periods.containing("reporting_month", date(2026, 11, 14)).text == "R2026-11"
    assert periods.containing("reporting_month", date(2026, 11, 15)).text == "R2026-12"
    assert periods.containing("reporting_month", date(2026, 12, 31)).text == "R2027-01"
    assert periods.containing("reporting_month", date(2026, 1, 1)).span == span_of("2025-12-15", "2026-01-14")


def test_a_span_closes_five_days_after_its_last() -> None:
    """Midnight in Vietnam is 17:00 of the day before in UTC."""
    span = span_of("2026-11-01", "2026-11-30")
    midnight = int(datetime(2026, 11, 30, 17, tzinfo=UTC).timestamp()) * 1_000
    assert periods.end_ms(span) == midnight
    assert periods.closing_ms(span) == midnight + 5 * 86_400_000
    assert start_ms(date(2026, 12, 1)) == midnight
    assert start_ms(date(1970, 1, 1)) == -7 * 3_600_000
