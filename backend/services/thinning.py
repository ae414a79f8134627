"""Thinning a ring out (Douglas and Peucker), so that a commune is a few kilobytes on a phone."""

import math
from collections.abc import Sequence
from typing import Final

TOLERANCE_M: Final = 20.0
METRES_PER_DEGREE: Final = 111_320.0
# a triangle, and its first position again
RING_POSITIONS_MIN: Final = 4

Position = tuple[float, float]


def thin_ring(ring: Sequence[Position]) -> list[Position] | None:
    """No position that is left out lies further than the tolerance from the ring that stays; None: nothing stays."""
    plane = _in_metres(ring)
    # a ring has no ends: it is cut at its first position and the one farthest from it
    far = max(range(len(plane)), key=lambda index: math.dist(plane[0], plane[index]))
    kept = _kept(plane, 0, far) | _kept(plane, far, len(plane) - 1)
    thin = [ring[index] for index in sorted(kept)]
    return thin if len(thin) >= RING_POSITIONS_MIN else None


def _kept(plane: Sequence[Position], first: int, last: int) -> set[int]:
    kept, open_stretches = {first, last}, [(first, last)]
    while open_stretches:
        start, end = open_stretches.pop()
        if end - start < 2:
            continue
        away = {index: _distance(plane[index], plane[start], plane[end]) for index in range(start + 1, end)}
        farthest = max(away, key=away.__getitem__)
        if away[farthest] > TOLERANCE_M:
            kept.add(farthest)
            open_stretches += [(start, farthest), (farthest, end)]
    return kept


def _in_metres(ring: Sequence[Position]) -> list[Position]:
    """Flat: within a commune the earth is."""
    shrink = math.cos(math.radians(ring[0][1]))
    return [(lon * METRES_PER_DEGREE * shrink, lat * METRES_PER_DEGREE) for lon, lat in ring]


def _distance(point: Position, start: Position, end: Position) -> float:
    """From the point to the stretch between two others, not to the line beyond it."""
    (x, y), (ax, ay), (bx, by) = point, start, end
    length = (bx - ax) ** 2 + (by - ay) ** 2
    share = 0.0 if length == 0 else max(0.0, min(1.0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length))
    return math.hypot(x - ax - share * (bx - ax), y - ay - share * (by - ay))
