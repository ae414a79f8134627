"""What every measured server offers to the workloads, so that each is driven and checked alike."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bench.case import Case
from bench.records import Batch
from bench.stores import Store
from bench.wire import Answer, Try
from bench.world import World

Fields = dict[str, Any]


class Missing(Exception):
    """A system cannot be installed or started here; the message says why, and stands in its row."""


@dataclass(frozen=True, slots=True)
class Told:
    """One record as a feed told it; `version` differs for each state of a record."""

    record: str
    version: str
    fields: Fields


class Reader(Protocol):
    """Follows one feed page by page; pickled into a client's process."""

    def first(self) -> bytes:
        """The request for the first page."""

    def following(self, answer: Answer) -> tuple[bytes, bool]:
        """The request after an answer, and whether that has something to read at once."""

    def is_empty(self, answer: Answer) -> bool:
        """Whether an answer brought nothing."""

    def told(self, answer: Answer) -> list[Told]:
        """The records of an answer."""


class Live(Protocol):
    """A running server on a database of its own."""

    @property
    def port(self) -> int:
        """Where it listens on loopback."""

    def root_pids(self) -> list[int]:
        """The processes whose trees do the server's and its database's work."""

    def worker_pids(self) -> list[int]:
        """The processes whose peak memory is looked at."""

    def push_tries(self, batch: Batch, *, is_cut: bool = False) -> list[Try]:
        """What a phone sends to store new records; two tries where the batch is retried, of which the first may be
        cut off."""

    def edit_tries(self, batch: Batch) -> list[Try]:
        """What a phone sends to change one field of each record."""

    def accepted(self, batch: Batch, answers: Sequence[Answer]) -> set[str]:
        """The records of a batch that the answers to one try acknowledge."""

    def stored(self) -> Counter[str]:
        """How often each record stands in the store."""

    def reader(self, unit: int, *, from_nothing: bool) -> Reader:
        """A reader of a unit's feed: as a new phone, or as one that has followed it from its beginning."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a system is started on."""

    case: Case
    store: Store
    world: World
    directory: Path


@dataclass(frozen=True, slots=True)
class Loaded:
    """Records that stand before the clock starts: the batches that made them, and for the own server and the driver
    the URL of a database that holds them already."""

    batches: Sequence[Batch]
    url: str


class System(Protocol):
    """A server that can be measured."""

    def durability(self, ground: Ground) -> str:
        """What is on disk when it answers."""

    def install(self, ground: Ground) -> None:
        """Make it startable. Raises Missing."""

    def open(self, ground: Ground, loaded: Loaded | None) -> AbstractContextManager[Live]:
        """Start it on an empty store, or with some records in it. Raises Missing."""


def tries_of(batch: Batch, request: bytes) -> list[Try]:
    """The tries of a batch that one request offers; a retry is the same again."""
    return [(request,)] * (2 if batch.is_retried else 1)


Progress = Callable[[str], None]
