"""The officer's road in a browser that is not Chromium, whichever drives it: what both of them can be told."""

import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from tests.e2e.browser import PASSWORD

# longer than the pause between two tries to send: WebKitGTK is not told that the server is back
LOAD_S_MAX = 120
POLL_S = 0.1
# WebKitGTK leaves a reading transaction behind when a page goes that still reads: it blocks the next page's writing
SETTLED_S = 3
PIN = "246810"
GALLERY = "input[type=file][multiple]"
LOCKED, WAITS, SENT = "Ứng dụng đang khóa", "Chờ gửi", "Đã gửi hết"
SCREENS = ("/", "/record", "/record/incident", "/list", "/sync", "/more", "/feed", "/figures", "/conflicts", "/lock")


class Held(Protocol):
    """One page of a browser."""

    url: str

    def open(self, path: str) -> None: ...
    def reload(self) -> None: ...
    def fill(self, selector: str, text: str) -> None: ...
    def click(self, selector: str) -> None: ...
    def choose(self, selector: str, path: Path) -> None: ...
    def evaluate(self, expression: str) -> Any: ...


def text(held: Held, selector: str) -> str:
    return str(held.evaluate(f"document.querySelector({json.dumps(selector)})?.textContent ?? ''"))


def wait(is_so: Callable[[], bool], what: Callable[[], str]) -> None:
    deadline = time.monotonic() + LOAD_S_MAX
    while not is_so():
        assert time.monotonic() < deadline, what()
        time.sleep(POLL_S)


def see(held: Held, words: str, selector: str = "body") -> None:
    """Wait until the words are to be read."""
    wait(lambda: words in text(held, selector), lambda: f"no {words!r} in {selector}: {text(held, 'main')[-600:]!r}")


def sign_in(held: Held, username: str) -> None:
    """Until everything is here and the app would open without a network."""
    held.open("/")
    held.fill("input[name=username]", username)
    held.fill("input[name=password]", PASSWORD)
    held.click("button[type=submit]")
    see(held, SENT, ".sync-bar")
    wait(lambda: bool(held.evaluate("!!navigator.serviceWorker.controller")), lambda: "no service worker took over")


def set_pin(held: Held) -> None:
    held.open("/lock")
    held.click("input[name=way][value=pin]")
    held.fill("#secret", PIN)
    held.fill("#again", PIN)
    held.click("button[type=submit]")
    see(held, "Đã đặt khóa")


def unlock(held: Held) -> None:
    see(held, LOCKED)
    held.fill("#secret", PIN)
    held.click("button[type=submit]")


def record_meeting(held: Held, agenda: str, photo: Path) -> None:
    """With a photo, from the screen of the day."""
    held.open("/record/meeting")
    held.fill("[name=agenda]", agenda)
    held.choose(GALLERY, photo)
    count = "document.querySelectorAll('ul.photos img').length"
    wait(lambda: bool(held.evaluate(count)), lambda: f"no photo is shown: {text(held, 'main')[:600]!r}")
    held.click("button[type=submit]")
    see(held, "Đã lưu")


def settle(held: Held) -> None:
    see(held, LOCKED)
    time.sleep(SETTLED_S)


def journey(held: Held, offline: Callable[[], AbstractContextManager[None]], agenda: str, photo: Path) -> None:
    """Sign in, lock, record without a network before and after a reload, send; every screen opens."""
    sign_in(held, "canbo.caikhe")
    set_pin(held)
    with offline():
        record_meeting(held, agenda, photo)
        settle(held)
        held.reload()
        unlock(held)
        move(held, "/list")
        see(held, WAITS, "ul.rows")
        assert held.evaluate("document.querySelectorAll('ul.rows > li').length") == 1
        see(held, "Ảnh 0/1", "ul.rows")
    see(held, SENT, ".sync-bar")
    for path in SCREENS:
        move(held, path)


def move(held: Held, path: str) -> None:
    """Within the page, as by a link: a page that is loaded anew is locked."""
    held.evaluate(f"history.pushState(null, '', {json.dumps(path)}), dispatchEvent(new PopStateEvent('popstate'))")
    wait(lambda: bool(text(held, "h1")), lambda: f"{path} shows nothing")
