"""Days as people here count them: Asia/Ho_Chi_Minh, seven hours ahead of UTC.

Vietnam has kept +07:00 since 1975, so the offset is fixed and no time-zone database is needed."""

from datetime import date, timedelta
from functools import lru_cache
from typing import Final

DAY_MS: Final = 86_400_000
OFFSET_MS: Final = 7 * 3_600_000
# the last ms whose day here still has a name of four digits for its year
TIME_MS_MAX: Final = 253_402_275_599_999
EPOCH: Final = date(1970, 1, 1)


def date_of(ms: int) -> date:
    """The day at a time (ms since 1970 UTC); a time past the year 9999 is moved to its end."""
    return EPOCH + timedelta(days=(min(ms, TIME_MS_MAX) + OFFSET_MS) // DAY_MS)


def day_of(ms: int) -> str:
    """The same as `YYYY-MM-DD`."""
    return _name_of((min(ms, TIME_MS_MAX) + OFFSET_MS) // DAY_MS)


@lru_cache(maxsize=1_000)
def _name_of(days_since_epoch: int) -> str:
    """Records come in by the hundred for the same few days."""
    return (EPOCH + timedelta(days=days_since_epoch)).isoformat()


def start_ms(day: date) -> int:
    """The ms at which a day starts."""
    return (day - EPOCH).days * DAY_MS - OFFSET_MS


def minutes_between(start: int | None, end: int | None) -> int | None:
    """Whole minutes from one time to another, rounded down; null where one is missing or they are out of order."""
    if start is None or end is None or end < start:
        return None
    return (end - start) // 60_000
