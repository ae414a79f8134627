"""Cursors (P17, P20): an opaque place in one partition's change feed, and the page that follows it.

null ──► descending (place below `below`, window from `from_ms`) ──► ascending after `seq`
              ▲                                                          │
              └────────────── the window grew wider ◄────────────────────┘
another epoch, scope or mark, or a place beyond the counter ──► reset

The mark is that of the newest change there was when the page was made, not of the place reached in it: a record that
had moved up by then, beyond the page, comes back below the place when the store is rolled back under the server.
"""

import base64
import json
from dataclasses import dataclass, replace

from sync.limits import INTEGER_MAX


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place `seq`, and the mark of the newest change then, which proves the history that was read; `from_ms` is the
    window read so far.

    While a descending pass runs, `below` is its place and `pass_from_ms` the window it brings. `top` is the newest
    change's own place, null where that is `seq`."""

    epoch: str
    scope: str
    seq: int
    mark: str
    from_ms: int | None
    below: int | None = None
    pass_from_ms: int | None = None
    top: int | None = None

    @property
    def marked_seq(self) -> int:
        """The change whose mark this is."""
        return self.seq if self.top is None else self.top

    def seen(self, counter: int, mark: str) -> "Cursor":
        """The same place, with a newer proof."""
        return replace(self, mark=mark, top=None if counter == self.seq else counter)


@dataclass(frozen=True, slots=True)
class Feed:
    """What the server knows of a partition when it answers. `mark_at_cursor` is null for an unknown change."""

    epoch: str
    scope: str
    counter: int
    counter_mark: str
    mark_at_cursor: str | None
    window_from_ms: int


@dataclass(frozen=True, slots=True)
class Page:
    """The rows to read next: descending below `below`, or ascending after `after`.

    A descending page takes families changed since `from_ms`; `is_first` brings all reference kinds too.
    A further pass brings again what the first one brought: a family of old records may have changed in between."""

    start: Cursor
    below: int | None = None
    from_ms: int = 0
    is_first: bool = False
    after: int = 0

    @property
    def is_descending(self) -> bool:
        return self.below is not None


def encode(cursor: Cursor) -> str:
    """The cursor as text for the wire."""
    parts = [
        cursor.epoch, cursor.scope, cursor.seq, cursor.mark, cursor.from_ms, cursor.below, cursor.pass_from_ms,
        *([] if cursor.top is None else [cursor.top]),
    ]  # fmt: skip
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def decode(text: str) -> Cursor | None:
    """The cursor of a text; null when it is none of ours (answered by a reset)."""
    try:
        parts = json.loads(base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
        epoch, scope, seq, mark, *places = parts
        from_ms, below, pass_from_ms, *rest = places
        top = rest[0] if rest else None
    except (ValueError, TypeError, RecursionError):
        return None
    names_sound = all(isinstance(part, str) for part in (epoch, scope, mark))
    places_sound = all(part is None or (type(part) is int and abs(part) <= INTEGER_MAX) for part in places)
    if not (names_sound and places_sound and type(seq) is int and 0 <= seq <= INTEGER_MAX):
        return None
    if (below is None) != (pass_from_ms is None) or (below is None and from_ms is None):
        return None
    if len(rest) > 1 or (rest and (top is None or top <= seq)):
        return None
    return Cursor(epoch, scope, seq, mark, from_ms, below, pass_from_ms, top)


def plan_pull(cursor: Cursor | None, feed: Feed) -> Page | None:
    """The page that follows a cursor (null = first pull); null when the phone must start anew (P20)."""
    if cursor is None:
        start = Cursor(
            feed.epoch, feed.scope, feed.counter, feed.counter_mark, None, feed.counter + 1, feed.window_from_ms
        )  # fmt: skip
        return _descending(start)
    known = cursor.marked_seq == 0 or cursor.mark == feed.mark_at_cursor
    if cursor.epoch != feed.epoch or cursor.scope != feed.scope or cursor.marked_seq > feed.counter or not known:
        return None
    if cursor.below is not None:
        return _descending(cursor)
    if cursor.from_ms is not None and feed.window_from_ms < cursor.from_ms:
        return _descending(replace(cursor, below=cursor.seq + 1, pass_from_ms=feed.window_from_ms))
    return Page(cursor, after=cursor.seq)


def after_page(page: Page, last_seq: int | None, *, is_full: bool, counter: int, mark: str) -> tuple[Cursor, bool]:
    """`(next cursor, more)` after a page whose last row has `last_seq` (null = no row).

    `counter` and its `mark` are not older than the page."""
    start = page.start.seen(counter, mark)
    if not page.is_descending:
        following = start if last_seq is None else replace(start, seq=last_seq).seen(counter, mark)
        return following, is_full and following.seq < counter
    if is_full:
        return (replace(start, below=last_seq) if last_seq is not None else start), True
    done = replace(start, from_ms=page.from_ms, below=None, pass_from_ms=None)
    return done, counter > done.seq


def _descending(start: Cursor) -> Page:
    return Page(start, below=start.below, from_ms=start.pass_from_ms or 0, is_first=start.from_ms is None)
