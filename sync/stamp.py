"""Stamps and the total order of operations on a field (P3, P4, P12)."""

from collections.abc import Iterable

from sync.limits import CLAMP_AHEAD_MS, COUNT_MAX, INTEGER_MAX

Stamp = tuple[int, int]
# effective_ms, ms, count, device, n, tag: compared as integers and ASCII text
Key = tuple[int, int, int, str, int, str]


def next_stamp(now_ms: int, heads: Iterable[tuple[int, int]]) -> Stamp:
    """The stamp of a new operation (P3).

    `heads` are those it is about to replace, each `(effective_ms, or ms without a receipt; count)`."""
    known = list(heads)
    top = max((ms for ms, _ in known), default=-1)
    if now_ms > top:
        return now_ms, 0
    count = max(count for ms, count in known if ms == top) + 1
    # a forged count must not keep anybody from replacing the value
    return (top, count) if count <= COUNT_MAX else (top + 1, 0)


def clamp(ms: int, server_ms: int) -> tuple[int, bool]:
    """`(effective_ms, suspect)` at the first receipt (P12): never lifted, never a refusal."""
    limit = server_ms + CLAMP_AHEAD_MS
    return (limit, True) if ms > limit else (ms, False)


def is_stamp(value: object) -> bool:
    """Two integers within the ranges of P3."""
    if not (isinstance(value, list) and len(value) == 2):
        return False
    ms, count = value
    return type(ms) is int and type(count) is int and 0 <= ms <= INTEGER_MAX and 0 <= count <= COUNT_MAX
