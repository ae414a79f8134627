"""A phone or a desk as a person holds it: a Chromium of its own profile, driven by what is to be read on it."""

import contextlib
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Error as PlaywrightError,
    Page,
    Playwright,
    Request,
    expect,
)

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = (360, 740)
SMALL_PHONE = (320, 568)
DESK = (1280, 800)
PASSWORD = "diaban-demo-2026"  # the demo's, printed by make run
STEP_MS_MAX = 15_000
LOAD_MS_MAX = 60_000
LANGUAGES = {"vi": "vi-VN", "en": "en-GB"}
# Said by the browser itself when a request finds no network: expected of a phone that is offline.
NO_NETWORK = re.compile(r"net::ERR_(INTERNET_DISCONNECTED|FAILED|NETWORK_CHANGED|CONNECTION_REFUSED)")


@dataclass
class Phone:
    """One browser process with its page, and everything suspicious that it said."""

    context: BrowserContext
    page: Page
    url: str
    profile: Path
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Note errors on the console (violations of the security policy are among them) and requests elsewhere."""
        self.context.on("console", self._console)
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.context.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not NO_NETWORK.search(message.text):
            self.complaints.append(message.text)

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).scheme in {"http", "https", "ws", "wss"} and not request.url.startswith(
            self.url + "/"
        ):
            self.foreign.append(request.url)

    def open(self, path: str = "/") -> None:
        self.page.goto(self.url + path)
        expect(self.page.locator("h1")).to_be_visible()

    def go(self, name: str) -> None:
        """Follow the link of that name: from here, or by way of the last tab."""
        link = self.page.get_by_role("link", name=name, exact=True).filter(visible=True)
        if not link.count():
            self.page.locator("nav a[href='/more']").click()
        link.first.click()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).first.click()

    def fill(self, label: str, value: str) -> None:
        self.page.get_by_label(label).filter(visible=True).first.fill(value)

    def sign_in(self, username: str) -> None:
        """Sign in and wait until the first load is complete: before that a phone must not be left alone."""
        self.open()
        self.fill("Tên đăng nhập", username)
        self.fill("Mật khẩu", PASSWORD)
        self.press("Đăng nhập")
        expect(self.page.locator("nav.bar")).to_be_visible(timeout=LOAD_MS_MAX)
        ready = self.page.locator(".sync-bar").get_by_text("Đã gửi hết")
        expect(ready).to_be_visible(timeout=LOAD_MS_MAX)
        self.page.evaluate("() => navigator.serviceWorker.ready.then(() => undefined)")

    def kill(self) -> None:
        """As when the battery is pulled: no event, no flush."""
        os.kill(browser_pid(self.profile), signal.SIGKILL)
        with contextlib.suppress(PlaywrightError):
            self.context.close()


def browser_pid(profile: Path) -> int:
    """The browser writes `host-pid` into a link of its profile."""
    return int(str((profile / "SingletonLock").readlink()).rpartition("-")[2])


@contextmanager
def phone(
    playwright: Playwright,
    chromium: str,
    url: str,
    profile: Path,
    *,
    size: tuple[int, int] = PHONE,
    language: str = "vi",
    offline: bool = False,
    bypass_csp: bool = False,
) -> Iterator[Phone]:
    """A browser process on `profile`; started again on the same one it finds what was stored."""
    profile.mkdir(parents=True, exist_ok=True)
    context = playwright.chromium.launch_persistent_context(
        profile,
        executable_path=chromium,
        args=FLAGS,
        viewport={"width": size[0], "height": size[1]},
        locale=LANGUAGES[language],
        timezone_id="Asia/Ho_Chi_Minh",
        offline=offline,
        bypass_csp=bypass_csp,
    )
    context.set_default_timeout(STEP_MS_MAX)
    held = Phone(context, context.pages[0], url, profile)
    held.watch()
    try:
        yield held
    finally:
        with contextlib.suppress(PlaywrightError):
            context.close()
