"""Clients in processes of their own, so that their work is not taken for the server's; all start at once.

`python -m bench.client TASK OUTCOME` loads a task, says `ready`, waits for a line, runs it, and writes what came of it.
"""

import gc
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from bench.wire import Answer, Caller, Try
from tests.support.server import ROOT

READY_S_MAX: Final = 60


class Task(Protocol):
    """What one client does; pickled into its process."""

    def prepare(self) -> None:
        """Connect, before the clock starts."""

    def run(self, note: Callable[[float], None]) -> tuple[Any, int]:
        """Do it; `note` takes the seconds of each step. Returns what is to be checked, and how often a server
        failed."""


@dataclass(slots=True)
class Outcome:
    """What came of a task. Times are of the machine's monotonic clock."""

    began_s: float
    ended_s: float
    cpu_s: float
    steps_s: list[float]
    failures: int
    result: Any


@dataclass(slots=True)
class Sending:
    """Sends ready-made tries one after the other; the result is every try's answers. Of those in `cut` the last
    request is not waited for."""

    port: int
    tries: list[Try]
    cut: frozenset[int] = frozenset()
    caller: Caller | None = field(default=None)

    def prepare(self) -> None:
        self.caller = Caller(self.port)

    def run(self, note: Callable[[float], None]) -> tuple[list[list[Answer]], int]:
        caller, clock, answers = self.caller, time.perf_counter, []
        if caller is None:
            raise RuntimeError("not prepared")
        for number, requests in enumerate(self.tries):
            began = clock()
            got = [caller.call(request) for request in requests[:-1]]
            last = caller.cut if number in self.cut else caller.call
            answers.append([*got, last(requests[-1])])
            note(clock() - began)
        caller.close()
        return answers, caller.failures


def run_tasks(
    tasks: Sequence[Task], seconds_max: float, beside: Callable[[], None], closing: Path | None = None
) -> list[Outcome]:
    """Run tasks at the same time, each in a process. `beside` is called when all are ready, before they start;
    `closing` is made when all but the last have ended, for a last one that watches the others.

    Raises RuntimeError with the end of a client's words when it fails."""
    with tempfile.TemporaryDirectory(prefix="diaban-bench-") as folder:
        started = [_start(Path(folder), number, task) for number, task in enumerate(tasks)]
        try:
            for process, _ in started:
                _wait_until_ready(process)
            beside()
            for process, _ in started:
                _say(process, "go")
            outcomes: list[Outcome] = []
            for process, path in started:
                if closing is not None and len(outcomes) == len(started) - 1:
                    closing.touch()
                outcomes.append(_finish(process, path, seconds_max))
            return outcomes
        finally:
            for process, _ in started:
                if process.poll() is None:
                    process.kill()
                    process.wait()


def _start(folder: Path, number: int, task: Task) -> tuple[subprocess.Popen[str], Path]:
    given, made = folder / f"{number}.task", folder / f"{number}.outcome"
    given.write_bytes(pickle.dumps(task))
    command = [sys.executable, "-m", "bench.client", str(given), str(made)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    return process, made


def _wait_until_ready(process: subprocess.Popen[str]) -> None:
    if process.stdout is None or process.stdout.readline().strip() != "ready":
        raise RuntimeError(f"a client did not start: {process.communicate(timeout=READY_S_MAX)[1][-2000:]}")


def _say(process: subprocess.Popen[str], word: str) -> None:
    if process.stdin is not None:
        process.stdin.write(f"{word}\n")
        process.stdin.flush()


def _finish(process: subprocess.Popen[str], path: Path, seconds_max: float) -> Outcome:
    told = process.communicate(timeout=seconds_max)[1]
    if process.returncode != 0:
        raise RuntimeError(f"a client failed: {told[-2000:]}")
    outcome: Outcome = pickle.loads(path.read_bytes())
    return outcome


def main(given: str, made: str) -> None:
    """The client's process."""
    task: Task = pickle.loads(Path(given).read_bytes())
    task.prepare()
    print("ready", flush=True)
    sys.stdin.readline()
    steps: list[float] = []
    gc.collect()
    gc.disable()
    began, used = time.monotonic(), time.process_time()
    result, failures = task.run(steps.append)
    ended, cpu_s = time.monotonic(), time.process_time() - used
    Path(made).write_bytes(pickle.dumps(Outcome(began, ended, cpu_s, steps, failures, result)))


if __name__ == "__main__":
    # a task pickled here is loaded elsewhere under the module's real name
    from bench.client import main as run_main

    run_main(*sys.argv[1:3])
