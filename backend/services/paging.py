"""The opaque `next` of a list: the place of its last row, so that a page is found again by key and not by count."""

import base64
import json
from typing import Any

from backend.errors import ProblemError


def opaque(place: list[Any]) -> str:
    """A place as the caller hands it back."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def place_of(text: str | None, types: tuple[type, ...], name: str = "after") -> list[Any] | None:
    """The place that `opaque` made. Raises `parameter-invalid` for anything else."""
    if text is None:
        return None
    try:
        place = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError):
        place = None
    if not isinstance(place, list) or [type(part) for part in place] != list(types) or not _is_storable(place):
        raise ProblemError("parameter-invalid", params={"name": name})
    return place


def _is_storable(place: list[Any]) -> bool:
    """Neither store takes NUL, lone surrogates or more than 64 bits."""
    texts = [part for part in place if isinstance(part, str)]
    return not any("\0" in text or any("\ud800" <= char <= "\udfff" for char in text) for text in texts) and not any(
        isinstance(part, int) and abs(part) >= 2**53 for part in place
    )
