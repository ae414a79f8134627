"""`push`: new records from several devices; one batch in ten is sent again, its first answer thrown away."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bench.case import UNITS
from bench.checking import feeds, judge
from bench.client import Outcome, Sending, run_tasks
from bench.diaban import pushed
from bench.raw import Capture, Commit, Writing
from bench.records import Batch, Wire, deal
from bench.sample import Sample, Usage, peak_of, sample_of
from bench.system import Ground, Live, Loaded
from bench.wire import Try, body_length

SECONDS_MAX = 900.0


class Push:
    """The workload."""

    loaded: Loaded | None = None

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.batches = plan(ground)
        self._commits: list[list[Commit]] = []

    @contextmanager
    def prepared(self) -> Iterator[None]:
        """Find out which rows the driver alone has to write."""
        with pushed(self.ground, self.batches) as url:
            self._commits = captured(self.ground, url, self.batches, are_edits=False)
        yield

    def measure(self, live: Live) -> Sample:
        """Push over HTTP, then read everything back."""
        sample, accepted = send(live, self.batches, [live.push_tries(batch) for batch in self.batches])
        sample.verdict = judge(accepted, live.stored(), feeds(live, UNITS))
        return sample

    def measure_raw(self) -> Sample:
        return replay(self.ground, self.ground.world.url, self._commits)


def plan(ground: Ground) -> list[Batch]:
    """New records of a case, dealt to its clients' phones."""
    authors = ground.world.authors(ground.world.phones, ground.case.seed)
    case = ground.case

    def operations_of(phone: int, count: int) -> list[Wire]:
        return [authors[phone].create() for _ in range(count)]

    return deal(operations_of, UNITS, (case.records, case.batch, case.clients))


def captured(ground: Ground, url: str, batches: Sequence[Batch], *, are_edits: bool) -> list[list[Commit]]:
    """The transactions of each client that left these rows."""
    capture = Capture(url, ground.world)
    capture.read()
    return capture.commits(batches, are_edits=are_edits)


def send(live: Live, batches: Sequence[Batch], tries: Sequence[list[Try]]) -> tuple[Sample, set[str]]:
    """Send each batch's tries, in the batches' clients; returns what was acknowledged."""
    sent = by_client(batches, tries)
    usage = Usage(live.root_pids())
    tasks = [Sending(live.port, [requests for _, requests in own]) for own in sent]
    outcomes = run_tasks(tasks, SECONDS_MAX, usage.start)
    usage.stop()
    accepted = accepted_of(live, sent, outcomes)
    sample = sample_of(outcomes, len(accepted), usage)
    sample.up_bytes = up_bytes(batches, tries)
    got = [answer for outcome in outcomes for answers in outcome.result for answer in answers]
    sample.down_bytes = sum(len(answer.body) for answer in got) / sum(len(batch.operations) for batch in batches)
    sample.peak_bytes = peak_of(live.worker_pids())
    return sample, accepted


def by_client(batches: Sequence[Batch], tries: Sequence[list[Try]]) -> list[list[tuple[Batch, Try]]]:
    """What each client sends, try by try."""
    sent: list[list[tuple[Batch, Try]]] = [[] for _ in range(1 + max(batch.client for batch in batches))]
    for batch, own in zip(batches, tries, strict=True):
        sent[batch.client] += [(batch, requests) for requests in own]
    return sent


def up_bytes(batches: Sequence[Batch], tries: Sequence[list[Try]]) -> float:
    """Body bytes for each record of the batches that go through at once."""
    at_once = [(batch, own[0]) for batch, own in zip(batches, tries, strict=True) if len(own) == 1]
    size = sum(body_length(request) for _, requests in at_once for request in requests)
    return size / sum(len(batch.operations) for batch, _ in at_once)


def accepted_of(live: Live, sent: Sequence[Sequence[tuple[Batch, Try]]], outcomes: Sequence[Outcome]) -> set[str]:
    """The records that some clients' answers acknowledge."""
    accepted: set[str] = set()
    for own, outcome in zip(sent, outcomes, strict=True):
        for (batch, _), answers in zip(own, outcome.result, strict=True):
            accepted |= live.accepted(batch, answers)
    return accepted


def replay(ground: Ground, url: str, commits: Sequence[list[Commit]]) -> Sample:
    """Write the same rows by the driver, each client's in a process of its own, into a copy of `url`."""
    store = ground.store
    copied = store.copy(url)
    try:
        usage = Usage([] if store.pid is None else [store.pid])
        outcomes = run_tasks([Writing(copied, own) for own in commits], SECONDS_MAX, usage.start)
        usage.stop()
        return sample_of(outcomes, ground.case.records, usage, is_raw=True)
    finally:
        store.drop(copied)
