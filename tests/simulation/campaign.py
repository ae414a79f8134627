"""Many schedules over several processes, resumable: a journal has one line of JSON for each range, and names what failed."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from tests.simulation.schedule import Outcome
from tests.simulation.worker import Plan, Worker, running_worker
from tests.support.sources import ROOT

RANGE_SEEDS = 100
SUMMED = ("steps", "exchanges", "receipts", "acknowledged", "cpu_s", "server_cpu_s")
COUNTED = ("schedules", *SUMMED, "seconds")
Line = dict[str, Any]

# of a worker process
_running: dict[str, Any] = {}


@dataclass(slots=True)
class Totals:
    """What all ranges came to, and the first failure of each that had one."""

    seeds: set[int] = field(default_factory=set)
    sums: dict[str, float] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    commits: set[str] = field(default_factory=set)
    failures: list[Outcome] = field(default_factory=list)

    def add(self, line: Line) -> None:
        for name in COUNTED:
            self.sums[name] += line[name]
        self.commits.add(line["commit"])
        self.seeds.update(range(line["from"], line["to"] + 1))


def run_campaign(plan: Plan, first: int, last: int, workers: int, journal: Path | None, *, goes_on: bool) -> Totals:
    """Run what the journal does not hold yet. Stops at the first failure unless `goes_on`."""
    totals = Totals()
    for line in read_journal(journal):
        # a range that failed is run again, and told again
        if _is_of(line, plan) and not line.get("failing") and first <= line["from"] and line["to"] <= last:
            totals.add(line)
    waiting = list(ranges_left(first, last, totals.seeds))
    if waiting:
        _run_ranges(plan, waiting, workers, journal, totals, goes_on=goes_on)
    return totals


def ranges_left(first: int, last: int, done: set[int]) -> Iterator[tuple[int, int]]:
    """The seeds that are left, in pieces whose bounds do not depend on where a campaign begins."""
    start = None
    for seed in range(first, last + 2):
        is_left = seed <= last and seed not in done
        if start is not None and (not is_left or seed % RANGE_SEEDS == 1):
            yield start, seed - 1
            start = None
        if is_left and start is None:
            start = seed


def read_journal(journal: Path | None) -> list[Line]:
    """Its lines; the last one may have been cut short by a power failure."""
    lines: list[Line] = []
    if journal is not None and journal.exists():
        for text in journal.read_text("utf-8").splitlines():
            try:
                lines.append(json.loads(text))
            except json.JSONDecodeError:
                continue
    return lines


def commit() -> str:
    """What was tested; `+` says that the checkout had changes of its own."""
    told = subprocess.run(["git", "describe", "--always", "--dirty=+"], cwd=ROOT, capture_output=True, text=True)
    return told.stdout.strip() or "unknown"


def _run_ranges(
    plan: Plan, waiting: list[tuple[int, int]], workers: int, journal: Path | None, totals: Totals, *, goes_on: bool
) -> None:
    """Each worker process gets a store of its own."""
    named, counter = commit(), get_context("fork").Value("i", 0)
    with ProcessPoolExecutor(workers, get_context("fork"), _begin_worker, (plan, counter)) as pool:
        running: set[Future[tuple[Line, list[Outcome]]]] = set()
        queue = list(waiting)
        while queue or running:
            while queue and len(running) < workers:
                running.add(pool.submit(_run_range, *queue.pop(0), goes_on=goes_on))
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                line, failures = future.result()
                totals.failures += failures
                line |= {"commit": named, **_told(plan)}
                totals.add(line)
                if journal is not None:
                    # the sum of a journal must not leave out what failed
                    _append(journal, line | ({"failing": [each.seed for each in failures]} if failures else {}))
            if totals.failures and not goes_on:
                queue.clear()


def _begin_worker(plan: Plan, counter: Any) -> None:
    with counter.get_lock():
        counter.value += 1
        number = counter.value
    own = plan if plan.postgres_url is None else _of_worker(plan, number)
    stack = ExitStack()
    _running["worker"] = stack.enter_context(running_worker(own))
    Finalize(None, stack.close, exitpriority=1)


def _of_worker(plan: Plan, number: int) -> Plan:
    """Databases are made beforehand, one for each worker: their names end in its number."""
    return Plan(plan.options, f"{plan.postgres_url}{number}", plan.fault, plan.phones)


def _run_range(first: int, last: int, *, goes_on: bool) -> tuple[Line, list[Outcome]]:
    worker: Worker = _running["worker"]
    began = time.monotonic()
    outcomes = []
    for seed in range(first, last + 1):
        outcomes.append(worker.run(seed))
        if outcomes[-1].failure is not None and not goes_on:
            break
    line: Line = {"from": first, "to": last, "schedules": len(outcomes)}
    line |= {name: round(sum(getattr(o, name) for o in outcomes), 3) for name in SUMMED}
    return line | {"seconds": round(time.monotonic() - began, 3)}, [o for o in outcomes if o.failure is not None]


def _is_of(line: Line, plan: Plan) -> bool:
    return {name: line.get(name) for name in _told(plan)} == _told(plan)


def _told(plan: Plan) -> Line:
    return {
        "store": "postgresql" if plan.postgres_url else "sqlite", "fault": plan.fault, "phones": plan.phones,
        "handsets": plan.options.phones, "steps_least": plan.options.steps,
    }  # fmt: skip


def _append(journal: Path, line: Line) -> None:
    with journal.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(file.fileno())
