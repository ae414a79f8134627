"""The officer's road in WebKit. It has no switch for the network: the server is stopped instead, and started again."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.e2e.held import journey
from tests.e2e.webkit_page import webkit_page
from tests.faults.office import Office
from tests.support.other_browsers import NO_WEBKIT, find_webkit
from tests.support.photo import jpeg
from tests.support.server import run_flask, running_server, server_environment

AGENDA = "họp tổ trong WebKit"


def test_what_was_recorded_without_a_server_in_webkit_arrives(tmp_path: Path) -> None:
    parts = find_webkit()
    if parts is None:
        pytest.skip(NO_WEBKIT)
    photo = tmp_path / "IMG_0001.jpg"
    photo.write_bytes(jpeg(2_000, 1_500))
    environment = server_environment(tmp_path / "instance")
    run_flask(environment, "migrate")
    run_flask(environment, "demo", "--empty")
    with ExitStack() as serving:
        server = serving.enter_context(running_server(environment))

        @contextmanager
        def offline() -> Iterator[None]:
            serving.pop_all().close()
            yield
            serving.enter_context(running_server(environment, port=server.port))

        with webkit_page(parts, server.url, tmp_path) as held:
            journey(held, offline, AGENDA, photo)
        arrived = Office(server.url).read().values()
        assert [each["fields"]["agenda"][0] for each in arrived if "agenda" in each["fields"]] == [AGENDA]
        assert [each["kind"] for each in arrived].count("photo") == 1
