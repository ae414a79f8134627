"""One measured run of one system, and the usage of the machine meanwhile."""

import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bench.client import Outcome
from bench.processes import machine_cpu_s, peak_memory_bytes, tree_cpu_s

CORES: Final = os.cpu_count() or 1


@dataclass(slots=True)
class Verdict:
    """What went wrong with rows: not told by the feed, stored or told twice, acknowledged and absent."""

    missed: int
    doubled: int
    lost: int

    def __add__(self, other: "Verdict") -> "Verdict":
        return Verdict(self.missed + other.missed, self.doubled + other.doubled, self.lost + other.lost)


@dataclass(slots=True)
class Usage:
    """CPU seconds of the server's processes and of the whole machine, between two looks."""

    pids: Sequence[int]
    server_s: float = 0.0
    machine_s: float = 0.0
    wall_s: float = 0.0

    def start(self) -> None:
        self.server_s, self.machine_s, self.wall_s = -self._server(), -machine_cpu_s(), -time.monotonic()

    def stop(self) -> None:
        self.server_s += self._server()
        self.machine_s += machine_cpu_s()
        self.wall_s += time.monotonic()

    def _server(self) -> float:
        return sum(tree_cpu_s(pid) for pid in self.pids)


@dataclass(slots=True)
class Sample:
    """One run. `seconds` is from the first client's start to the last one's end."""

    records: int
    seconds: float
    p50_ms: float
    p95_ms: float
    client_share: float
    server_share: float
    other_share: float
    up_bytes: float = 0.0
    down_bytes: float = 0.0
    peak_bytes: int = 0
    verdict: Verdict | None = None
    server_ms_per_step: float = 0.0
    failures: int = 0

    @property
    def rate(self) -> float:
        return self.records / self.seconds


def sample_of(outcomes: Sequence[Outcome], records: int, usage: Usage, *, is_raw: bool = False) -> Sample:
    """What some clients' outcomes come to. The raw driver's client is its own server."""
    seconds = max(outcome.ended_s for outcome in outcomes) - min(outcome.began_s for outcome in outcomes)
    steps = sorted(step for outcome in outcomes for step in outcome.steps_s) or [0.0]
    client_s = sum(outcome.cpu_s for outcome in outcomes)
    # the looks lie a little outside the run; what others did is reckoned for the whole of that time
    other_s = max(0.0, usage.machine_s - usage.server_s - client_s)
    return Sample(
        records=records,
        seconds=seconds,
        p50_ms=1000 * statistics.median(steps),
        p95_ms=1000 * steps[min(len(steps) - 1, len(steps) * 95 // 100)],
        client_share=client_s / seconds / CORES,
        server_share=usage.server_s / seconds / CORES,
        other_share=other_s / usage.wall_s / CORES,
        failures=sum(outcome.failures for outcome in outcomes),
        server_ms_per_step=1000 * (usage.server_s + (client_s if is_raw else 0.0)) / len(steps),
    )


def peak_of(pids: Sequence[int]) -> int:
    """The largest peak memory of some workers."""
    return max((peak_memory_bytes(pid) for pid in pids), default=0)
