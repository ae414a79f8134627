"""The stored rows, read past the application, and what must be so of them."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import create_engine, text

from tests.simulation import naive
from tests.simulation.phone import Phone

TABLES = ("operation", "record", "counter", "feed_mark", "dirty_cell", "departure", "daily_figure")


class Violation(AssertionError):
    """Something that must be so is not."""


def demand(holds: bool, what: str) -> None:
    if not holds:
        raise Violation(what)


class Rows:
    """A connection of its own to the store."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url, **_options(url))

    def close(self) -> None:
        self._engine.dispose()

    def clear(self) -> None:
        """As if nothing had ever been said; accounts, devices and sessions stay."""
        with self._engine.begin() as connection:
            for table in TABLES:
                connection.execute(text(f"DELETE FROM {table}"))
            connection.execute(text("UPDATE device SET seen_n = 0, last_n = 0, holds = 0"))

    def read(self, query: str) -> list[Any]:
        with self._engine.connect() as connection:
            return list(connection.execute(text(query)))

    def check(self, phones: Sequence[Phone], partition: str) -> None:
        """Raises Violation."""
        log = self.read("SELECT device, n, fork, status, text, hash, effective_ms, suspect, record FROM operation")
        counts = Counter((row.device, row.n, row.hash) for row in log)
        for phone in phones:
            for device, n, tag, hashed in phone.acknowledged():
                demand(
                    counts[device, n, hashed] == 1, f"{device}.{n}.{tag} is stored {counts[device, n, hashed]} times"
                )
        demand(all(row.fork == 0 for row in log), "an operation was taken for a fork")
        self._check_feed(partition)
        self._check_records(log, phones, partition)

    def _check_feed(self, partition: str) -> None:
        seqs = sorted(row.seq for row in self.read("SELECT seq FROM record"))
        counter = self.read(f"SELECT seq FROM counter WHERE partition = '{partition}'")[0].seq
        demand(len(set(seqs)) == len(seqs), "two records share a seq")
        demand(not seqs or seqs[-1] == counter, f"the counter says {counter}, the last record has {seqs[-1:]}")

    def _check_records(self, log: Sequence[Any], phones: Sequence[Phone], partition: str) -> None:
        said: dict[str, list[naive.Said]] = {}
        for row in log:
            one = naive.said(row.device, row.text, row.effective_ms, row.suspect, row.status)
            if one is not None and row.record is not None:
                said.setdefault(row.record, []).append(one)
        stored = {row.id: row.wire for row in self.read("SELECT id, wire FROM record")}
        demand(stored.keys() == said.keys(), "records and log name different ids")
        for record, wire in stored.items():
            heads = naive.merge(said[record]).heads
            shown = {name: value[0] for name, value in json.loads(wire)["fields"].items()}
            demand(shown == {name: of[0][0] for name, of in heads.items()}, f"{record} is not what its log says")
        for phone in phones:
            copies = {record: wire for (of, record), wire in phone.copies().items() if of == partition}
            same = {record: json.loads(wire) for record, wire in stored.items()} == copies
            demand(same, f"the copies of {phone.device} are not the server's records")


def _options(url: str) -> dict[str, Any]:
    if not url.startswith("sqlite"):
        return {}
    import pysqlite3

    return {"module": pysqlite3, "connect_args": {"timeout": 30}}
