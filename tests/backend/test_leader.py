"""One leader among processes, on both stores; a killed or paused one is followed."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.config import Settings
from backend.jobs.leader import Lock, leader_lock, run_as_leader
from tests.support.server import ROOT, server_environment

START_S_MAX = 30
FOLLOW_S_MAX = 15


def wait_until(holds: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


def test_a_lock_is_held_once_and_given_on(settings: Settings) -> None:
    one, two = leader_lock(settings), leader_lock(settings)
    assert (one.is_alive(), one.acquire(), two.acquire()) == (False, True, False)
    assert (one.is_alive(), two.is_alive()) == (True, False)
    one.release()
    assert (two.acquire(), one.is_alive()) == (True, False)
    two.release()


def test_a_file_that_was_replaced_is_no_lock(tmp_path: Path) -> None:
    settings = Settings(tmp_path, f"sqlite:///{tmp_path}/x.db", "k")
    one, two = leader_lock(settings), leader_lock(settings)
    assert one.acquire()
    (tmp_path / "x.db.leader").unlink()
    assert not one.is_alive()
    assert two.acquire()
    one.release()
    two.release()


class FakeLock(Lock):
    """A lock that a test takes away."""

    def __init__(self) -> None:
        self.held = self.alive = False

    def acquire(self) -> bool:
        self.held = self.alive = True
        return True

    def is_alive(self) -> bool:
        return self.alive

    def release(self) -> None:
        self.held = False


def test_what_runs_is_stopped_when_the_lock_is_lost_and_started_again() -> None:
    lock, leaving, said = FakeLock(), threading.Event(), list[str]()

    def start() -> str:
        said.append("start")
        return "running"

    election = threading.Thread(target=run_as_leader, args=(lock, start, lambda _: said.append("stop"), leaving, 0.01))
    election.start()
    assert wait_until(lambda: said == ["start"], 5)
    lock.alive = False
    assert wait_until(lambda: said == ["start", "stop", "start"], 5)
    leaving.set()
    election.join()
    assert (said, lock.held) == (["start", "stop", "start", "stop"], False)


def test_a_start_that_fails_gives_the_lock_back() -> None:
    lock, leaving = FakeLock(), threading.Event()

    def start() -> None:
        leaving.set()
        raise RuntimeError("no")

    run_as_leader(lock, start, lambda _: None, leaving, 0.01)
    assert not lock.held


class Process:
    """`flask scheduler run` in a process of its own."""

    def __init__(self, settings: Settings, log: Path) -> None:
        environment = server_environment(settings.instance_dir, DIABAN_DATABASE_URL=settings.database_url)
        self.log = log
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "flask", "--app", "backend", "scheduler", "run"],
                cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip

    def has_said(self, text: str) -> bool:
        return text in self.log.read_text("utf-8", errors="replace")

    def leads(self) -> bool:
        return self.has_said("leading")


@pytest.fixture
def processes(settings: Settings, tmp_path: Path) -> Iterator[list[Process]]:
    started = [Process(settings, tmp_path / f"scheduler-{n}.out") for n in range(2)]
    yield started
    for each in started:
        if each.process.poll() is None:
            os.kill(each.process.pid, signal.SIGKILL)
        each.process.wait()


@pytest.mark.integration
def test_of_two_processes_one_leads_and_the_other_follows_a_kill(processes: list[Process]) -> None:
    assert wait_until(lambda: all(each.has_said("waiting") for each in processes), START_S_MAX)
    assert wait_until(lambda: any(each.leads() for each in processes), START_S_MAX)
    time.sleep(2.5)
    leaders = [each for each in processes if each.leads()]
    (follower,) = [each for each in processes if not each.leads()]
    assert len(leaders) == 1
    os.kill(leaders[0].process.pid, signal.SIGKILL)
    assert wait_until(follower.leads, FOLLOW_S_MAX)
    os.kill(follower.process.pid, signal.SIGTERM)
    assert follower.process.wait(FOLLOW_S_MAX) == 0
    assert follower.has_said("stopped")
