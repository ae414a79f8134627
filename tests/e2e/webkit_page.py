"""A WebKit on a screen that nobody sees, driven by the W3C's WebDriver protocol: the nearest that there is to Safari."""

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.loopback import HOST, free_port
from tests.support.other_browsers import WebKitParts

SCREEN = ("-screen", "0", "1024x1000x24", "-nolisten", "tcp")
ANSWER_S_MAX = 90
STEP_S_MAX = 30
START_S_MAX = 30
POLL_S = 0.1
Wire = dict[str, Any]


class DriverFailed(Exception):
    """What the driver said."""


class WebKitPage:
    """One page of one browser process; what it stores ends with it."""

    def __init__(self, driver_url: str, url: str, browser: str) -> None:
        self.url = url
        self._driver_url = driver_url
        options = {"binary": browser, "args": ["--automation"]}
        wanted = {"browserName": "MiniBrowser", "webkitgtk:browserOptions": options}
        made = self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.version = str(made["capabilities"]["browserVersion"])
        self._driver_url += f"/session/{made['sessionId']}"

    def open(self, path: str) -> None:
        self._call("POST", "/url", {"url": self.url + path})

    def reload(self) -> None:
        self._call("POST", "/refresh", {})

    def fill(self, selector: str, text: str) -> None:
        element = self._element(selector)
        self._call("POST", f"{element}/clear", {})
        self._call("POST", f"{element}/value", {"text": text})

    def click(self, selector: str) -> None:
        self._call("POST", f"{self._element(selector)}/click", {})

    def choose(self, selector: str, path: Path) -> None:
        self._call("POST", f"{self._element(selector)}/value", {"text": str(path)})

    def evaluate(self, expression: str) -> Any:
        return self._call("POST", "/execute/sync", {"script": f"return ({expression})", "args": []})

    def close(self) -> None:
        self._call("DELETE", "")

    def _element(self, selector: str) -> str:
        """Its address; waits until it is there."""
        deadline = time.monotonic() + STEP_S_MAX
        while True:
            try:
                found = self._call("POST", "/element", {"using": "css selector", "value": selector})
                return f"/element/{next(iter(found.values()))}"
            except DriverFailed:
                if time.monotonic() > deadline:
                    raise
                time.sleep(POLL_S)

    def _call(self, method: str, path: str, body: Wire | None = None) -> Any:
        return called(method, self._driver_url + path, body)


def called(method: str, url: str, body: Wire | None = None) -> Any:
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, content, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_S_MAX) as response:
            return json.load(response)["value"]
    except urllib.error.HTTPError as refused:
        with refused:
            raise DriverFailed(refused.read().decode("utf-8", "replace")[:600]) from refused


@contextmanager
def webkit_page(parts: WebKitParts, url: str, folder: Path) -> Iterator[WebKitPage]:
    """A screen, a driver and a browser; all of them end."""
    with (folder / "webkit.log").open("wb") as log, screen(parts.screen) as display, driver(parts, display, log) as own:
        page = WebKitPage(own, url, parts.browser)
        try:
            yield page
        finally:
            page.close()


@contextmanager
def screen(path: str) -> Iterator[str]:
    """Its name; it chooses a free number by itself."""
    process = subprocess.Popen(
        [path, "-displayfd", "1", *SCREEN], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        yield f":{process.stdout.readline().strip()}"
    finally:
        process.terminate()
        process.communicate(timeout=START_S_MAX)


@contextmanager
def driver(parts: WebKitParts, display: str, log: Any) -> Iterator[str]:
    """Its address, once it answers."""
    port = free_port()
    environment = os.environ | {"DISPLAY": display}
    process = subprocess.Popen([parts.driver, f"--port={port}"], env=environment, stdout=log, stderr=log)
    try:
        wait_for(f"http://{HOST}:{port}")
        yield f"http://{HOST}:{port}"
    finally:
        process.terminate()
        process.wait(START_S_MAX)


def wait_for(url: str) -> None:
    deadline = time.monotonic() + START_S_MAX
    while True:
        try:
            called("GET", f"{url}/status")
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_S)
        else:
            return
