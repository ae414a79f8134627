"""A Firefox without a window, driven over BiDi by a process of Node's; a line of JSON for each thing to do."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.server import ROOT

DRIVER = ROOT / "tests/e2e/firefox"
NO_DRIVER = "the driver of Firefox is not installed: make test installs it"
END_S_MAX = 30


class DriverFailed(Exception):
    """What the driver or the browser said."""


class FirefoxPage:
    """One page of one browser process on a profile of its own."""

    def __init__(self, process: "subprocess.Popen[str]", url: str) -> None:
        self.url = url
        self._process = process
        self.version = str(self._answer())

    def open(self, path: str) -> None:
        self._do("open", self.url + path)

    def reload(self) -> None:
        self._do("reload")

    def fill(self, selector: str, text: str) -> None:
        self._do("fill", selector, text)

    def click(self, selector: str) -> None:
        self._do("click", selector)

    def choose(self, selector: str, path: Path) -> None:
        self._do("choose", selector, str(path))

    def evaluate(self, expression: str) -> Any:
        return self._do("evaluate", expression)

    @contextmanager
    def offline(self) -> Iterator[None]:
        self._do("offline", True)
        yield
        self._do("offline", False)

    def complaints(self) -> list[str]:
        """Errors on the console and violations of the security policy."""
        return [str(each) for each in self._do("complaints")]

    def _do(self, act: str, *given: Any) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"act": act, "given": given}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        answer = json.loads(line) if line else {"error": "the driver has ended"}
        if "error" in answer:
            raise DriverFailed(answer["error"])
        return answer["value"]


@contextmanager
def firefox_page(browser: str, url: str, profile: Path) -> Iterator[FirefoxPage]:
    """It ends with its driver, which ends when nothing more is to come."""
    profile.mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    with (profile.parent / "firefox.log").open("w") as log:
        process = subprocess.Popen(
            ["node", "driver.mjs", browser, str(profile)],
            cwd=DRIVER, env=os.environ | {"PATH": path}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
            text=True, encoding="utf-8",
        )  # fmt: skip
    try:
        yield FirefoxPage(process, url)
    finally:
        end(process)


def end(process: "subprocess.Popen[str]") -> None:
    try:
        process.communicate(timeout=END_S_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
