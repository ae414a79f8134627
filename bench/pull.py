"""`pull`: new phones read whole feeds. `follow`: phones that saw the feeds begin read all that came since."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.case import UNITS
from bench.checking import judge, told_by
from bench.client import run_tasks
from bench.diaban import pushed, units_of
from bench.push import SECONDS_MAX, plan
from bench.raw import WARMING_CALLS, Reading
from bench.sample import Sample, Usage, peak_of, sample_of
from bench.system import Ground, Live, Loaded, Reader
from bench.wire import Answer, Caller


@dataclass(slots=True)
class Pulling:
    """Reads some feeds to their ends; the result is what was answered for each."""

    port: int
    readers: list[Reader]
    caller: Caller | None = None

    def prepare(self) -> None:
        """Open the connection, and ask a few times what is not measured: a server in use has its statements ready."""
        self.caller = Caller(self.port)
        for _ in range(WARMING_CALLS):
            self.caller.call(self.readers[0].first())

    def run(self, note: Callable[[float], None]) -> tuple[list[tuple[Reader, list[Answer]]], int]:
        caller = self.caller or Caller(self.port)
        told = [(reader, _pages(caller, reader, note)) for reader in self.readers]
        caller.close()
        self.caller = None
        return told, caller.failures


def _pages(caller: Caller, reader: Reader, note: Callable[[float], None]) -> list[Answer]:
    clock, answers = time.perf_counter, []
    request, has_more = reader.first(), True
    while has_more:
        began = clock()
        answers.append(caller.call(request))
        request, has_more = reader.following(answers[-1])
        note(clock() - began)
    return answers


class Pull:
    """The workload; each client reads every unit, so that several read the same."""

    from_nothing = True

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.batches = plan(ground)
        self.loaded: Loaded | None = Loaded(self.batches, "")

    @contextmanager
    def prepared(self) -> Iterator[None]:
        """Put the records in."""
        with pushed(self.ground, self.batches) as url:
            self.loaded = Loaded(self.batches, url)
            yield

    def measure(self, live: Live) -> Sample:
        """Read over HTTP; what is stored and was not told to one of the clients was missed."""
        clients = self.ground.case.clients
        tasks = [Pulling(live.port, self._readers(live)) for _ in range(clients)]
        usage = Usage(live.root_pids())
        outcomes = run_tasks(tasks, SECONDS_MAX, usage.start)
        usage.stop()
        records = self.ground.case.records * clients
        sample = sample_of(outcomes, records, usage)
        sample.down_bytes = sum(len(a.body) for o in outcomes for _, got in o.result for a in got) / records
        sample.peak_bytes = peak_of(live.worker_pids())
        stored, expected = live.stored(), {o["record"] for batch in self.batches for o in batch.operations}
        verdicts = [judge(expected, stored, told_by(outcome.result)) for outcome in outcomes]
        sample.verdict = sum(verdicts[1:], verdicts[0])
        return sample

    def measure_raw(self) -> Sample:
        """Read the same texts by the driver."""
        if self.loaded is None or not self.loaded.url:
            raise RuntimeError("not prepared")
        units = units_of(self.ground.world)
        tasks = [Reading(self.loaded.url, units) for _ in range(self.ground.case.clients)]
        pid = self.ground.store.pid
        usage = Usage([] if pid is None else [pid])
        outcomes = run_tasks(tasks, SECONDS_MAX, usage.start)
        usage.stop()
        sample = sample_of(outcomes, sum(o.result[0] for o in outcomes), usage, is_raw=True)
        sample.down_bytes = sum(o.result[1] for o in outcomes) / sample.records
        return sample

    def _readers(self, live: Live) -> list[Reader]:
        return [live.reader(unit, from_nothing=self.from_nothing) for unit in range(UNITS)]


class Follow(Pull):
    """The workload of those who were there from the beginning."""

    from_nothing = False
