"""Servers of other projects: installed under `build/bench`, run as processes on loopback, stopped by process id."""

import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from bench.system import Missing
from tests.support.loopback import HOST
from tests.support.server import ROOT, stop

FOLDER: Final = ROOT / "build/bench"
INSTALL_S_MAX: Final = 600
START_S_MAX: Final = 60
WORDS_MAX: Final = 600


def install_once(folder: Path, pins: str, commands: Sequence[Sequence[str | Path]]) -> None:
    """Run the commands of an installation unless these versions were installed before. Raises Missing."""
    stamp = folder / "installed.txt"
    if stamp.exists() and stamp.read_text("utf-8") == pins:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for command in commands:
        run_command(command, folder, os.environ)
    stamp.write_text(pins, encoding="utf-8")


def run_command(command: Sequence[str | Path], folder: Path, environment: Mapping[str, str]) -> None:
    """Run one command to its end. Raises Missing with its last words."""
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=INSTALL_S_MAX,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(f"{command[0]}: {error}") from None
    if done.returncode != 0:
        told = f"{done.stdout}{done.stderr}".strip()[-WORDS_MAX:]
        raise Missing(f"{' '.join(map(str, command[:3]))}: exit {done.returncode}: {told}")


@contextmanager
def running(command: Sequence[str | Path], folder: Path, environment: dict[str, str], url: str) -> Iterator[int]:
    """Start a server, wait until `url` is answered, yield its process id, stop it. Raises Missing."""
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
    try:
        _wait_until_answered(process, url, folder / "server.log")
        yield process.pid
    finally:
        stop(process)


def _wait_until_answered(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_S_MAX
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise Missing(f"it did not start: {log.read_text('utf-8', errors='replace')[-WORDS_MAX:]}")


def address(port: int, path: str) -> str:
    """An address on loopback."""
    return f"http://{HOST}:{port}{path}"


def document_of(operation: Mapping[str, Any]) -> dict[str, Any]:
    """What a server of documents stores for a new record: the same facts, as one flat object of about 600 bytes."""
    own = {name: operation[name] for name in ("kind", "partition", "tag", "n", "stamp", "schema", "observed")}
    return {**own, **operation["set"]}
