"""A refusal is heard also by who is still sending, and nobody keeps a thread by sending slowly."""

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.loopback import HOST
from tests.support.server import Server, run_flask, running_server, server_environment

pytestmark = pytest.mark.integration
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    environment = server_environment(tmp_path_factory.mktemp("body"), DIABAN_SCHEDULER="external")
    run_flask(environment, "migrate")
    with running_server(environment) as running:
        yield running


def head(length: int | None, path: str = "/api/v1/sessions", **headers: str) -> bytes:
    given = {"Host": "localhost", "Content-Type": "application/json", **headers}
    given |= {"Content-Length": str(length)} if length is not None else {"Transfer-Encoding": "chunked"}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def answer(connection: socket.socket) -> tuple[int, Any]:
    """Status and document, as a caller reads them that goes on sending first."""
    with connection.makefile("rb") as file:
        status = int(file.readline().split()[1])
        headers = dict(line.split(b": ", 1) for line in iter(lambda: file.readline().rstrip(), b""))
        length = next(int(value) for name, value in headers.items() if name.lower() == b"content-length")
        return status, json.loads(file.read(length))


def talk(server: Server, *parts: bytes) -> tuple[int, str]:
    with socket.create_connection((HOST, server.port), timeout=30) as connection:
        for part in parts:
            connection.sendall(part)
        status, document = answer(connection)
        return status, document["type"].removeprefix("/problems/")


@pytest.mark.parametrize("size", [5 * MIB, 15 * MIB])
def test_a_body_over_its_limit_is_told_so(server: Server, size: int) -> None:
    assert talk(server, head(size), b" " * size) == (413, "body-too-large")


def test_a_body_of_unknown_length_over_its_limit_is_told_so(server: Server) -> None:
    piece = b"%x\r\n" % MIB + b" " * MIB + b"\r\n"
    assert talk(server, head(None), *[piece] * 6, b"0\r\n\r\n") == (413, "body-too-large")


@pytest.mark.parametrize(
    ("path", "headers", "expected"),
    [
        ("/api/v1/sync", {}, (401, "not-signed-in")),
        ("/api/v1/sessions", {"Content-Type": "text/plain"}, (415, "media-type-unsupported")),
        ("/api/v1/nothing", {}, (404, "not-found")),
        ("/api/v1/sessions", {"Host": "elsewhere.example"}, (400, "parameter-invalid")),
    ],
)
def test_every_refusal_of_a_long_body_is_heard(
    server: Server, path: str, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    assert talk(server, head(3 * MIB, path, **headers), b" " * 3 * MIB) == expected


def test_who_stops_sending_is_answered_in_a_few_seconds(server: Server) -> None:
    started = time.monotonic()
    assert talk(server, head(8 * MIB), b" ") == (413, "body-too-large")
    assert time.monotonic() - started < 10


def test_who_trickles_is_answered_in_a_few_seconds(server: Server) -> None:
    with socket.create_connection((HOST, server.port), timeout=0.2) as connection:
        connection.sendall(head(8 * MIB))
        started = time.monotonic()
        first = b""
        while not first and time.monotonic() - started < 20:
            connection.sendall(b" ")
            try:
                first = connection.recv(20)
            except TimeoutError:
                continue
    assert first.startswith(b"HTTP/1.1 413")
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("rest", [b"zz\r\n", b"5\r\nabc"])
def test_a_body_that_breaks_off_is_no_failure_of_the_server(server: Server, rest: bytes) -> None:
    with socket.create_connection((HOST, server.port), timeout=30) as connection:
        connection.sendall(head(None) + rest)
        connection.shutdown(socket.SHUT_WR)
        status, document = answer(connection)
    assert (status, document["type"]) == (400, "/problems/json-unreadable")
    assert "unexpected failure" not in server.log()


def test_after_a_refusal_the_connection_goes_on(server: Server) -> None:
    with socket.create_connection((HOST, server.port), timeout=30) as connection:
        for _ in range(2):
            connection.sendall(head(5 * MIB) + b" " * 5 * MIB)
            assert answer(connection)[0] == 413
