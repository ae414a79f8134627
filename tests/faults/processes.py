"""A gunicorn that is killed and started again, worker by worker or whole; only what was started here."""

import os
import random
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.loopback import HOST, free_port
from tests.support.server import GUNICORN, ROOT, START_S_MAX, ServerFailed, stop

COMMAND = [sys.executable, *GUNICORN]
BROKEN = [sys.executable, *GUNICORN[:-1], "tests.faults.broken:create_app()"]


class Master:
    """One server on one port; `port` stays the same over every restart."""

    def __init__(self, environment: Mapping[str, str], command: Sequence[str | Path] = COMMAND) -> None:
        self.port = free_port()
        self._command = list(command)
        self._environment = {**environment, "PORT": str(self.port)}
        self._log_path = Path(environment["DIABAN_INSTANCE_DIR"]) / "server.log"
        self._process = self._start()

    @classmethod
    @contextmanager
    def running(cls, environment: Mapping[str, str], command: Sequence[str | Path] = COMMAND) -> Iterator["Master"]:
        """A server that answers; it and its workers are gone at the end."""
        master = cls(environment, command)
        try:
            master._wait_until_ready()
            yield master
        finally:
            master.kill_all(restart=False)

    def kill_worker(self, chance: random.Random) -> bool:
        """`kill -9` of one worker; the master starts another. False where none is there just now."""
        workers = self.worker_pids()
        if not workers:
            return False
        # the first of them has served longest: the others may be starting still
        with suppress(ProcessLookupError):
            os.kill(chance.choice([min(workers), *workers]), signal.SIGKILL)
        return True

    def kill_all(self, *, restart: bool = True) -> None:
        """`kill -9` of the master and its workers, as when the machine dies; then a new server."""
        for pid in [self._process.pid, *self.worker_pids()]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        stop(self._process)
        if restart:
            self._process = self._start()

    def ensure(self) -> None:
        """Wait until it answers, starting it again if it is gone."""
        if self._process.poll() is not None:
            self._process = self._start()
        self._wait_until_ready()

    def log(self) -> str:
        return self._log_path.read_text(encoding="utf-8", errors="replace")

    def _start(self) -> "subprocess.Popen[bytes]":
        self._log_path.parent.mkdir(parents=True, exist_ok=True)
        with self._log_path.open("ab") as log:
            return subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True,
            )  # fmt: skip

    def worker_pids(self) -> list[int]:
        listed = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        with suppress(OSError):
            return [int(pid) for pid in listed.read_text(encoding="ascii").split()]
        return []

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_S_MAX
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://{HOST}:{self.port}/readyz", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise ServerFailed(f"not ready after {START_S_MAX} s: {self.log()[-3000:]}")
