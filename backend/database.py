"""Engines and transactions: one writer and one reader engine on SQLite or PostgreSQL.

SQLite below 3.51.3 can lose committed WAL writes (sqlite.org/wal.html#walresetbug), so the build
comes from pysqlite3 and an unsound one refuses to start. A receipt is given only after fsync:
`synchronous=FULL` here, `synchronous_commit=on` there, whatever the server or the role has as its default.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pysqlite3
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, ExceptionContext, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from backend.config import Settings, SettingsError
from backend.models.base import Base

db = SQLAlchemy(model_class=Base, disable_autonaming=True)

READER = "reader"
BUSY_TIMEOUT_MS = 30_000
# a pooled connection that rested longer is asked whether it still lives; one used just now is not
RESTED_S_MAX = 2.0
# in PostgreSQL's words; a waiter gives up its place, and a busy store says so, instead of a queue without an end
BEGIN_WRITE = f"BEGIN; SET LOCAL synchronous_commit = on; SET LOCAL lock_timeout = {BUSY_TIMEOUT_MS}"
# a statement that was sent so many times is prepared: the database need not read and plan it each time
PREPARED_FROM = 3
# feature not supported: a cached plan must not change result type; no such prepared statement
STALE_PLAN = ("0A000", "26000")
WARNED = "warned"
SOUND_SINCE = (3, 51, 3)
SOUND_BACKPORTS = {(3, 44): 6, (3, 50): 7}


def init_database(app: Flask, settings: Settings) -> None:
    """Configure both engines on the application."""
    if settings.is_sqlite:
        refuse_unsound_sqlite(pysqlite3.sqlite_version_info)
        settings.instance_dir.mkdir(parents=True, exist_ok=True)
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _options(settings)
    app.config["SQLALCHEMY_BINDS"] = {READER: {"url": settings.database_url, **_options(settings)}}
    db.init_app(app)
    with app.app_context():
        for engine, begin in ((db.engine, "BEGIN IMMEDIATE"), (db.engines[READER], "BEGIN")):
            if settings.is_sqlite:
                _prepare_sqlite(engine, begin)
            else:
                _ask_rested_connections(engine)
                _leave_stale_plans(engine)
        if not settings.is_sqlite:
            _prepare_postgresql(db.engine)


def refuse_unsound_sqlite(version: tuple[int, ...]) -> None:
    """Raise SettingsError for a SQLite build with the WAL-reset fault."""
    backport = SOUND_BACKPORTS.get((version[0], version[1]))
    if version >= SOUND_SINCE or (backport is not None and version[2] >= backport):
        return
    raise SettingsError(f"SQLite {'.'.join(map(str, version))} can lose committed writes; 3.51.3 or later is needed")


class NotDurable(Exception):
    """The store has committed, but could not do so as safely as it is set to: the same request again will tell."""


@contextmanager
def writing() -> Iterator[Connection]:
    """One write transaction: committed on leaving, rolled back on any exception.

    Raises NotDurable when PostgreSQL gave up waiting for its standby: it commits then, with a warning alone. The
    next commit of the caller waits for this one, too."""
    with db.engine.begin() as connection:
        told = connection.info
        told.pop(WARNED, None)
        yield connection
    if told.pop(WARNED, None):
        raise NotDurable


@contextmanager
def reading() -> Iterator[Connection]:
    """Reads that never take the write lock."""
    with db.engines[READER].connect() as connection:
        yield connection


def _options(settings: Settings) -> dict[str, Any]:
    if settings.is_sqlite:
        return {"module": pysqlite3, "connect_args": {"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}}
    options: dict[str, Any] = {"pool_size": 8, "max_overflow": 8, "pool_timeout": 20}
    # a direct way is named where a pooler stands between, and pgbouncer below 1.21 breaks prepared statements
    threshold = None if settings.database_direct_url else PREPARED_FROM
    options["connect_args"] = {"connect_timeout": 5, "prepare_threshold": threshold}
    # a writer begins by itself, with what each transaction is to be: a round trip less
    options["isolation_level"] = "AUTOCOMMIT"
    return options


def _ask_rested_connections(engine: Engine) -> None:
    """Replace connections that died while they rested in the pool, at no cost to a busy server."""

    @event.listens_for(engine, "checkin")
    def note_time(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["rested_since_s"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ask(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        if time.monotonic() - record.info.get("rested_since_s", time.monotonic()) < RESTED_S_MAX:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error:
            # the pool tries again with a new connection
            raise DisconnectionError from None


def _leave_stale_plans(engine: Engine) -> None:
    """A statement that was prepared for the columns before a migration: its connection goes, and is told as lost."""

    @event.listens_for(engine, "handle_error")
    def replace(context: ExceptionContext) -> None:
        if getattr(context.original_exception, "sqlstate", None) in STALE_PLAN:
            context.is_disconnect = True


def _prepare_postgresql(writer: Engine) -> None:
    @event.listens_for(writer, "connect")
    def listen(connection: psycopg.Connection[Any], record: ConnectionPoolEntry) -> None:
        def note(told: psycopg.errors.Diagnostic) -> None:
            if told.severity_nonlocalized == "WARNING":
                record.info[WARNED] = told.message_primary or "a warning"

        connection.add_notice_handler(note)

    # of each transaction: a pooler between may give the session to somebody else
    @event.listens_for(writer, "begin")
    def set_up(connection: Connection) -> None:
        connection.exec_driver_sql(BEGIN_WRITE)


def _prepare_sqlite(engine: Engine, begin: str) -> None:
    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def start_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)
