"""The bound: the database's driver alone, writing the rows that a push wrote, with the same commits; and reading
the bytes that a pull told."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bench.records import Batch
from bench.stores import connect_raw
from bench.world import World

Rows = list[tuple[Any, ...]]
Table = tuple[list[str], Rows]

PAGE_RECORDS: Final = 500
# before what is measured, of every system: the driver, too, prepares a statement that it was given often enough
WARMING_CALLS: Final = 10


@dataclass(frozen=True, slots=True)
class Step:
    """One statement for many rows."""

    statement: str
    rows: Rows


@dataclass(frozen=True, slots=True)
class Commit:
    """One transaction."""

    steps: list[Step]


@dataclass(slots=True)
class Writing:
    """Replays transactions; the result is how many."""

    url: str
    commits: list[Commit]
    connection: Any = None

    def prepare(self) -> None:
        self.connection = connect_raw(self.url)

    def run(self, note: Callable[[float], None]) -> tuple[int, int]:
        cursor, clock = self.connection.cursor(), time.perf_counter
        for commit in self.commits:
            began = clock()
            # psycopg begins by itself
            if self.url.startswith("sqlite"):
                cursor.execute("BEGIN IMMEDIATE")
            for step in commit.steps:
                cursor.executemany(step.statement, step.rows)
            self.connection.commit()
            note(clock() - began)
        self.connection.close()
        self.connection = None
        return len(self.commits), 0


@dataclass(slots=True)
class Reading:
    """Reads the stored wire text of some units page by page in the order of `seq`; the result is records and bytes."""

    url: str
    units: list[str]
    connection: Any = None

    def prepare(self) -> None:
        self.connection = connect_raw(self.url)
        for _ in range(WARMING_CALLS):
            self.connection.execute(self._page(), (self.units[0], 0)).fetchall()

    def _page(self) -> str:
        mark = mark_of(self.url)
        rows = f"SELECT seq, wire FROM record WHERE partition = {mark} AND seq > {mark}"
        return f"{rows} ORDER BY seq LIMIT {PAGE_RECORDS}"

    def run(self, note: Callable[[float], None]) -> tuple[tuple[int, int], int]:
        page = self._page()
        records, size, clock = 0, 0, time.perf_counter
        for unit in self.units:
            after = 0
            began = clock()
            while rows := self.connection.execute(page, (unit, after)).fetchall():
                after = rows[-1][0]
                records += len(rows)
                size += len(",".join([row[1] for row in rows]).encode())
                note(clock() - began)
                began = clock()
        self.connection.close()
        self.connection = None
        return (records, size), 0


@dataclass(slots=True)
class Capture:
    """The rows that a push left, found again by batch."""

    url: str
    world: World
    tables: dict[str, Table] = field(default_factory=dict)

    def read(self) -> None:
        """Read all that the measured phones wrote."""
        connection = connect_raw(self.url)
        for table in ("operation", "record", "feed_mark", "dirty_cell", "device"):
            cursor = connection.execute(f'SELECT * FROM "{table}"')
            self.tables[table] = [column[0] for column in cursor.description], cursor.fetchall()
        connection.close()

    def commits(self, batches: Sequence[Batch], *, are_edits: bool) -> list[list[Commit]]:
        """The transactions of each client, a retried batch's second one too: it wrote the device's row alone."""
        keyed = _Keyed(self)
        of_client: dict[int, list[Commit]] = {}
        for batch in batches:
            commits = of_client.setdefault(batch.client, [])
            device = keyed.device_step(batch)
            commits.append(Commit([device, *keyed.record_steps(batch, are_edits=are_edits)]))
            if batch.is_retried:
                commits.append(Commit([device]))
        return [of_client[client] for client in sorted(of_client)]


class _Keyed:
    """The captured tables by the keys that a batch names."""

    def __init__(self, capture: Capture) -> None:
        self._mark = mark_of(capture.url)
        self._phones = capture.world.phones
        self._tables = capture.tables
        self._operations = self._by("operation", "device", "n")
        self._records = self._by("record", "id")
        self._marks = self._by("feed_mark", "partition", "last_seq")
        self._cells = self._by("dirty_cell", "area", "day")
        self._devices = self._by("device", "id")

    def device_step(self, batch: Batch) -> Step:
        """What every exchange writes of its device."""
        device, last = self._phones[batch.phone].device, batch.operations[-1]["n"]
        names = self._tables["device"][0]
        row = dict(zip(names, self._devices[(device,)], strict=True))
        statement = self._bound("UPDATE device SET last_sync_ms = ?, holds = ?, seen_n = ? WHERE id = ?")
        return Step(statement, [(row["last_sync_ms"], row["holds"], last, device)])

    def record_steps(self, batch: Batch, *, are_edits: bool) -> list[Step]:
        """Counter, log, records, mark and dirty cells, in the order of the server's locks."""
        device = self._phones[batch.phone].device
        records = [self._records[(operation["record"],)] for operation in batch.operations]
        names = self._tables["record"][0]
        partition, last = batch.operations[0]["partition"], max(row[names.index("seq")] for row in records)
        area, day = names.index("area"), names.index("day")
        cells = sorted({(row[area], row[day]) for row in records})
        counted = self._bound(
            "INSERT INTO counter (partition, seq) VALUES (?, ?)"
            " ON CONFLICT (partition) DO UPDATE SET seq = excluded.seq"
        )
        return [
            Step(counted, [(partition, last)]),
            self._insert("operation", [self._operations[device, o["n"]] for o in batch.operations]),
            self._update_records(records) if are_edits else self._insert("record", records),
            self._insert("feed_mark", [self._marks[partition, last]]),
            self._insert(
                "dirty_cell", [self._cells[cell] for cell in cells if cell in self._cells], "ON CONFLICT DO NOTHING"
            ),
        ]

    def _insert(self, table: str, rows: Rows, rest: str = "") -> Step:
        names = self._tables[table][0]
        columns, marks = ", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names))
        return Step(self._bound(f'INSERT INTO "{table}" ({columns}) VALUES ({marks}) {rest}'), rows)

    def _update_records(self, rows: Rows) -> Step:
        names = self._tables["record"][0]
        at = names.index("id")
        columns = ", ".join(f'"{name}" = ?' for name in names if name != "id")
        values = [(*row[:at], *row[at + 1 :], row[at]) for row in rows]
        return Step(self._bound(f"UPDATE record SET {columns} WHERE id = ?"), values)

    def _by(self, table: str, *keys: str) -> dict[tuple[Any, ...], tuple[Any, ...]]:
        names, rows = self._tables[table]
        places = [names.index(key) for key in keys]
        return {tuple(row[place] for place in places): tuple(row) for row in rows}

    def _bound(self, statement: str) -> str:
        return statement.replace("?", self._mark)


def mark_of(url: str) -> str:
    """The driver's sign for a bound value."""
    return "?" if url.startswith("sqlite") else "%s"
