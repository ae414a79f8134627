"""Cursors: nothing is skipped, a rolled-back or renamed history is noticed (P17, P20, A5, A16, A17)."""

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from sync.cursor import Cursor, Feed, after_page, decode, encode, plan_pull

FEED = Feed("epoch", "all", counter=10, counter_mark="m", mark_at_cursor="m", window_from_ms=1_000)
AT_END = Cursor("epoch", "all", 10, "m", 1_000)


@given(st.text(), st.integers(0, 2**53 - 1), st.integers(0, 9), st.booleans())
def test_a_cursor_survives_its_text(epoch: str, seq: int, place: int, descending: bool) -> None:
    cursor = Cursor(epoch, "all", seq, "m", None if descending else 5, place if descending else None)
    cursor = replace(cursor, pass_from_ms=7 if descending else None)
    assert decode(encode(cursor)) == cursor


@given(st.text())
def test_any_other_text_is_no_cursor(text: str) -> None:
    assert decode(text) is None


def test_a_forged_place_is_no_cursor() -> None:
    assert decode(encode(replace(AT_END, below=10**30, pass_from_ms=0))) is None


def test_a_first_pull_comes_from_the_top_and_ends_at_the_counter_of_its_start() -> None:
    page = plan_pull(None, FEED)
    assert page is not None and page.is_descending and page.below == 11 and page.is_first
    cursor, more = after_page(page, 7, "", is_full=True, counter=12)
    assert more and cursor.below == 7
    page = plan_pull(cursor, replace(FEED, counter=12))
    assert page is not None and page.below == 7
    cursor, more = after_page(page, 2, "", is_full=False, counter=12)
    assert (cursor.seq, cursor.below, more) == (10, None, True)


def test_an_ascending_page_moves_the_cursor_to_its_last_row() -> None:
    """A5: and never beyond what the page brings."""
    page = plan_pull(AT_END, replace(FEED, counter=15))
    assert page is not None and not page.is_descending and page.after == 10
    assert after_page(page, 12, "n", is_full=True, counter=15) == (replace(AT_END, seq=12, mark="n"), True)
    assert after_page(page, None, "", is_full=False, counter=10) == (AT_END, False)


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
    cursor, more = after_page(page, None, "", is_full=False, counter=10)
    assert (cursor, more) == (replace(AT_END, from_ms=500), False)
