"""Insert-or-update in bulk, the same on SQLite and PostgreSQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.inspection import inspect

from backend.models import Base


def insert_missing(connection: Connection, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows whose primary key is not there yet."""
    if rows:
        connection.execute(_insert(connection, model).on_conflict_do_nothing(), list(rows))


def insert_or_update(connection: Connection, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, or set every given column of those whose primary key is there."""
    if not rows:
        return
    keys = [column.name for column in inspect(model).primary_key]
    statement = _insert(connection, model)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), list(rows))


def _insert(connection: Connection, model: type[Base]) -> Any:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(model)
