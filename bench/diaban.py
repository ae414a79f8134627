"""The own server: gunicorn as it is deployed, spoken to as phones speak to it."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import orjson

from bench.case import UNITS, Case
from bench.loading import load
from bench.processes import children
from bench.records import Batch
from bench.stores import close_files, connect_raw
from bench.system import Ground, Live, Loaded, Told, tries_of
from bench.wire import Answer, Caller, Try, request_bytes
from bench.world import Phone, World, environment
from tests.support.server import GUNICORN, Server, running_server

PAGE_RECORDS: Final = 500
PATH: Final = "/api/v1/sync"
WARMING_ROUNDS: Final = 3
CURSOR: Final = re.compile(rb'"cursor":"([^"]*)","more":(true|false)')
NOTHING: Final = b'"records":[]'


@dataclass(slots=True)
class FeedReader:
    """Pulls one partition with one phone's session."""

    phone: Phone
    cursor: str | None
    gzip: bool

    def first(self) -> bytes:
        return sync_request(self.phone, [], self.gzip, {self.phone.place.unit: self.cursor}, PAGE_RECORDS)

    def following(self, answer: Answer) -> tuple[bytes, bool]:
        found = CURSOR.search(answer.text())
        if answer.status != 200 or found is None:
            raise RuntimeError(f"a pull was answered {answer.status}: {answer.text()[:500]!r}")
        self.cursor = found[1].decode()
        return self.first(), found[2] == b"true"

    def is_empty(self, answer: Answer) -> bool:
        return NOTHING in answer.text()

    def told(self, answer: Answer) -> list[Told]:
        records = orjson.loads(answer.text())["pull"][self.phone.place.unit]["records"]
        return [
            Told(wire["id"], str(wire["seq"]), {name: head[0] for name, head in wire["fields"].items()})
            for wire in records
        ]


@dataclass(slots=True)
class DiabanLive:
    """One gunicorn on one database."""

    server: Server
    ground: Ground
    url: str

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def case(self) -> Case:
        return self.ground.case

    @property
    def world(self) -> World:
        return self.ground.world

    def root_pids(self) -> list[int]:
        database = self.ground.store.pid
        return [self.server.pid] if database is None else [self.server.pid, database]

    def worker_pids(self) -> list[int]:
        return children(self.server.pid)

    def push_tries(self, batch: Batch, *, is_cut: bool = False) -> list[Try]:
        return tries_of(batch, sync_request(self.world.phones[batch.phone], batch.operations, self.case.gzip))

    def edit_tries(self, batch: Batch) -> list[Try]:
        return self.push_tries(batch)

    def accepted(self, batch: Batch, answers: Sequence[Answer]) -> set[str]:
        if answers[-1].status != 200:
            return set()
        receipts = {receipt["n"]: receipt for receipt in orjson.loads(answers[-1].text())["receipts"]}
        return {o["record"] for o in batch.operations if receipts.get(o["n"], {}).get("status") == "accepted"}

    def stored(self) -> Counter[str]:
        """Rows of the table of records; a fork in the log counts as its record standing twice."""
        connection = connect_raw(self.url)
        warmers = {phone.place.unit for phone in self.world.warmers}
        rows = _rows(connection, "SELECT id, partition FROM record")
        found = Counter(record for record, partition in rows if partition not in warmers)
        found.update(record for (record,) in _rows(connection, "SELECT record FROM operation WHERE fork > 0"))
        connection.close()
        return found

    def reader(self, unit: int, *, from_nothing: bool) -> FeedReader:
        phone = self.world.watchers[unit]
        return FeedReader(phone, None if from_nothing else phone.cursor, self.case.gzip)


class Diaban:
    """The system under measure."""

    def durability(self, ground: Ground) -> str:
        return ground.store.durability

    def install(self, ground: Ground) -> None:
        """It is here."""

    @contextmanager
    def open(self, ground: Ground, loaded: Loaded | None) -> Iterator[Live]:
        url = ground.store.copy(loaded.url if loaded else ground.world.url)
        try:
            with running_server(environment(url, ground.directory)) as server:
                warm_up(server.port, ground)
                yield DiabanLive(server, ground, url)
        finally:
            ground.store.drop(url)


@contextmanager
def pushed(
    ground: Ground, batches: Sequence[Batch], before: Loaded | None = None, command: Sequence[str] = GUNICORN
) -> Iterator[str]:
    """The URL of a database into which the own server has put some batches, one after the other, and nothing else."""
    url = ground.store.copy(before.url if before else ground.world.url)
    try:
        with running_server(environment(url, ground.directory), command=command) as server:
            load(DiabanLive(server, ground, url), batches)
        close_files(url)
        yield url
    finally:
        ground.store.drop(url)


def warm_up(port: int, ground: Ground) -> None:
    """Let every worker open its connections and compile its statements, in a unit that is not measured.

    Each warmer has a connection of its own, so that both workers get some."""
    case = ground.case
    warmers = [(phone, Caller(port)) for phone in ground.world.warmers]
    authors = ground.world.authors(ground.world.warmers, seed=-1)
    for _ in range(WARMING_ROUNDS):
        for (phone, caller), author in zip(warmers, authors, strict=True):
            made = [author.create() for _ in range(case.batch)]
            answer = caller.call(sync_request(phone, made, case.gzip))
            if answer.status != 200 or answer.text().count(b'"status":"accepted"') != len(made):
                raise RuntimeError(f"warming up: {answer.status} {answer.text()[:500]!r}")
    for _, caller in warmers:
        caller.close()


def sync_request(
    phone: Phone, operations: Sequence[Any], zipped: bool, cursors: dict[str, str | None] | None = None, pull: int = 0
) -> bytes:
    """One exchange of a phone, ready to send."""
    envelope = {
        "protocol": 1, "device": phone.device, "batch": phone.place.unit, "now": 0, "holds": 0,
        "operations": operations, "cursors": cursors or {}, "pull": pull,
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {phone.token}", "Content-Type": "application/json"}
    return request_bytes("POST", PATH, orjson.dumps(envelope), headers, zipped=zipped)


def units_of(world: World) -> list[str]:
    """The ids of the units that are measured in."""
    return [phone.place.unit for phone in world.phones[:UNITS]]


def _rows(connection: Any, statement: str) -> list[Any]:
    rows: list[Any] = connection.execute(statement).fetchall()
    return rows
