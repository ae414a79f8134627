"""A real server with areas and accounts but no records, and a real browser."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright, expect, sync_playwright

from tests.e2e.browser import STEP_MS_MAX, Phone, phone
from tests.support.chromium import MISSING, find_chromium
from tests.support.server import Server, run_flask, running_server, server_environment
from tests.support.sources import ROOT

OpenPhone = Callable[..., Phone]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> str:
    found = find_chromium()
    if found is None:
        pytest.fail(MISSING, pytrace=False)
    return found


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Ends with the module: one process holds no two of them, and other tests begin their own."""
    expect.set_options(timeout=STEP_MS_MAX)
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for each module, so that modules neither see nor wait for each other's records."""
    if not (ROOT / "backend/static/app/index.html").is_file():
        pytest.fail("the app is not built: make build", pytrace=False)
    environment = server_environment(tmp_path_factory.mktemp("instance"))
    run_flask(environment, "migrate")
    run_flask(environment, "demo", "--empty")
    with running_server(environment) as running:
        yield running


@pytest.fixture
def open_phone(playwright: Playwright, chromium: str, server: Server, tmp_path: Path) -> Iterator[OpenPhone]:
    """Start a browser: `open_phone("an officer's")`; the same name is the same device."""
    with ExitStack() as stack:

        def start(name: str, **options: Any) -> Phone:
            return stack.enter_context(phone(playwright, chromium, server.url, tmp_path / name, **options))

        yield start
