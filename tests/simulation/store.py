"""The server's store in a simulation: a template of rows on real SQLite or real PostgreSQL, put back between schedules.

Rows are put back by plain statements on a connection of the simulation's own, which also reads for the oracle: the
application's engines stay open, and a schedule begins in about a millisecond.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pysqlite3
from psycopg import sql

from backend.models import Base

Row = tuple[Any, ...]
# put back only when something may have changed them
STATIC = frozenset({"area", "area_code", "former_name", "user_account"})


class Store(Protocol):
    """One database of one worker."""

    url: str
    name: str

    def rows(self, query: str, *values: Any) -> list[Row]:
        """What is committed now."""

    def run(self, statement: str, *values: Any) -> int:
        """One statement, committed; how many rows it concerned."""

    def take_template(self) -> None:
        """What stands now is what every schedule begins with."""

    def put_back(self, table: str, column: str, value: Any) -> None:
        """The template's rows with this value, unless they are there."""

    def reset(self, *, whole: bool) -> None:
        """Back to the template; static tables only with `whole`."""

    def close(self) -> None: ...


class _Stored:
    """What both stores have in common; `?` stands for a value in every statement."""

    mark = "?"

    def __init__(self) -> None:
        # by table: its columns, the statement that inserts a row, the rows
        self._template: dict[str, tuple[list[str], str, list[Row]]] = {}

    def rows(self, query: str, *values: Any) -> list[Row]:
        return list(self._execute(query, values).fetchall())

    def run(self, statement: str, *values: Any) -> int:
        return int(self._execute(statement, values).rowcount)

    def take_template(self) -> None:
        for table in Base.metadata.sorted_tables:
            columns = [column.name for column in table.columns]
            names = ", ".join(f'"{name}"' for name in columns)
            marks = ", ".join([self.mark] * len(columns))
            order = "path" if table.name == "area" else names
            found = self.rows(f'SELECT {names} FROM "{table.name}" ORDER BY {order}')
            insert = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'
            self._template[table.name] = columns, insert, found

    def put_back(self, table: str, column: str, value: Any) -> None:
        columns, insert, found = self._template[table]
        if self.rows(f'SELECT 1 FROM "{table}" WHERE "{column}" = ?', value):
            return
        at = columns.index(column)
        self._insert(insert, [row for row in found if row[at] == value])

    def reset(self, *, whole: bool) -> None:
        names = [name for name in self._template if whole or name not in STATIC]
        self._begin()
        for name in reversed(names):
            self._execute(f'DELETE FROM "{name}"', ())
        for name in names:
            _, statement, found = self._template[name]
            if found:
                self._insert(statement, found)
        self._commit()

    def _execute(self, statement: str, values: Sequence[Any]) -> Any:
        raise NotImplementedError

    def _insert(self, statement: str, rows: list[Row]) -> None:
        raise NotImplementedError

    def _begin(self) -> None:
        self._execute("BEGIN", ())

    def _commit(self) -> None:
        self._execute("COMMIT", ())


class SqliteStore(_Stored):
    """A file in memory where the system has such a place: the real file format, locks and journal, no disk."""

    name = "sqlite"

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.url = f"sqlite:///{path}"
        self._connection: Any = None

    def _execute(self, statement: str, values: Sequence[Any]) -> Any:
        if self._connection is None:
            self._connection = pysqlite3.connect(str(self.path), isolation_level=None, timeout=30)
        return self._connection.execute(statement, values)

    def _insert(self, statement: str, rows: list[Row]) -> None:
        self._connection.executemany(statement, rows)

    def _begin(self) -> None:
        self._execute("BEGIN IMMEDIATE", ())

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class PostgresStore(_Stored):
    """A database of a real cluster."""

    name = "postgresql"
    mark = "%s"

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self._scripts: dict[bool, str] = {}
        self._connection: psycopg.Connection[Row] | None = None

    def reset(self, *, whole: bool) -> None:
        """In one message: on a busy machine each costs a turn of another process."""
        if whole not in self._scripts:
            self._scripts[whole] = self._script([name for name in self._template if whole or name not in STATIC])
        self._execute(self._scripts[whole], ())

    def _script(self, names: list[str]) -> str:
        lines = [f'DELETE FROM "{name}"' for name in reversed(names)]
        for name in names:
            columns, _, found = self._template[name]
            listed = ", ".join(f'"{column}"' for column in columns)
            for row in found:
                values = ", ".join(sql.Literal(value).as_string(None) for value in row)
                lines.append(f'INSERT INTO "{name}" ({listed}) VALUES ({values})')
        return "; ".join(["BEGIN", *lines, "COMMIT"])

    def connect(self) -> psycopg.Connection[Row]:
        """One more connection, for somebody else's transaction."""
        return psycopg.connect(self.url, autocommit=True)

    def _execute(self, statement: str, values: Sequence[Any]) -> Any:
        if self._connection is None:
            self._connection = self.connect()
        return self._connection.execute(statement.replace("?", "%s").encode(), values or None)

    def _insert(self, statement: str, rows: list[Row]) -> None:
        if self._connection is not None:
            with self._connection.cursor() as cursor:
                cursor.executemany(statement.encode(), rows)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


AnyStore = SqliteStore | PostgresStore
