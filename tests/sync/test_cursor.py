"""Cursors: nothing is skipped, a rolled-back or renamed history is noticed (P17, P20, A5, A16, A17)."""

import base64
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from sync.cursor import Cursor, Feed, Page, after_page, decode, encode, plan_pull

FEED = Feed("epoch", "all", counter=10, counter_mark="m", mark_at_cursor="m", window_from_ms=1_000)
AT_END = Cursor("epoch", "all", 10, "m", 1_000)


@given(st.text(), st.integers(0, 2**53 - 2), st.integers(0, 9), st.booleans())
def test_a_cursor_survives_its_text(epoch: str, seq: int, place: int, descending: bool) -> None:
    cursor = Cursor(epoch, "all", seq, "m", None if descending else 5, place if descending else None)
    cursor = replace(cursor, pass_from_ms=7 if descending else None, top=seq + 1 if place % 2 else None)
    assert decode(encode(cursor)) == cursor


@given(st.text())
def test_any_other_text_is_no_cursor(text: str) -> None:
    assert decode(text) is None


def test_a_forged_place_is_no_cursor() -> None:
    assert decode(encode(replace(AT_END, below=10**30, pass_from_ms=0))) is None


def test_a_first_pull_comes_from_the_top_and_ends_at_the_counter_of_its_start() -> None:
    page = plan_pull(None, FEED)
    assert page is not None and page.is_descending and page.below == 11 and page.is_first
    cursor, more = after_page(page, 7, is_full=True, counter=12, mark="x")
    assert more and (cursor.seq, cursor.below, cursor.top, cursor.mark) == (10, 7, 12, "x")
    page = plan_pull(cursor, replace(FEED, counter=12, mark_at_cursor="x"))
    assert page is not None and page.below == 7
    cursor, more = after_page(page, 2, is_full=False, counter=12, mark="x")
    assert (cursor.seq, cursor.below, more) == (10, None, True)


def test_an_ascending_page_moves_the_cursor_to_its_last_row() -> None:
    """A5: and never beyond what the page brings."""
    page = plan_pull(AT_END, replace(FEED, counter=15))
    assert page is not None and not page.is_descending and page.after == 10
    there = replace(AT_END, seq=12, mark="n", top=15)
    assert after_page(page, 12, is_full=True, counter=15, mark="n") == (there, True)
    assert after_page(page, None, is_full=False, counter=10, mark="m") == (AT_END, False)


def test_the_proof_is_of_the_newest_change_and_not_of_the_place_reached() -> None:
    """P17: what had moved up beyond the page comes back below its place when the store is rolled back."""
    halfway = replace(AT_END, seq=5, top=10)
    assert plan_pull(halfway, FEED) == Page(halfway, after=5)
    assert plan_pull(halfway, replace(FEED, counter=9)) is None
    assert plan_pull(halfway, replace(FEED, counter=12, mark_at_cursor="other")) is None
    page = plan_pull(halfway, replace(FEED, counter=12))
    assert page is not None
    assert after_page(page, 12, is_full=True, counter=12, mark="n") == (replace(AT_END, seq=12, mark="n"), False)
    assert after_page(page, 8, is_full=True, counter=12, mark="n") == (replace(AT_END, seq=8, mark="n", top=12), True)


@pytest.mark.parametrize(
    "feed",
    [
        replace(FEED, epoch="another"),
        replace(FEED, scope="narrow"),
        replace(FEED, mark_at_cursor="other"),
        replace(FEED, mark_at_cursor=None),
        replace(FEED, counter=9),
    ],
)
def test_another_history_starts_anew(feed: Feed) -> None:
    assert plan_pull(AT_END, feed) is None


def test_a_wider_window_brings_the_older_rows_in_a_further_pass() -> None:
    page = plan_pull(AT_END, replace(FEED, window_from_ms=500))
    assert page is not None and page.is_descending
    assert (page.below, page.from_ms, page.is_first) == (11, 500, False)
    cursor, more = after_page(page, None, is_full=False, counter=10, mark="m")
    assert (cursor, more) == (replace(AT_END, from_ms=500), False)


def test_a_first_pull_reads_the_window_of_the_feed() -> None:
    page = plan_pull(None, FEED)
    assert page is not None
    assert page.start == Cursor("epoch", "all", 10, "m", None, 11, 1_000)
    assert (page.from_ms, page.after) == (1_000, 0)


def test_a_window_may_reach_back_to_1970() -> None:
    page = plan_pull(None, replace(FEED, window_from_ms=0))
    assert page is not None
    assert page.from_ms == 0


def test_a_pass_is_continued_where_it_stands_whatever_the_window_is_now() -> None:
    halfway = replace(AT_END, from_ms=None, below=5, pass_from_ms=700)
    page = plan_pull(halfway, replace(FEED, window_from_ms=1))
    assert page is not None
    assert (page.start, page.below, page.from_ms, page.is_first) == (halfway, 5, 700, True)


