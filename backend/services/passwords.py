"""Passwords: Argon2id with the parameters of OWASP's minimum, 24 ms on two small cores (docs/operations.md)."""

from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

PASSWORD_CHARACTERS_MIN: Final = 12
PASSWORD_CHARACTERS_MAX: Final = 200

_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_password(password: str) -> str:
    """What stands in the store for a password."""
    return _HASHER.hash(password)


def is_password(stored: str | None, password: str) -> bool:
    """Whether the password is right. Without a hash the same work is done, and the answer is no (T5)."""
    # made even when it is not needed, so that the first unknown account of a process does not take longer
    dummy = _dummy_hash()
    try:
        _HASHER.verify(stored or dummy, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


@cache
def _dummy_hash() -> str:
    return hash_password("of nobody")
