"""One write transaction, tried again when another one came in between."""

from collections.abc import Callable, Collection
from typing import Final, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

from backend.database import writing
from backend.services.merging import Moved
from backend.services.push import Unlocked

TRIES_MAX: Final = 5
# a serialization failure, a deadlock
RETRIED_SQLSTATES: Final = ("40001", "40P01")
T = TypeVar("T")


def retried(work: Callable[[Connection, Collection[str]], T]) -> T:
    """What `work` answers, committed; whatever it raises rolls back, and what passes by itself is tried again.

    `work` is given the partitions whose counters turned out to be needed as well (P16)."""
    also_lock: frozenset[str] = frozenset()
    for tried in range(1, TRIES_MAX + 1):
        try:
            with writing() as connection:
                return work(connection, also_lock)
        except (DBAPIError, Moved) as error:
            if tried == TRIES_MAX or not is_passing(error):
                raise
            also_lock |= error.partitions if isinstance(error, Unlocked) else frozenset()
    raise AssertionError("unreachable")


def is_passing(error: Exception) -> bool:
    """Whether the same transaction tried again gets past it: a deadlock, a record created or moved meanwhile (P27)."""
    if isinstance(error, Moved | IntegrityError):
        return True
    return getattr(getattr(error, "orig", None), "sqlstate", "") in RETRIED_SQLSTATES
