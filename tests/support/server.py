"""Real server processes on loopback: gunicorn as it is deployed, stopped by process id."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.loopback import HOST, free_port

ROOT = Path(__file__).resolve().parents[2]
START_S_MAX = 60
STOP_S_MAX = 20
COMMAND_S_MAX = 300
GUNICORN = ["-m", "gunicorn", "-c", "backend/gunicorn.conf.py", "backend:create_app()"]


class ServerFailed(Exception):
    """The server or a command did not do what was asked; the message holds the end of its log."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `pid` is gunicorn's master."""

    url: str
    port: int
    pid: int
    environment: Mapping[str, str]
    log_path: Path

    def flask(self, *arguments: str) -> str:
        """Run an operator's command against this server's data; returns what it printed."""
        return run_flask(self.environment, *arguments)

    def log(self) -> str:
        return self.log_path.read_text(encoding="utf-8", errors="replace")


def server_environment(instance_dir: Path, **names: str) -> dict[str, str]:
    """This process's environment without its own DIABAN_*, in demo on `instance_dir`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DIABAN_")}
    own = {"DIABAN_ENV": "demo", "DIABAN_INSTANCE_DIR": str(instance_dir), "PYTHONUNBUFFERED": "1"}
    return inherited | own | names


def run_flask(environment: Mapping[str, str], *arguments: str, root: Path = ROOT) -> str:
    """`flask --app backend …` of the tree at `root`; raises ServerFailed with its output when it exits non-zero."""
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "backend", *arguments],
        cwd=root, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=COMMAND_S_MAX,
    )  # fmt: skip
    if done.returncode != 0:
        raise ServerFailed(f"flask {' '.join(arguments)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


@contextmanager
def running_server(
    environment: Mapping[str, str],
    *,
    port: int | None = None,
    command: Sequence[str] = GUNICORN,
    root: Path = ROOT,
) -> Iterator[Server]:
    """Start gunicorn on the tree at `root`, wait until /readyz answers 200, and stop it at the end."""
    instance_dir = Path(environment["DIABAN_INSTANCE_DIR"])
    instance_dir.mkdir(parents=True, exist_ok=True)
    log_path = instance_dir / "server.log"
    chosen = port or free_port()
    own = dict(environment) | {"PORT": str(chosen)}
    with log_path.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=root, env=own, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        server = Server(f"http://localhost:{chosen}", chosen, process.pid, own, log_path)
        _wait_until_ready(process, server)
        yield server
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask, wait, then insist; the workers go with their master."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_S_MAX)


def _wait_until_ready(process: subprocess.Popen[bytes], server: Server) -> None:
    deadline = time.monotonic() + START_S_MAX
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{server.port}/readyz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise ServerFailed(f"not ready after {START_S_MAX} s: {server.log()[-3000:]}")
