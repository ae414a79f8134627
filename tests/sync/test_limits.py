"""The limits in code are those that the protocol states in words (P3, P6, P12, P13, P15, P17, P23)."""

from pathlib import Path

import pytest

import sync
from sync import limits

PROTOCOL = (Path(sync.__file__).parent / "PROTOCOL.md").read_text("utf-8")
KIB = 1_024


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        ("integers within ±(2^53-1)", "INTEGER_MAX", 9_007_199_254_740_991),
        ("`count` from 0 to 2^31-1", "COUNT_MAX", 2_147_483_647),
        ("`[a-z][a-z0-9_]*`, at most 64 bytes", "FIELD_NAME_BYTES_MAX", 64),
        ("without NUL, at most 8 KiB", "VALUE_BYTES_MAX", 8 * KIB),
        ("depth at most 4", "VALUE_DEPTH_MAX", 4),
        ("An operation is at most 32 KiB", "OPERATION_BYTES_MAX", 32 * KIB),
        ("at most 100, strictly ascending n", "BATCH_OPERATIONS_MAX", 100),
        ("over 4 MiB inflated", "BODY_BYTES_MAX", 4 * KIB * KIB),
        ("most records in all, 0 to 500", "PULL_RECORDS_MAX", 500),
        ("more than 300,000 ms ahead", "CLAMP_AHEAD_MS", 300_000),
        ("a window (default 30 days", "FIRST_PULL_WINDOW_DAYS", 30),
        ("at most 2 MiB and 24 megapixels", "PHOTO_BYTES_MAX", 2 * KIB * KIB),
        ("at most 2 MiB and 24 megapixels", "PHOTO_PIXELS_MAX", 24_000_000),
    ],
)
def test_a_limit_is_what_the_protocol_says(words: str, name: str, value: int) -> None:
    assert words in PROTOCOL
    assert getattr(limits, name) == value
