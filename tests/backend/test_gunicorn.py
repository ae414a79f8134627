"""What gunicorn refuses before the application sees it has a code and our headers too."""

import json
import socket
from collections.abc import Iterator
from http.client import HTTPResponse
from typing import Any

import pytest

from backend.headers import FIXED
from backend.raw_problems import raw_problem
from sync.problems import PROBLEMS
from tests.support.loopback import HOST
from tests.support.server import Server, run_flask, running_server, server_environment


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    environment = server_environment(tmp_path_factory.mktemp("gunicorn"), DIABAN_SCHEDULER="external")
    run_flask(environment, "migrate")
    with running_server(environment) as running:
        yield running


def ask(server: Server, raw: bytes) -> tuple[HTTPResponse, Any]:
    with socket.create_connection((HOST, server.port), timeout=30) as connection:
        connection.sendall(raw)
        response = HTTPResponse(connection)
        response.begin()
        return response, json.loads(response.read())


REFUSED = {
    "a long address": (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414, "body-too-large"),
    "a long header": (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 9_000 + b"\r\n\r\n", 431, "body-too-large"),
    "many headers": (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: a\r\n" * 61 + b"\r\n", 431, "body-too-large"),
    "a length that is none": (
        b"POST /api/v1/sync HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n", 400, "json-unreadable"),
    "two lengths": (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, "json-unreadable"),
    "a control character": (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\x01b\r\n\r\n", 400, "json-unreadable"),
    "no request line": (b"\x01\x02\r\n\r\n", 400, "json-unreadable"),
    "no HTTP": (b"GET / FTP/1.1\r\n\r\n", 400, "json-unreadable"),
    "another coding": (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: br\r\n\r\n", 501, "media-type-unsupported"),
}  # fmt: skip


@pytest.mark.integration
@pytest.mark.parametrize("name", REFUSED)
def test_a_malformed_request_gets_a_problem_document(server: Server, name: str) -> None:
    raw, status, code = REFUSED[name]
    response, document = ask(server, raw)
    assert (response.status, document["status"], document["type"]) == (status, status, f"/problems/{code}")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert document.keys() >= {"title", "detail", "instance", "retry"}
    for header, value in FIXED.items():
        assert response.headers[header] == value, header


@pytest.mark.integration
def test_an_address_just_under_the_limit_reaches_the_application(server: Server) -> None:
    line = b"GET /api/v1/me?colour=" + b"a" * 8_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
    assert ask(server, line)[1]["type"] == "/problems/not-signed-in"


@pytest.mark.parametrize("status", [400, 403, 414, 417, 431, 500, 501])
@pytest.mark.parametrize("is_demo", [False, True])
def test_every_status_has_a_code_of_the_catalogue(status: int, is_demo: bool) -> None:
    raw = raw_problem(status, bytes_max=8190, is_demo=is_demo)
    head, _, body = raw.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    document = json.loads(body)
    assert document["type"].removeprefix("/problems/") in PROBLEMS
    assert "%(" not in document["title"] + document["detail"]
    assert (b"Strict-Transport-Security" in head) is not is_demo
