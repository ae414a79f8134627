"""A clock that a test moves, and applications that read it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Flask

import backend
from backend.ambient import Ambient
from backend.config import Settings
from backend.database import db

START_MS = 1_795_000_000_000


@dataclass(slots=True)
class Clock:
    """Now, as far as the application knows."""

    now_ms: int = START_MS

    def advance(self, *, seconds: int = 0, minutes: int = 0, hours: int = 0, days: int = 0) -> None:
        self.now_ms += 1000 * (seconds + 60 * (minutes + 60 * (hours + 24 * days)))


@contextmanager
def app_under(clock: Clock, settings: Settings) -> Iterator[Flask]:
    """An application that reads this clock; its connections are let go of at the end."""
    app = backend.create_app(settings, Ambient(now_ms=lambda: clock.now_ms))
    try:
        yield app
    finally:
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()
