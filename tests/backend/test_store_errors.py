"""What passes by itself is told as `busy`, whatever words the store finds for it (D8)."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from backend.config import Settings
from backend.database import PREPARED_FROM, db, reading, writing
from tests.support.clock import Clock, app_under

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


def test_a_failed_write_leaves_nothing_and_its_connection_is_good_again(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(DBAPIError):
            fail_in_a_write()
        with writing() as connection:
            assert connection.execute(text("SELECT count(*) FROM dirty_cell")).scalar_one() == 0


def fail_in_a_write() -> None:
    with writing() as connection:
        connection.execute(text(CELL), {"area": "a"})
        connection.execute(text("SELECT nothing FROM dirty_cell"))


@pytest.mark.parametrize("is_pooled", [False, True])
def test_statements_are_prepared_unless_a_pooler_stands_between(settings: Settings, *, is_pooled: bool) -> None:
    """pgbouncer before 1.21 gives a session's prepared statements to another."""
    direct = settings.database_url if is_pooled else None
    pooled = replace(settings, database_direct_url=direct)
    with app_under(Clock(), pooled) as app, app.app_context(), reading() as connection:
        for _ in range(PREPARED_FROM + 1):
            connection.execute(text("SELECT 1"))
        prepared = connection.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one()
    assert (prepared > 0) is not is_pooled


def test_a_statement_prepared_for_other_columns_is_busy_once(app: Flask) -> None:
    """A migration may change a column's type while the version before still serves."""
    asked = text("SELECT name FROM device")
    with app.app_context():
        with reading() as connection:
            for _ in range(PREPARED_FROM + 1):
                connection.execute(asked)
        with writing() as connection:
            connection.execute(text("ALTER TABLE device ALTER COLUMN name TYPE varchar(300)"))
        with reading() as connection:
            error = failing(connection, "SELECT name FROM device")
        with reading() as connection:
            assert connection.execute(asked).all() == []
    assert told(app, error) == (503, "busy")


def test_a_fault_of_our_own_stays_one(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        error = failing(connection, "SELECT nothing FROM dirty_cell")
    assert told(app, error) == (500, "internal")
