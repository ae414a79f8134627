"""The officer's road in Firefox: nothing of it is Chromium's alone."""

from pathlib import Path

import pytest

from tests.e2e.firefox_page import DRIVER, NO_DRIVER, firefox_page
from tests.e2e.held import journey
from tests.faults.office import Office
from tests.support.other_browsers import NO_FIREFOX, find_firefox
from tests.support.photo import jpeg
from tests.support.server import Server

AGENDA = "họp tổ trong Firefox"
# said by the browser itself of a request that finds no network
NO_NETWORK = ("NetworkError", "network error", "ServiceWorker")


def test_what_was_recorded_offline_in_firefox_arrives(server: Server, tmp_path: Path) -> None:
    browser = find_firefox()
    if browser is None:
        pytest.skip(NO_FIREFOX)
    if not (DRIVER / "node_modules").is_dir():
        pytest.skip(NO_DRIVER)
    photo = tmp_path / "IMG_0001.jpg"
    photo.write_bytes(jpeg(2_000, 1_500))
    with firefox_page(browser, server.url, tmp_path / "profile") as held:
        journey(held, held.offline, AGENDA, photo)
        complaints = held.complaints()
    assert [each for each in complaints if not any(words in each for words in NO_NETWORK)] == []
    arrived = Office(server.url).read().values()
    assert [each["fields"]["agenda"][0] for each in arrived if "agenda" in each["fields"]] == [AGENDA]
    assert [each["kind"] for each in arrived].count("photo") == 1
