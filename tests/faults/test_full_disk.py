"""A disk filled to the last byte: Chromium later deletes its databases, and nothing that was said to be saved is gone.

What happens (Chromium 156): the write that finds no space leaves a torn record in the log of the database; the next
start goes on behind it, and the one after that takes the log for damaged and deletes everything of the site.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect, sync_playwright

from tests.e2e.browser import LOAD_MS_MAX, PASSWORD, STEP_MS_MAX, Phone, phone
from tests.faults.browser import running_copy
from tests.faults.office import Office
from tests.support.chromium import MISSING as NO_BROWSER, find_chromium
from tests.support.server import Server
from tests.support.small_disk import MISSING as NO_DISK, SmallDisk, small_disk

pytestmark = [pytest.mark.browser, pytest.mark.slow]
OFFICER = "canbo.caikhe"
# a browser's profile with this app takes about half of it
DISK_MIB = 120
SAVED, FULL, SENT = "Đã lưu trên máy", "Bộ nhớ máy đã đầy nên chưa lưu được", "Đã gửi hết"
FULL_PAGE, SIGN_IN = "Bộ nhớ máy đã đầy", "Đăng nhập"
# said by the browser of an answer that a phone whose session went with its database gets
SESSION_LOST = "401 (UNAUTHORIZED)"
TRIES = 3
# it looks every five seconds
OPENS_MS_MAX = 30_000


class Life:
    """One phone on one small disk, killed and started again."""

    def __init__(self, playwright: Playwright, chromium: str, server: Server, disk: SmallDisk) -> None:
        self._playwright, self._chromium, self._server = playwright, chromium, server
        self.disk = disk
        self.said: list[int] = []
        self._before = Counter(meetings(server))

    @contextmanager
    def start(self, *, offline: bool = True) -> Iterator[Phone]:
        profile = self.disk.folder / "profile"
        with phone(self._playwright, self._chromium, self._server.url, profile, offline=offline) as held:
            yield held
            assert [each for each in held.complaints if SESSION_LOST not in each] == []
            held.kill()

    def save(self, held: Phone, number: int) -> None:
        """A meeting of that many households, and the word that it is saved."""
        held.open("/record/meeting")
        held.page.locator("[name=households_invited]").fill(str(number))
        held.press("Lưu")
        expect(held.page.get_by_text(SAVED)).to_be_visible()
        self.said.append(number)

    def arrived(self) -> Counter[int]:
        """Meetings that have come to the server in this life."""
        return Counter(meetings(self._server)) - self._before


def meetings(server: Server) -> list[int]:
    records = Office(server.url).read().values()
    return [each["fields"]["households_invited"][0] for each in records if each["kind"] == "meeting"]


@contextmanager
def life(folder: Path, server: Server) -> Iterator[Life]:
    """Skips where there is no small disk to be had."""
    chromium = find_chromium()
    if chromium is None:
        pytest.fail(NO_BROWSER, pytrace=False)
    expect.set_options(timeout=STEP_MS_MAX)
    with small_disk(folder / "disk", DISK_MIB) as disk, sync_playwright() as playwright:
        if disk is None:
            pytest.skip(NO_DISK)
        yield Life(playwright, chromium, server, disk)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_copy(tmp_path_factory.mktemp("app")) as running:
        yield running


@pytest.fixture(scope="module")
def server_without_spare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_copy(tmp_path_factory.mktemp("app"), "no-spare") as running:
        yield running


def fill_in_the_middle(phone_life: Life, held: Phone) -> None:
    """Two are saved, the third finds no space, at any number of tries."""
    held.sign_in(OFFICER)
    held.context.set_offline(True)
    phone_life.save(held, 101)
    phone_life.save(held, 102)
    held.open("/record/meeting")
    held.page.locator("[name=households_invited]").fill("999")
    phone_life.disk.fill()
    for _ in range(TRIES):
        held.press("Lưu")
        expect(held.page.get_by_role("alert").filter(has_text=FULL)).to_be_visible()


def send_all(phone_life: Life) -> Counter[int]:
    """Sign in again, send, and count on the server; the session did not outlive the database."""
    with phone_life.start(offline=False) as held:
        held.open("/sign-in")
        held.fill("Tên đăng nhập", OFFICER)
        held.fill("Mật khẩu", PASSWORD)
        held.press(SIGN_IN)
        expect(held.page.locator(".sync-bar").get_by_text(SENT)).to_be_visible(timeout=LOAD_MS_MAX)
    return phone_life.arrived()


def test_what_was_saved_before_the_disk_was_full_outlives_the_database(tmp_path: Path, server: Server) -> None:
    with life(tmp_path, server) as alive:
        with alive.start(offline=False) as held:
            fill_in_the_middle(alive, held)
        alive.disk.free()
        for number in (103, 104, 105):
            with alive.start() as held:
                alive.save(held, number)
        assert send_all(alive) == Counter(alive.said)


def test_what_is_saved_after_room_was_made_outlives_the_database_too(tmp_path: Path, server: Server) -> None:
    with life(tmp_path, server) as alive:
        with alive.start(offline=False) as held:
            fill_in_the_middle(alive, held)
            alive.disk.free()
            held.press("Lưu")
            expect(held.page.get_by_text(SAVED)).to_be_visible()
            alive.said.append(999)
            alive.save(held, 103)
        assert send_all(alive) == Counter(alive.said)


def test_a_phone_started_while_it_is_full_says_what_to_do_and_opens_once_there_is_room(
    tmp_path: Path, server: Server
) -> None:
    with life(tmp_path, server) as alive:
        with alive.start(offline=False) as held:
            fill_in_the_middle(alive, held)
            held.page.reload()
            expect(held.page.get_by_role("heading", name=FULL_PAGE)).to_be_visible()
            alive.disk.free()
            expect(held.page.locator("nav.bar")).to_be_visible(timeout=OPENS_MS_MAX)
            alive.save(held, 103)
        assert send_all(alive) == Counter(alive.said)


def test_without_the_spare_copy_those_records_are_gone(tmp_path: Path, server_without_spare: Server) -> None:
    """The fault is real on this machine: or what the other tests show would prove nothing."""
    with life(tmp_path, server_without_spare) as alive:
        with alive.start(offline=False) as held:
            fill_in_the_middle(alive, held)
        alive.disk.free()
        with alive.start() as held:
            alive.save(held, 103)
        with alive.start() as held:
            held.open()
            expect(held.page.get_by_role("heading", name=SIGN_IN)).to_be_visible()
        assert send_all(alive) == Counter()
