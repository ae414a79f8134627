"""The server on a clock that is another than the machine's, and that may run faster: for gunicorn, by its environment."""

import os
import time
from dataclasses import dataclass

from flask import Flask

import backend
from backend.ambient import Ambient
from tests.support.server import GUNICORN

COMMAND = [*GUNICORN[:-1], "tests.faults.other_time:create_app()"]
NAMES = ("OTHER_TIME_REAL_FROM_MS", "OTHER_TIME_FROM_MS", "OTHER_TIME_RATE")


@dataclass(frozen=True, slots=True)
class OtherTime:
    """`from_ms` at `real_from_ms`, and from there `rate` times as fast as the machine's."""

    real_from_ms: int
    from_ms: int
    rate: float = 1.0

    @classmethod
    def begin(cls, from_ms: int, rate: float = 1.0) -> "OtherTime":
        """It is `from_ms` now."""
        return cls(_real_ms(), from_ms, rate)

    def now_ms(self) -> int:
        return self.from_ms + round((_real_ms() - self.real_from_ms) * self.rate)

    @property
    def environment(self) -> dict[str, str]:
        return dict(zip(NAMES, map(str, (self.real_from_ms, self.from_ms, self.rate)), strict=True))

    @property
    def wire(self) -> dict[str, float]:
        """As the phone is told."""
        return {"realFromMs": self.real_from_ms, "fromMs": self.from_ms, "rate": self.rate}


def _real_ms() -> int:
    return time.time_ns() // 1_000_000


def create_app() -> Flask:
    """The application as it is, but for its clock."""
    real_from, other_from, rate = (os.environ[name] for name in NAMES)
    clock = OtherTime(int(real_from), int(other_from), float(rate))
    return backend.create_app(None, Ambient(now_ms=clock.now_ms))
