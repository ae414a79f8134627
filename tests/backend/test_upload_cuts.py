"""Uploads on a real server whose callers vanish and whose processes are killed: what HEAD tells is there (A20, C10)."""

import os
import signal
import socket
import time
import urllib.request
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest
from flask import Flask

from backend.config import Settings
from tests.support.loopback import HOST
from tests.support.phone import Phone, new_id
from tests.support.photo import OCTETS, TUS, UPLOADS, checksum, jpeg, metadata, opened, sha256_of
from tests.support.server import Server, running_server, server_environment
from tests.support.world import CAI_KHE, SignedIn, build_world, sign_in

pytestmark = [pytest.mark.integration, pytest.mark.slow]
CONTENT = jpeg(900, 700)
PART_BYTES = 192 * 1024
ARRIVES_S_MAX = 15


@pytest.fixture
def environment(app: Flask, settings: Settings, tmp_path: Path) -> Mapping[str, str]:
    build_world(app)
    names = {"DIABAN_DATABASE_URL": settings.database_url, "DIABAN_SECRET_KEY": settings.secret_key}
    return server_environment(tmp_path, **names, DIABAN_SCHEDULER="external")


@pytest.fixture
def who(app: Flask, environment: Mapping[str, str]) -> SignedIn:
    return sign_in(app, "an", "a" * 16)


@pytest.fixture
def server(environment: Mapping[str, str]) -> Iterator[Server]:
    with running_server(environment) as running:
        yield running


def photo(app: Flask, who: SignedIn) -> str:
    """A photo record of CONTENT; its id."""
    phone, record = Phone(app.test_client(), who), new_id()
    operation = phone.operation(record, "photo", CAI_KHE, {"sha256": sha256_of(CONTENT)})
    assert phone.sync([operation])["receipts"][0]["status"] == "accepted"
    return record


def ask(server: Server, who: SignedIn, method: str, path: str, body: bytes = b"", **headers: str) -> HTTPResponse:
    connection = HTTPConnection(HOST, server.port, timeout=60)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, {"Host": "localhost", **who.headers, **TUS, **names})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def begin(server: Server, app: Flask, who: SignedIn) -> str:
    named = metadata(photo(app, who), sha256_of(CONTENT))
    made = ask(server, who, "POST", UPLOADS, Upload_Length=str(len(CONTENT)), Upload_Metadata=named)
    assert made.status == 201
    return str(made.headers["Location"])


def send(server: Server, who: SignedIn, path: str, offset: int, body: bytes) -> int:
    return ask(server, who, "PATCH", path, body, Upload_Offset=str(offset), Content_Type=OCTETS).status


def offset_of(server: Server, who: SignedIn, path: str) -> int:
    response = ask(server, who, "HEAD", path)
    assert response.status == 200
    return int(response.headers["Upload-Offset"])


def send_and_vanish(
    server: Server, who: SignedIn, path: str, offset: int, part: bytes, sent: int, extra: str = ""
) -> None:
    """Announce a part, send some of it, and be gone."""
    head = (
        f"PATCH {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {who.token}\r\nTus-Resumable: 1.0.0\r\n"
        f"Content-Type: {OCTETS}\r\nUpload-Offset: {offset}\r\nContent-Length: {len(part)}\r\n{extra}\r\n"
    )
    with socket.create_connection((HOST, server.port), timeout=30) as connection:
        connection.sendall(head.encode() + part[:sent])


def settled(server: Server, who: SignedIn, path: str, expected: int) -> int:
    """What HEAD says once the server has noticed that nothing more comes."""
    deadline = time.monotonic() + ARRIVES_S_MAX
    while (found := offset_of(server, who, path)) != expected and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def finish(server: Server, who: SignedIn, path: str) -> None:
    """Go on from wherever HEAD says, and look at what was kept."""
    offset = offset_of(server, who, path)
    while offset < len(CONTENT):
        part = CONTENT[offset : offset + PART_BYTES]
        assert send(server, who, path, offset, part) == 204
        offset += len(part)
    request = urllib.request.Request(f"{server.url}/api/v1/photos/{sha256_of(CONTENT)}", headers=who.headers)
    with urllib.request.urlopen(request, timeout=60) as response:
        assert opened(response.read()).size == (900, 700)


def test_a_part_that_is_cut_counts_as_far_as_it_came(app: Flask, server: Server, who: SignedIn) -> None:
    """At every 40 kB the line breaks; nothing that arrived is sent again."""
    path, offset = begin(server, app, who), 0
    for sent in (40_000, 1, 40_000, 0, 40_000):
        send_and_vanish(server, who, path, offset, CONTENT[offset : offset + PART_BYTES], sent)
        offset += sent
        assert settled(server, who, path, offset) == offset
    finish(server, who, path)


def test_a_cut_part_with_a_checksum_does_not_count(app: Flask, server: Server, who: SignedIn) -> None:
    path = begin(server, app, who)
    part = CONTENT[:PART_BYTES]
    extra = f"Upload-Checksum: {checksum(part)}\r\n"
    send_and_vanish(server, who, path, 0, part, 40_000, extra)
    time.sleep(1)
    assert offset_of(server, who, path) == 0
    # positive control: the same with all of it counts, though nobody hears the answer
    send_and_vanish(server, who, path, 0, part, len(part), extra)
    assert settled(server, who, path, PART_BYTES) == PART_BYTES
    finish(server, who, path)


def test_the_last_part_cut_makes_no_photo(app: Flask, server: Server, who: SignedIn) -> None:
    path = begin(server, app, who)
    send_and_vanish(server, who, path, 0, CONTENT, len(CONTENT) - 1)
    assert settled(server, who, path, len(CONTENT) - 1) == len(CONTENT) - 1
    assert send(server, who, path, len(CONTENT) - 1, CONTENT[-1:]) == 204
    finish(server, who, path)


def test_what_was_acknowledged_survives_killed_processes(
    app: Flask, environment: Mapping[str, str], who: SignedIn
) -> None:
    """After every part all processes are killed at once, with nothing told to them beforehand."""
    offset, path = 0, ""
    while offset < len(CONTENT):
        with running_server(environment) as server:
            path = path or begin(server, app, who)
            assert offset_of(server, who, path) == offset
            part = CONTENT[offset : offset + PART_BYTES]
            assert send(server, who, path, offset, part) == 204
            offset += len(part)
            os.killpg(server.pid, signal.SIGKILL)
    with running_server(environment) as server:
        assert offset_of(server, who, path) == len(CONTENT)
        finish(server, who, path)
