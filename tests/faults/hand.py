"""A person with a phone whose browser may be killed at any moment, and the account of what its screen said."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Error as PlaywrightError, Playwright, expect

from tests.e2e.browser import Phone, browser_pid, phone
from tests.faults.ledger import Ledger, wanted_fields
from tests.faults.script import Death, Life, Save

SAVED = "Đã lưu trên máy"
FULL = "Bộ nhớ máy đã đầy nên chưa lưu được"
START, END, STORE = "Bắt đầu tuần tra", "Kết thúc tuần tra", "Lưu"
SENT, WAITS = "Đã gửi hết", "Chờ gửi"
WAIT_MS_MAX = 20_000
SENT_MS_MAX = 60_000
# less than anything that is stored already
NO_SPACE_BYTES = 1
# Tells the moment at which the words come on the screen, and how often they have.
WITNESS = """(() => {
  let was = false;
  window.saidCount = 0;
  new MutationObserver(() => {
    const is = document.querySelector(".flash")?.textContent.includes("WORDS") ?? false;
    if (is && !was) {
      window.saidCount += 1;
      window.screenSaid?.("");
    }
    was = is;
  }).observe(document, {subtree: true, childList: true, characterData: true});
})()""".replace("WORDS", SAVED)


class Hand:
    """One life of one browser."""

    def __init__(self, held: Phone, ledger: Ledger) -> None:
        self._held, self._page, self._ledger = held, held.page, ledger
        self._group = os.getpgid(browser_pid(held.profile))
        if self._group == os.getpgid(0):
            raise RuntimeError("the browser runs in the group of this process")
        self._is_at_word = False
        self._is_dead = threading.Event()
        self._timer: threading.Timer | None = None
        self.said = 0
        self._cdp = self._listen()

    def _listen(self) -> CDPSession:
        session = self._held.context.new_cdp_session(self._page)
        session.on("Runtime.bindingCalled", self._hear)
        session.send("Runtime.enable")
        session.send("Runtime.addBinding", {"name": "screenSaid"})
        self._held.context.add_init_script(WITNESS)
        return session

    def _hear(self, event: dict[str, Any]) -> None:
        if event["name"] != "screenSaid":
            return
        self.said += 1
        if self._is_at_word:
            self.kill()

    def kill(self) -> None:
        """SIGKILL to every process of the browser at once: no event, no flush, no goodbye."""
        self._is_dead.set()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._group, signal.SIGKILL)

    @property
    def is_dead(self) -> bool:
        return self._is_dead.is_set()

    def arm(self, death: Death) -> None:
        """From now on the time of the death runs; one at the word waits for the word."""
        if death.moment == "at the word":
            self._is_at_word = True
            return
        self._timer = threading.Timer(death.delay_ms / 1000, self.kill)
        self._timer.start()

    def disarm(self) -> None:
        """Nothing of a death is left when the browser is let go of."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()

    def await_death(self) -> None:
        """A death by the clock comes; one at a word that never came does not."""
        if self._timer is not None:
            self._timer.join()
        self.kill()

    def set_space(self, *, is_full: bool) -> None:
        quota = {"quotaSize": NO_SPACE_BYTES} if is_full else {}
        self._cdp.send("Storage.overrideQuotaForOrigin", {"origin": self._held.url, **quota})

    def open(self) -> None:
        self._page.goto(self._held.url + "/")
        expect(self._page.locator("main button").first).to_be_visible(timeout=WAIT_MS_MAX)

    def go_online(self) -> None:
        self._held.context.set_offline(False)

    def record(self, save: Save, death: Death | None) -> None:
        """Fill the form of one save in and press the button."""
        if save.form == "patrol":
            # half of the deaths meet the tap that starts, half the form that ends
            self._start_patrol(death if save.number % 2 else None)
        self._fill(save)
        self._ledger.tried[save.number] = save
        self._press_and_wait(STORE, death, lambda: self._ledger.said.add(save.number))
        expect(self._page.locator("main button").first).to_be_visible()

    def record_without_space(self, save: Save) -> None:
        """Nothing is stored, and the screen says why."""
        self._forget_words()
        if save.form == "patrol" and not self._is_patrol_open():
            # the tap that starts it has no form to stay on
            self._press(START)
            self._ledger.starts_tried += 1
            self._expect_refusal(self._count_start)
            return
        self._fill(save)
        self._ledger.tried[save.number] = save
        self._press(STORE)
        self._expect_refusal(lambda: self._ledger.said.add(save.number))
        self.open()

    def _expect_refusal(self, note_said: Callable[[], None]) -> None:
        """Should it say that it saved all the same, the server will be asked for it."""
        alert, words = self._page.get_by_role("alert"), self._page.locator(".flash").get_by_text(SAVED)
        expect(alert.or_(words).first).to_be_visible()
        if words.is_visible():
            note_said()
            return
        expect(alert).to_contain_text(FULL)
        self._ledger.refusals += 1

    def wait_until_sent(self) -> None:
        """Online until nothing waits any more."""
        bar = self._page.locator(".sync-bar").get_by_text(SENT)
        expect(bar).to_be_visible(timeout=SENT_MS_MAX)
        expect(self._page.locator("ul.rows > li").filter(has_text=WAITS)).to_have_count(0)

    def _start_patrol(self, death: Death | None) -> None:
        if self._is_patrol_open():
            return
        self._forget_words()
        self._ledger.starts_tried += 1
        self._press_and_wait(START, death, self._count_start)

    def _count_start(self) -> None:
        self._ledger.starts_said += 1

    def _is_patrol_open(self) -> bool:
        either = self._page.get_by_role("button", name=START).or_(self._page.get_by_role("button", name=END))
        expect(either).to_be_visible()
        return self._page.get_by_role("button", name=END).is_visible()

    def _forget_words(self) -> None:
        """The words of the save before are still there: the next ones would not be new."""
        if self._page.locator(".flash").get_by_text(SAVED).is_visible():
            self._page.locator("nav a[href='/list']").click()
            self._page.locator("nav a[href='/']").click()
            expect(self._page.get_by_role("button", name=START)).to_be_visible()

    def _fill(self, save: Save) -> None:
        self._press({"meeting": "Ghi họp tổ", "outreach": "Ghi tuyên truyền", "patrol": END}[save.form])
        expect(self._page.get_by_role("button", name=STORE)).to_be_visible()
        for kind, values in wanted_fields(save).items():
            for name, value in values.items():
                field = f"handout_{name}" if kind == "handout" else name
                self._page.locator(f"[name={field}]").fill(str(value))
        if save.form == "outreach":
            self._page.locator("[name=handout_leaflet]").select_option(index=1)

    def _press(self, name: str) -> None:
        self._page.get_by_role("button", name=name).first.click()

    def _press_and_wait(self, name: str, death: Death | None, note_said: Callable[[], None]) -> None:
        """Whoever dies while this is stored may still have read the words."""
        before, on_page = self.said, self._page.evaluate("window.saidCount")
        if death is not None:
            self.arm(death)
        try:
            self._press(name)
            self._page.wait_for_function("count => window.saidCount > count", arg=on_page)
        finally:
            if self.said > before:
                note_said()


@contextmanager
def living(
    playwright: Playwright, chromium: str, url: str, profile: Path, life: Life, ledger: Ledger
) -> Iterator[Hand]:
    """A browser on the profile; a death that was wanted ends the block quietly."""
    with phone(playwright, chromium, url, profile, offline=not life.is_online) as held:
        hand = Hand(held, ledger)
        try:
            yield hand
        except (PlaywrightError, AssertionError):
            if not hand.is_dead:
                raise
        finally:
            hand.disarm()
