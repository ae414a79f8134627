"""What passes by itself is told as `busy`, whatever words the store finds for it (D8)."""

import pytest
from flask import Flask
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from backend.database import db, writing

# these errors are PostgreSQL's alone
pytestmark = [pytest.mark.postgresql, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]
CELL = "INSERT INTO dirty_cell (area, day, marked_ms) VALUES (:area, '2026-11-01', 1)"


def told(app: Flask, error: DBAPIError) -> tuple[int, str]:
    with app.test_request_context("/api/v1/me"):
        answer = app.make_response(app.handle_user_exception(error))
    assert answer.status_code != 503 or "Retry-After" in answer.headers
    return answer.status_code, answer.get_json()["type"].removeprefix("/problems/")


def failing(connection: Connection, statement: str) -> DBAPIError:
    with pytest.raises(DBAPIError) as caught:
        connection.execute(text(statement))
    return caught.value


def test_a_cancelled_statement_is_busy(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 20"))
        error = failing(connection, "SELECT pg_sleep(5)")
    assert told(app, error) == (503, "busy")


def test_a_lock_that_is_not_to_be_had_is_busy(app: Flask) -> None:
    with app.app_context(), writing() as holder, db.engine.connect() as other:
        holder.execute(text("LOCK TABLE dirty_cell"))
        error = failing(other, "LOCK TABLE dirty_cell NOWAIT")
    assert told(app, error) == (503, "busy")


def test_a_serialization_failure_is_busy(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as first, db.engine.connect() as second:
        for connection in (first, second):
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"))
            connection.execute(text("SELECT count(*) FROM dirty_cell")).all()
        first.execute(text(CELL), {"area": "a"})
        second.execute(text(CELL), {"area": "b"})
        first.commit()
        with pytest.raises(DBAPIError) as caught:
            second.commit()
    assert told(app, caught.value) == (503, "busy")


def test_a_fault_of_our_own_stays_one(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        error = failing(connection, "SELECT nothing FROM dirty_cell")
    assert told(app, error) == (500, "internal")
