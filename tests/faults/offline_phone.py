"""One phone that is the app itself, in a Node process of its own, asked by lines of JSON."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.faults.other_time import OtherTime
from tests.simulation.typescript_phone import find_node
from tests.support.sources import ROOT

MAIN = ROOT / "frontend/tests/offline/main.ts"
STOP_S_MAX = 10
Wire = dict[str, Any]


class PhoneFailed(Exception):
    """The app threw, or its process is gone."""


class OfflinePhone:
    """Signed in before the weeks without a network, and connected again after them."""

    def __init__(self, process: "subprocess.Popen[str]", username: str, password: str) -> None:
        self._process, self._who = process, {"username": username, "password": password}

    def start(self, time: OtherTime, fault: str | None) -> None:
        """Open the app for the first time; `fault`: a mistake put into it (phone.ts)."""
        self._call("start", course=time.wire, fault=fault)

    def connect(self, url: str, time: OtherTime) -> None:
        self._call("connect", url=url, course=time.wire)

    def disconnect(self) -> None:
        self._call("disconnect")

    def sign_in(self) -> str:
        """The id of the device, or what was said instead."""
        said: str = self._call("signIn", **self._who)
        return said

    def record(self, entries: Path) -> int:
        """How many entries were kept."""
        kept: int = self._call("record", entries=str(entries))
        return kept

    def live(self) -> None:
        """The app's process is killed, and opened anew."""
        self._call("live")

    def standing(self) -> Wire:
        found: Wire = self._call("standing")
        return found

    def contents(self) -> Wire:
        found: Wire = self._call("contents")
        return found

    def _call(self, name: str, **given: Any) -> Any:
        process = self._process
        if process.stdin is None or process.stdout is None:
            raise PhoneFailed("the process of the phone has no pipes")
        process.stdin.write(json.dumps({"call": name, "given": given}) + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline() or '{"error": "the process of the phone has ended"}')
        if "error" in answer:
            raise PhoneFailed(f"{name}: {answer['error']}")
        return answer["value"]


@contextmanager
def running_phone(username: str, password: str) -> Iterator[OfflinePhone]:
    """A phone with nothing on it; its process is gone at the end."""
    process = subprocess.Popen(
        [find_node(), str(MAIN)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True
    )
    try:
        yield OfflinePhone(process, username, password)
    finally:
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_S_MAX)
