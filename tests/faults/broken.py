"""A server that says "stored" before it is: the positive control of the tests that kill servers and trace them."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import Connection, event

import backend
from backend.database import db
from backend.services import retrying

COMMIT_AFTER_S = 0.4


def create_app() -> Flask:
    """`BROKEN=receipt-before-commit` commits after the answer, `BROKEN=no-fsync` lets the system write when it likes."""
    fault = os.environ["BROKEN"]
    app = backend.create_app()
    if fault == "receipt-before-commit":
        retrying.writing = _writing_later  # type: ignore[attr-defined]
    else:
        with app.app_context():
            event.listen(db.engine, "connect", _loosen)
            event.listen(db.engine, "begin", _answer_early)
    return app


@contextmanager
def _writing_later() -> Iterator[Connection]:
    connection = db.engine.connect()
    transaction = connection.begin()
    try:
        yield connection
    except BaseException:
        transaction.rollback()
        connection.close()
        raise
    threading.Thread(target=_commit, args=(connection, transaction), daemon=True).start()


def _commit(connection: Connection, transaction: Any) -> None:
    time.sleep(COMMIT_AFTER_S)
    transaction.commit()
    connection.close()


def _loosen(connection: Any, _record: object) -> None:
    if type(connection).__module__.startswith("pysqlite3"):
        connection.execute("PRAGMA synchronous=OFF").close()


def _answer_early(connection: Connection) -> None:
    """After the application has asked for the contrary, in each transaction."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