def test_a_narrower_window_or_the_same_brings_nothing_again() -> None:
    for from_ms in (1_000, 1_001):
        page = plan_pull(AT_END, replace(FEED, window_from_ms=from_ms))
        assert page is not None
        assert page == Page(AT_END, below=None, from_ms=0, is_first=False, after=10)
        assert not page.is_descending


def test_before_the_first_change_there_is_no_mark_to_know() -> None:
    """P17: seq 0 is the same place in every history of an epoch; from 1 on the mark decides."""
    at_start = replace(AT_END, seq=0, mark="")
    assert plan_pull(at_start, replace(FEED, mark_at_cursor=None)) is not None
    assert plan_pull(replace(at_start, seq=1), replace(FEED, mark_at_cursor=None)) is None
    assert plan_pull(replace(at_start, seq=1), replace(FEED, mark_at_cursor="other")) is None


def test_a_cursor_at_the_counter_is_of_this_history() -> None:
    assert plan_pull(AT_END, FEED) is not None


def test_more_is_promised_only_where_a_full_page_ends_before_the_counter() -> None:
    page = plan_pull(AT_END, replace(FEED, counter=15))
    assert page is not None
    assert [after_page(page, 12, is_full=full, counter=15, mark="n")[1] for full in (True, False)] == [True, False]
    assert after_page(page, 15, is_full=True, counter=15, mark="n")[1] is False


def test_a_pull_of_no_records_stays_where_it_is() -> None:
    page = plan_pull(None, FEED)
    assert page is not None
    assert after_page(page, None, is_full=True, counter=10, mark="m") == (page.start, True)


def test_the_last_page_from_the_top_leaves_the_cursor_at_its_window() -> None:
    page = plan_pull(None, FEED)
    assert page is not None
    done = Cursor("epoch", "all", 10, "m", 1_000)
    assert after_page(page, 3, is_full=False, counter=10, mark="m") == (done, False)
    assert after_page(page, 3, is_full=False, counter=11, mark="n") == (replace(done, mark="n", top=11), True)


def text_of(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "parts",
    [
        ("e", "s", 0, "m", None, 1, 0),
        ("e", "s", 2**53 - 1, "m", 5, None, None),
        ("e", "s", 1, "m", -(2**53) + 1, 5, -1),
        ("e", "s", 1, "m", 5, None, None, 2),
    ],
)
def test_a_sound_cursor_is_read(parts: tuple[Any, ...]) -> None:
    assert decode(text_of(*parts)) == Cursor(*parts)


@pytest.mark.parametrize(
    "parts",
    [
        (),
        ("e", "s", 1, "m", 5, None),
        ("e", "s", 1, "m", 5, None, None, None),
        (1, "s", 1, "m", 5, None, None),
        ("e", None, 1, "m", 5, None, None),
        ("e", "s", 1, 7, 5, None, None),
        ("e", "s", -1, "m", 5, None, None),
        ("e", "s", 2**53, "m", 5, None, None),
        ("e", "s", True, "m", 5, None, None),
        ("e", "s", "1", "m", 5, None, None),
        ("e", "s", None, "m", 5, None, None),
        ("e", "s", 1, "m", "5", None, None),
        ("e", "s", 1, "m", True, None, None),
        ("e", "s", 1, "m", 2**53, None, None),
        ("e", "s", 1, "m", -(2**53), None, None),
        ("e", "s", 1, "m", 5, 1.5, 5),
        ("e", "s", 1, "m", 5, 5, None),
        ("e", "s", 1, "m", 5, None, 5),
        ("e", "s", 1, "m", None, None, 5),
        ("e", "s", 1, "m", None, None, None),
        ("e", "s", 1, "m", 5, None, None, 1),
        ("e", "s", 1, "m", 5, None, None, 2**53),
        ("e", "s", 1, "m", 5, None, None, 2, 3),
    ],
)
def test_a_cursor_of_other_parts_is_none_of_ours(parts: tuple[Any, ...]) -> None:
    assert decode(text_of(*parts)) is None


@pytest.mark.parametrize("text", ["", "AAAA", "é", text_of("e", "s")[:-1], "W" * 10_001])
def test_what_is_no_json_list_is_none_of_ours(text: str) -> None:
    assert decode(text) is None


def test_a_cursor_needs_no_escaping_in_an_address() -> None:
    for epoch in ("???", ">>>", "é", "a", "ab", "abc"):
        assert re.fullmatch(r"[A-Za-z0-9_-]+", encode(replace(AT_END, epoch=epoch)))
        assert decode(encode(replace(AT_END, epoch=epoch))) == replace(AT_END, epoch=epoch)


def test_a_cursor_is_as_short_as_its_parts() -> None:
    assert base64.urlsafe_b64decode(encode(AT_END) + "===") == b'["epoch","all",10,"m",1000,null,null]'
