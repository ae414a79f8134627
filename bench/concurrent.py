"""`concurrent`: several devices write into one unit while another follows its feed; one batch in ten is cut off after
sending and sent again. What the follower did not hear of was missed."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench.case import UNITS
from bench.checking import judge, told_by
from bench.client import Sending, Task, run_tasks
from bench.diaban import pushed
from bench.push import SECONDS_MAX, accepted_of, by_client, captured, replay, up_bytes
from bench.raw import Commit
from bench.records import Batch, Wire, deal
from bench.sample import CORES, Sample, Usage, peak_of, sample_of
from bench.system import Ground, Live, Loaded, Reader
from bench.wire import Answer, Caller, Try

UNIT: Final = 0
POLL_S: Final = 0.005


@dataclass(slots=True)
class Following:
    """Asks for what is new until the writers have ended and nothing is left; the result is what was answered."""

    port: int
    reader: Reader
    closing: Path
    caller: Caller | None = None

    def prepare(self) -> None:
        self.caller = Caller(self.port)

    def run(self, note: Callable[[float], None]) -> tuple[list[tuple[Reader, list[Answer]]], int]:
        caller, answers = self.caller or Caller(self.port), []
        request, is_last = self.reader.first(), False
        while True:
            answer = caller.call(request)
            request, has_more = self.reader.following(answer)
            if not self.reader.is_empty(answer):
                answers.append(answer)
            elif is_last:
                break
            if not has_more:
                # looked at before the next question, so that what was written until then is still asked for
                is_last = self.closing.exists()
                time.sleep(POLL_S)
        caller.close()
        self.caller = None
        return [(self.reader, answers)], caller.failures


class Concurrent:
    """The workload."""

    loaded: Loaded | None = None

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.batches = _one_unit(ground)
        self._commits: list[list[Commit]] = []

    @contextmanager
    def prepared(self) -> Iterator[None]:
        """Find out which rows the driver alone has to write."""
        with pushed(self.ground, self.batches) as url:
            self._commits = captured(self.ground, url, self.batches, are_edits=False)
        yield

    def measure(self, live: Live) -> Sample:
        """Write and follow over HTTP."""
        tries = [live.push_tries(batch, is_cut=True) for batch in self.batches]
        sent = by_client(self.batches, tries)
        tasks: list[Task] = [Sending(live.port, [requests for _, requests in own], _first_tries(own)) for own in sent]
        usage = Usage(live.root_pids())
        with tempfile.TemporaryDirectory(prefix="diaban-bench-") as folder:
            closing = Path(folder) / "written"
            reader = live.reader(UNIT, from_nothing=False)
            tasks.append(Following(live.port, reader, closing))
            *writers, follower = run_tasks(tasks, SECONDS_MAX, usage.start, closing)
        usage.stop()
        accepted = accepted_of(live, sent, writers)
        sample = sample_of(writers, len(accepted), usage)
        sample.failures += follower.failures
        sample.client_share += follower.cpu_s / sample.seconds / CORES
        sample.up_bytes = up_bytes(self.batches, tries)
        sample.peak_bytes = peak_of(live.worker_pids())
        sample.verdict = judge(accepted, live.stored(), told_by(follower.result))
        return sample

    def measure_raw(self) -> Sample:
        return replay(self.ground, self.ground.world.url, self._commits)


def _one_unit(ground: Ground) -> list[Batch]:
    """New records of one unit, each client's from one device."""
    authors = ground.world.authors(ground.world.phones, ground.case.seed)
    case = ground.case

    def operations_of(phone: int, count: int) -> list[Wire]:
        return [authors[phone * UNITS + UNIT].create() for _ in range(count)]

    batches = deal(operations_of, 1, (case.records, case.batch, case.clients))
    return [replace(batch, phone=batch.phone * UNITS + UNIT) for batch in batches]


def _first_tries(own: Sequence[tuple[Batch, Try]]) -> frozenset[int]:
    """The places of those that are sent again next."""
    return frozenset(place for place in range(len(own) - 1) if own[place][0] is own[place + 1][0])
