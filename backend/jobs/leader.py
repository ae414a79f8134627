"""One leader among all processes: an advisory lock on PostgreSQL, a file lock beside a SQLite file.

waiting ──acquire──► leading ──lock lost──► waiting
   └──────── leaving ────────┴──────────► stopped, lock released

The lock ends with its process or its connection, so a leader that is killed is followed within a second. A
paused leader may wake up beside its successor: jobs are safe to run twice, and slots are claimed once.
"""

import fcntl
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol, TypeVar

from sqlalchemy import Connection, NullPool, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from backend.config import Settings

# "diaban" as a number: the key of the lock in its database
LOCK_KEY: Final = 0x646961_62616E
ELECTION_EVERY_S: Final = 1.0
# a dead network ends the connection, and with it the leadership, after about ten seconds
KEEPALIVES: Final = {
    "connect_timeout": 5, "keepalives": 1, "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}  # fmt: skip

Job = TypeVar("Job")
log = logging.getLogger(__name__)


class Lock(Protocol):
    """What leads: `acquire` never waits, `is_alive` says that the lock is still ours."""

    def acquire(self) -> bool: ...
    def is_alive(self) -> bool: ...
    def release(self) -> None: ...


class FileLock:
    """A lock on a file; the system lets go of it when the process ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def acquire(self) -> bool:
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return False
        self._handle = handle
        return True

    def is_alive(self) -> bool:
        """False when the file was replaced under us: another process may hold the new one."""
        if self._handle is None:
            return False
        try:
            return self._path.stat().st_ino == os.fstat(self._handle).st_ino
        except OSError:
            return False

    def release(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


class AdvisoryLock:
    """A session lock of PostgreSQL on a connection of its own, past any pooler."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(
            url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=dict(KEEPALIVES)
        )  # fmt: skip
        self._connection: Connection | None = None

    def acquire(self) -> bool:
        try:
            connection = self._engine.connect()
        except SQLAlchemyError:
            return False
        try:
            won = bool(connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": LOCK_KEY}).scalar())
        except SQLAlchemyError:
            won = False
        if won:
            self._connection = connection
        else:
            connection.close()
        return won

    def is_alive(self) -> bool:
        if self._connection is None:
            return False
        try:
            self._connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True

    def release(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def leader_lock(settings: Settings) -> Lock:
    """The lock of a deployment: whoever shares the database shares it."""
    if not settings.is_sqlite:
        return AdvisoryLock(settings.database_direct_url or settings.database_url)
    database = make_url(settings.database_url).database or str(settings.instance_dir / "diaban.db")
    return FileLock(Path(f"{database}.leader"))


def run_as_leader(
    lock: Lock,
    start: Callable[[], Job],
    stop: Callable[[Job], None],
    leaving: threading.Event,
    every_s: float = ELECTION_EVERY_S,
) -> None:
    """Run until `leaving` is set: `start` when elected, `stop` when the lock is lost or at the end."""
    running: Job | None = None
    while True:
        if running is not None and not lock.is_alive():
            log.warning("no longer the leader")
            _stopped(lock, stop, running)
            running = None
        if running is None and lock.acquire():
            running = _started(lock, start)
        if leaving.wait(every_s):
            break
    if running is not None:
        _stopped(lock, stop, running)


def _started(lock: Lock, start: Callable[[], Job]) -> Job | None:
    try:
        running = start()
    except Exception:
        # the next round tries again, here or in another process
        log.exception("the scheduler could not start")
        lock.release()
        return None
    log.info("leading: the scheduler runs in this process")
    return running


def _stopped(lock: Lock, stop: Callable[[Job], None], running: Job) -> None:
    try:
        stop(running)
    finally:
        lock.release()
