"""Days as people here count them: Asia/Ho_Chi_Minh, seven hours ahead of UTC all year."""

from datetime import UTC, datetime, timedelta
from typing import Final

OFFSET_MS: Final = 7 * 3_600_000
DAY_MS: Final = 86_400_000


def day_of(at_ms: int) -> str:
    """The local day (YYYY-MM-DD) of a moment."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms + OFFSET_MS)).date().isoformat()
