"""The only door to the clock and to chance: everything else is handed a value."""

import base64
import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from flask import current_app


def _system_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Ambient:
    """Clock (ms since 1970 UTC) and random bytes; tests and the simulation hand in their own."""

    now_ms: Callable[[], int] = field(default=_system_ms)
    random_bytes: Callable[[int], bytes] = field(default=secrets.token_bytes)

    def letters(self, length: int) -> str:
        """`length` random characters of `[a-z2-7]` (device ids, marks, epochs)."""
        return base64.b32encode(self.random_bytes(length)).decode().lower()[:length]

    def secret(self) -> str:
        """A 256-bit secret as URL-safe text (session tokens)."""
        return base64.urlsafe_b64encode(self.random_bytes(32)).decode().rstrip("=")

    def uuid(self) -> str:
        """A UUIDv7 (RFC 9562): time-ordered, so that rows land side by side in an index."""
        value = (self.now_ms() & (1 << 48) - 1) << 80 | int.from_bytes(self.random_bytes(10), "big")
        value = value & ~(0xF << 76) | 0x7 << 76
        return str(uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62))


def ambient() -> Ambient:
    """The running application's door."""
    found: Ambient = current_app.extensions["diaban_ambient"]
    return found
