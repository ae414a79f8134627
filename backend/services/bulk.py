"""Many rows in one statement: COPY and one document of JSON on PostgreSQL, `executemany` on SQLite.

Measured per 100 rows of the log: psycopg's `executemany` costs the server process more than all else of a push,
because each row is a message of its own; a COPY is one (docs/bench.md)."""

import json
from collections.abc import Callable, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Table, Text, TextClause, bindparam, func, insert, text, update
from sqlalchemy.exc import DBAPIError

POSTGRESQL = "postgresql"
DIALECTS = (POSTGRESQL, "sqlite")
T = TypeVar("T")


def by_dialect(build: Callable[[str], T]) -> dict[str, T]:
    """A statement for each engine, built once: building one costs as much as running it."""
    return {dialect: build(dialect) for dialect in DIALECTS}


def among(column: Any, dialect: str, name: str = "ids") -> ColumnElement[bool]:
    """Whether a column is one of the values that `listed` puts under `name`: one parameter, however many they are."""
    values = bindparam(name, type_=Text)
    if dialect == POSTGRESQL:
        found: ColumnElement[bool] = column == func.any(func.string_to_array(values, ","))
    else:
        found = column.in_(func.json_each(values).table_valued("value").select())
    return found


def listed(connection: Connection, values: Sequence[str]) -> str:
    """Ids (no commas) as the parameter of `among`."""
    return ",".join(values) if connection.dialect.name == POSTGRESQL else json.dumps(values)


def append_rows(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all name the same columns. Raises IntegrityError where one is there already."""
    if not rows:
        return
    if connection.dialect.name == POSTGRESQL:
        _copy(connection, table, rows)
    else:
        connection.execute(insert(table), list(rows))


def change_rows(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Set the columns that rows name, each in the row with its `id`."""
    if not rows:
        return
    names = tuple(name for name in rows[0] if name != "id")
    if connection.dialect.name == POSTGRESQL:
        connection.execute(_changing_all(table, names), {"rows": json.dumps(rows, ensure_ascii=False)})
    else:
        connection.execute(_changing_one(table, names), [{**row, "of_id": row["id"]} for row in rows])


def _copy(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    import psycopg

    names = list(rows[0])
    statement = f"COPY {table.name} ({', '.join(names)}) FROM STDIN"
    cursor: Any = connection.connection.cursor()
    try:
        with cursor.copy(statement) as copy:
            for values in map(itemgetter(*names), rows):
                copy.write_row(values)
    except psycopg.Error as error:
        raise DBAPIError.instance(statement, None, error, psycopg.Error, dialect=connection.dialect) from error
    finally:
        cursor.close()


@cache
def _changing_all(table: Table, names: tuple[str, ...]) -> TextClause:
    from sqlalchemy.dialects import postgresql

    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    typed = ", ".join(f"{name} {table.c[name].type.compile(dialect)}" for name in ("id", *names))
    setting = ", ".join(f"{name} = new.{name}" for name in names)
    # only names of our own columns are put together here
    return text(
        f"UPDATE {table.name} SET {setting} FROM json_to_recordset(CAST(:rows AS json)) AS new({typed}) "
        f"WHERE {table.name}.id = new.id"
    )


@cache
def _changing_one(table: Table, names: tuple[str, ...]) -> Any:
    changing = update(table).where(table.c.id == bindparam("of_id"))
    return changing.values({name: bindparam(name) for name in names})
