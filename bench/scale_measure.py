"""Pushes of 100 and empty pulls over HTTP on databases of different sizes, in turn."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bench.diaban import FeedReader, sync_request
from bench.processes import tree_cpu_s
from bench.records import Author, Wire
from bench.scale_fill import Filling
from bench.wire import Answer, Caller
from bench.world import Phone

BATCH: Final = 100
PUSHES_OF_ROUND: Final = 10


@dataclass(slots=True)
class Size:
    """One database with its server, and what was measured on it."""

    filling: Filling
    caller: Caller
    phones: Sequence[Phone]
    authors: Sequence[Author]
    # the processes whose CPU counts: this server's and the database's
    pids: Sequence[int]
    # numbers of stored records of each unit, in the order in which they will be edited
    unedited: Sequence[list[int]]
    turn: int = 0
    push_ms: list[float] = field(default_factory=list)
    pull_ms: list[float] = field(default_factory=list)
    push_cpu_s: float = 0.0
    pull_cpu_s: float = 0.0

    def measure(self, pulls: int) -> None:
        """One round: some pushes, then pulls with nothing new in the unit that was written last."""
        began_s = self._cpu_s()
        self.push_ms += [self.push() for _ in range(PUSHES_OF_ROUND)]
        pushed_s = self._cpu_s()
        reader = self.up_to_date(self.turn % len(self.phones))
        self.pull_ms += [self.pull(reader) for _ in range(pulls)]
        self.push_cpu_s += pushed_s - began_s
        self.pull_cpu_s += self._cpu_s() - pushed_s

    def push(self) -> float:
        """Half new records, half edits of one field of stored ones; returns milliseconds."""
        self.turn += 1
        unit = self.turn % len(self.phones)
        author = self.authors[unit]
        operations = [author.create() for _ in range(BATCH // 2)]
        operations += [self._edit(author, unit) for _ in range(BATCH - BATCH // 2)]
        answer, spent_ms = self._timed(sync_request(self.phones[unit], operations, zipped=True))
        if answer.text().count(b'"status":"accepted"') != BATCH:
            raise RuntimeError(f"a push was not accepted: {answer.status} {answer.text()[:500]!r}")
        return spent_ms

    def pull(self, reader: FeedReader) -> float:
        """A pull with nothing new; returns milliseconds."""
        answer, spent_ms = self._timed(reader.first())
        if not reader.is_empty(answer):
            raise RuntimeError(f"a pull was not empty: {answer.status} {answer.text()[:500]!r}")
        return spent_ms

    def up_to_date(self, unit: int) -> FeedReader:
        """A reader that has followed a unit's feed to its present end."""
        reader = FeedReader(self.phones[unit], None, gzip=True)
        request, has_more = reader.first(), True
        while has_more:
            request, has_more = reader.following(self.caller.call(request))
        return reader

    def _edit(self, author: Author, unit: int) -> Wire:
        stored = self.filling.stored(unit, self.unedited[unit].pop())
        return author.change(stored.record, stored.kind, {stored.field: stored.value + 1}, [stored.operation])

    def _cpu_s(self) -> float:
        return sum(tree_cpu_s(pid) for pid in self.pids)

    def _timed(self, request: bytes) -> tuple[Answer, float]:
        began = time.perf_counter()
        answer = self.caller.call(request)
        return answer, 1000 * (time.perf_counter() - began)


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds of many requests."""

    p50_ms: float
    p95_ms: float
    count: int


def spread_of(values: Sequence[float]) -> Spread:
    """Median and 95th percentile."""
    ordered = sorted(values)
    return Spread(statistics.median(ordered), ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)], len(ordered))


def measure_in_turn(sizes: Sequence[Size], pushes: int, pulls: int) -> None:
    """Rounds on each size in turn; the first of each only warms the server up."""
    rounds = -(-pushes // PUSHES_OF_ROUND)
    for number in range(1 + rounds):
        for size in sizes:
            size.measure(-(-pulls // rounds))
            if number == 0:
                size.push_ms, size.pull_ms, size.push_cpu_s, size.pull_cpu_s = [], [], 0.0, 0.0
