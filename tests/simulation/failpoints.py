"""Where the server can break off: at any call of the database, before a commit, or right after it.

`Crash` is no `Exception`, so that nothing in the application can catch it: the process is gone, its connection
with it, and what was not committed never was. A `Stumble` is an error that the database itself reports and that
passes: the application must try again or answer 503.
"""

import threading
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pysqlite3
from flask import Flask

from backend.database import READER, db

CALLS = ("do_execute", "do_executemany", "do_execute_no_params")


class Crash(BaseException):
    """The server process died here."""


LOCKING = ("INSERT", "UPDATE", "DELETE", "WITH", "\nWITH")
PAUSE_S_MAX = 30


@dataclass(slots=True)
class Pause:
    """One thread stops before it commits what it began to write first, so that others can overtake it."""

    reached: threading.Event = field(default_factory=threading.Event)
    may_go: threading.Event = field(default_factory=threading.Event)
    # the thread itself: another one may get the ident of one that has ended
    owner: threading.Thread | None = None
    connection: Any = None

    def take(self) -> None:
        """The calling thread is the one that stops."""
        self.owner = threading.current_thread()

    def note(self, connection: Any) -> None:
        """A statement of a writer; a build that writes on a second connection meanwhile is not stopped there."""
        if self.connection is None and self.owner is threading.current_thread():
            self.connection = connection

    def stop_here(self, connection: Any) -> None:
        is_own = self.owner is threading.current_thread() and connection is self.connection
        if is_own and not self.reached.is_set():
            self.reached.set()
            self.may_go.wait(PAUSE_S_MAX)


@dataclass(slots=True)
class Failpoints:
    """What is armed, for the calls of one request. Nothing is, most of the time."""

    # "call", "before-commit", "after-commit", "stumble"
    kind: str | None = None
    # which of them, counted from 1
    at: int = 0
    passed: int = 0
    pause: Pause | None = None

    def arm(self, kind: str, at: int) -> None:
        self.kind, self.at, self.passed = kind, at, 0

    @property
    def is_armed(self) -> bool:
        return self.kind is not None

    def disarm(self) -> None:
        self.kind = None

    def reach(self, place: str, error: BaseException) -> None:
        """Raise here if this is the one."""
        if self.kind != place:
            return
        self.passed += 1
        if self.passed == self.at:
            self.kind = None
            raise error


def watch(app: Flask, points: Failpoints) -> None:
    """Put the points under the engines of an application, below everything that SQLAlchemy does."""
    with app.app_context():
        for name, engine in db.engines.items():
            _watch_dialect(engine.dialect, points, is_writer=name != READER)


def _watch_dialect(dialect: Any, points: Failpoints, *, is_writer: bool) -> None:
    for name in CALLS:
        setattr(dialect, name, _call(getattr(dialect, name), points, dialect.name, is_writer=is_writer))
    commit = dialect.do_commit

    def do_commit(connection: Any) -> None:
        if points.pause is not None:
            points.pause.stop_here(connection.dbapi_connection)
        points.reach("before-commit", Crash())
        commit(connection)
        points.reach("after-commit", Crash())

    dialect.do_commit = do_commit


def _call(call: Any, points: Failpoints, engine: str, *, is_writer: bool) -> Any:
    def watched(cursor: Any, statement: str, *more: Any, **named: Any) -> Any:
        if is_writer and points.pause is not None:
            points.pause.note(cursor.connection)
        if points.kind is not None:
            points.reach("call", Crash())
            points.reach("stumble", _passing(engine, statement))
        return call(cursor, statement, *more, **named)

    return watched


def _passing(engine: str, statement: str) -> BaseException:
    """What a busy store says. Only what takes locks can be part of a deadlock; anything can lose its connection."""
    error: BaseException
    if engine == "sqlite":
        error = pysqlite3.OperationalError("database is locked")
    elif statement.startswith(LOCKING) or "FOR UPDATE" in statement:
        error = psycopg.errors.DeadlockDetected("deadlock detected")
    else:
        error = psycopg.OperationalError("server closed the connection unexpectedly")
    return error
