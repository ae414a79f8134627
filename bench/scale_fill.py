"""Fills PostgreSQL with records such as a push leaves them: each row is a real one with another name, place and time.

Units are filled in turn, as units push in turn, so that the rows of one unit lie far apart on disk.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from bench.records import EDITED, Wire

Progress = Callable[[str], None]

# rows of one statement
CHUNK: Final = 250_000
# records of one unit that one request brought
RUN_RECORDS: Final = 10
STEP_MS: Final = 3_000
HOUR_MS: Final = 3_600_000
# what a real row is turned into, by place in `format`
RECORD, UNIT, NAME, DEVICE, SEQ, AT, END = (f"%{place}$s" for place in range(1, 8))


@dataclass(frozen=True, slots=True)
class Pattern:
    """A real record with its operation, the names in it replaced by places of `format`."""

    made: Wire
    record: dict[str, Any]
    operation: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stored:
    """A filled record, as an edit must name it."""

    record: str
    operation: str
    kind: str
    field: str
    value: int


@dataclass(frozen=True, slots=True)
class Filling:
    """How many records each unit gets: `units` in their order, the first `first` of them more than the others."""

    units: tuple[str, ...]
    patterns: tuple[Pattern, ...]
    base_ms: int
    first: int
    of_first: int
    of_others: int

    @property
    def records(self) -> int:
        return self.first * self.of_first + (len(self.units) - self.first) * self.of_others

    def stored(self, unit: int, seq: int) -> Stored:
        """The record that stands under a number of a unit: the same rule as in SQL."""
        pattern = self.patterns[(seq * 31 + unit) % len(self.patterns)]
        named = f"{device_of(unit)}.{seq}.{pattern.made['tag']}"
        field = EDITED[pattern.made["kind"]]
        return Stored(
            record_id(self.at_ms(unit, seq), unit, seq), named, pattern.made["kind"], field, pattern.made["set"][field]
        )

    def at_ms(self, unit: int, seq: int) -> int:
        return self.base_ms + seq * STEP_MS * len(self.units) + unit * STEP_MS

    def fill(self, url: str, progress: Progress) -> None:
        """Put the rows in, the two large tables at once, and gather statistics."""
        with psycopg.connect(url) as connection:
            _write_small(connection, self)
        with ThreadPoolExecutor() as pool:
            for done in [pool.submit(_fill_table, url, self, table, progress) for table in ("record", "operation")]:
                done.result()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")
            connection.execute("CHECKPOINT")


def device_of(unit: int) -> str:
    """The device that filled a unit."""
    return "fill" + f"{unit:012d}".translate(str.maketrans("0189", "abcd"))


def record_id(at_ms: int, unit: int, seq: int) -> str:
    """A UUIDv7 made of its moment and its place."""
    head, tail = f"{at_ms:012x}", f"{unit:06x}{seq:06x}"
    return f"{head[:8]}-{head[8:]}-7000-8000-{tail}"


def pattern_of(made: Wire, device: str, record: dict[str, Any], operation: dict[str, Any]) -> Pattern:
    """A real record and its operation as a pattern."""
    names = {
        made["record"]: RECORD, made["partition"]: UNIT, made["set"]["place"]: UNIT, f'"{device}"': f'"{DEVICE}"',
        f"{device}.{made['n']}.{made['tag']}": NAME, str(made["set"]["started_at"]): AT,
        str(made["set"]["ended_at"]): END,
    }  # fmt: skip
    wire = _replaced(record["wire"], names | {f'"seq":{record["seq"]}': f'"seq":{SEQ}'})
    wire = re.sub(r'"received_ms":\d+', f'"received_ms":{AT}', wire)
    text = _replaced(operation["text"], names | {f'"n":{made["n"]}': f'"n":{SEQ}'})
    return Pattern(made, {**record, "wire": wire}, {**operation, "text": text})


def _replaced(text: str, names: dict[str, str]) -> str:
    text = text.replace("%", "%%")
    for name, place in names.items():
        text = text.replace(name, place)
    return text


def _write_small(connection: psycopg.Connection[Any], filling: Filling) -> None:
    """Devices, counters, marks, and the tables that the filling reads."""
    connection.execute("CREATE TABLE fill_unit (u int PRIMARY KEY, unit text, device text, records int)")
    rows = [
        (u, unit, device_of(u), filling.of_first if u < filling.first else filling.of_others)
        for u, unit in enumerate(filling.units)
    ]
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO fill_unit VALUES (%s, %s, %s, %s)", rows)
    _write_patterns(connection, "record", [pattern.record for pattern in filling.patterns], filling)
    _write_patterns(connection, "operation", [pattern.operation for pattern in filling.patterns], filling)
    connection.execute(
        'INSERT INTO device (id, "user", name, state, registered_ms, holds, seen_n)'
        " SELECT device, %s, 'fill', 'retired', 0, 0, records FROM fill_unit",
        (filling.patterns[0].record["author"],),
    )
    connection.execute("INSERT INTO counter (partition, seq) SELECT unit, records FROM fill_unit")
    runs = f"generate_series(1, (records + {RUN_RECORDS - 1}) / {RUN_RECORDS}) run"
    connection.execute(
        f"INSERT INTO feed_mark (partition, last_seq, mark) SELECT unit, least(run * {RUN_RECORDS}, records),"
        f" substr(md5(unit || run), 1, 8) FROM fill_unit, {runs}".encode()
    )


def _write_patterns(
    connection: psycopg.Connection[Any], table: str, rows: Sequence[dict[str, Any]], filling: Filling
) -> None:
    connection.execute(f"CREATE TABLE fill_{table} (LIKE {table}, k int PRIMARY KEY, tag text)".encode())
    names = ", ".join(f'"{name}"' for name in rows[0])
    marks = ", ".join("%s" for _ in rows[0])
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO fill_{table} ({names}, k, tag) VALUES ({marks}, %s, %s)".encode(),
            [(*row.values(), k, filling.patterns[k].made["tag"]) for k, row in enumerate(rows)],
        )


def _fill_table(url: str, filling: Filling, table: str, progress: Progress) -> None:
    """One transaction, which empties the table first: what it writes need not pass through the log as well."""
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET maintenance_work_mem = '512MB'")
        names = [row[0] for row in connection.execute(COLUMNS, (table,)).fetchall()]
        indexes = connection.execute(INDEXES, (table,)).fetchall()
        connection.execute(f"TRUNCATE {table} CASCADE".encode())
        for name, _ in indexes:
            connection.execute(f'DROP INDEX "{name}"'.encode())
        for first, last in _chunks(filling):
            connection.execute(_insert(table, names, filling, (first, last)))
            progress(f"{table}: up to number {last} of each unit")
        for _, definition in indexes:
            connection.execute(definition.encode())
        progress(f"{table}: {len(indexes)} indexes built")


def _chunks(filling: Filling) -> Iterator[tuple[int, int]]:
    size = max(1, CHUNK // len(filling.units))
    last = max(filling.of_first, filling.of_others)
    for first in range(1, last + 1, size):
        yield first, min(first + size - 1, last)


def _insert(table: str, names: Sequence[str], filling: Filling, numbers: tuple[int, int]) -> bytes:
    """Rows of every unit from one number to another, unit after unit within a number."""
    values = ", ".join(VALUES[table].get(name, f'p."{name}"') for name in names)
    columns = ", ".join(f'"{name}"' for name in names)
    units, first, last = len(filling.units), *numbers
    return f"""
        INSERT INTO {table} ({columns})
        SELECT {values}
        FROM (
            SELECT u, s, unit, device, {filling.base_ms} + s::bigint * {STEP_MS * units} + u * {STEP_MS} AS at,
                (s * 31 + u) % {len(filling.patterns)} AS k
            FROM generate_series({first}, {last}) s CROSS JOIN fill_unit WHERE s <= records ORDER BY s, u
        ) g JOIN fill_{table} p USING (k) CROSS JOIN LATERAL (
            SELECT {RECORD_ID} AS record, g.device || '.' || s || '.' || tag AS name
        ) n
    """.encode()


COLUMNS: Final = (
    "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s"
    " ORDER BY ordinal_position"
)
# those that stand by themselves; keys stay, so that a wrong filling fails
INDEXES: Final = (
    "SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE i.tablename = %s"
    " AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname)"
)
RECORD_ID: Final = (
    "substr(lpad(to_hex(at), 12, '0'), 1, 8) || '-' || substr(lpad(to_hex(at), 12, '0'), 9) || '-7000-8000-'"
    " || lpad(to_hex(u), 6, '0') || lpad(to_hex(s), 6, '0')"
)
PLACES: Final = f"n.record, g.unit, n.name, g.device, g.s, at, at + {HOUR_MS}"
TEXT: Final = f"format(p.text, {PLACES})"
DAY: Final = "to_char(to_timestamp(at / 1000) AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD')"
VALUES: Final[dict[str, dict[str, str]]] = {
    "record": {
        "id": "n.record", "partition": "g.unit", "seq": "g.s", "parent": "NULL", "family": "n.record",
        "area": "g.unit", "day": DAY, "at_ms": "at", "campaign": "NULL", "device": "g.device", "created_ms": "at",
        "changed_ms": "at", "wire": f"format(p.wire, {PLACES})",
    },
    "operation": {
        "device": "g.device", "n": "g.s", "record": "n.record", "unit": "g.unit", "text": TEXT, "received_ms": "at",
        "hash": f"encode(sha256(convert_to({TEXT}, 'UTF8')), 'hex')",
    },
}  # fmt: skip
