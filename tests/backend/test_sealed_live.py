"""A file that the phone's own code seals, opened by a real server with several workers (P29)."""

import json
import subprocess
import threading
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from backend.config import Settings
from backend.database import writing
from backend.models import User
from backend.services.passwords import hash_password
from backend.services.sealing import MEDIA_TYPE
from tests.simulation.typescript_phone import find_node
from tests.support.phone import Phone, new_id
from tests.support.server import Server, running_server, server_environment
from tests.support.sources import ROOT
from tests.support.world import CAI_KHE, SignedIn, build_world, id_of, sign_in

pytestmark = pytest.mark.integration
SEALING = ROOT / "frontend/tests/seal-stdin.ts"
PASSWORD = "a password for tests"
ASKED_AT_ONCE = 8


@pytest.fixture
def server(app: Flask, settings: Settings, tmp_path: Path) -> Iterator[Server]:
    build_world(app)
    with app.app_context(), writing() as connection:
        hashed = hash_password(PASSWORD)
        connection.execute(update(User).where(User.username == "an").values(password_hash=hashed))
    names = {"DIABAN_DATABASE_URL": settings.database_url, "DIABAN_SECRET_KEY": settings.secret_key}
    with running_server(server_environment(tmp_path, **names, DIABAN_SCHEDULER="external")) as running:
        yield running


def ask(server: Server, path: str, body: bytes | None = None, media_type: str = "", token: str = "") -> Any:
    headers = {"Content-Type": media_type, "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(server.url + path, body, {name: text for name, text in headers.items() if text})
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.loads(response.read())


def ask_json(server: Server, path: str, body: Any, token: str = "") -> Any:
    return ask(server, path, json.dumps(body).encode(), "application/json", token)


def seal_by_node(**given: Any) -> bytes:
    command = [find_node(), str(SEALING)]
    return subprocess.run(
        command, input=json.dumps(given).encode(), capture_output=True, check=True, timeout=60, cwd=ROOT
    ).stdout


def at_once(*asks: Callable[[], Any]) -> list[Any]:
    """What each was answered, all of them begun together."""
    barrier = threading.Barrier(len(asks))

    def begin(one: Callable[[], Any]) -> Any:
        barrier.wait(30)
        return one()

    with ThreadPoolExecutor(len(asks)) as pool:
        return list(pool.map(begin, asks))


def test_what_the_phones_own_code_seals_a_real_server_takes_once(app: Flask, server: Server) -> None:
    body = {"username": "an", "password": PASSWORD, "device": {"name": "Máy của an"}, "mode": "token"}
    session = ask_json(server, "/api/v1/sessions", body)
    device, token = session["device"], session["access_token"]
    keys = at_once(*[lambda: ask(server, "/api/v1/sealing-key", token=token)] * ASKED_AT_ONCE)
    assert all(key == keys[0] for key in keys)
    an = Phone(app.test_client(), SignedIn(id_of("an"), device["id"], token))
    values = {"officers": 3, "note": "Tuần tra đêm 😀 ～ \n"}
    operations = [an.operation(new_id(), "patrol", CAI_KHE, values) for _ in range(120)]
    file = seal_by_node(device=device["id"], secret=device["secret"], recipient=keys[0], operations=operations)
    carrier = sign_in(app, "binh", "b" * 16).token
    batches = operations[:100], operations[100:]

    # while it is being brought, twice, the phone has a network again and sends by itself what it still has
    def brought() -> Any:
        return ask(server, "/api/v1/sealed", file, MEDIA_TYPE, carrier)["receipts"]

    def sent() -> Any:
        answers = [ask_json(server, "/api/v1/sync", an.envelope(batch), token) for batch in batches]
        return [receipt for answer in answers for receipt in answer["receipts"]]

    answers = at_once(brought, sent, brought)
    assert [answers[1], answers[2], brought()] == [answers[0]] * 3
    assert [(r["n"], r["status"]) for r in answers[0]] == [(n, "accepted") for n in range(1, 121)]
    assert ask_json(server, "/api/v1/sync", an.envelope(), token)["device"]["seen_n"] == 120
    records = an.pull_all(CAI_KHE)
    assert len(records) == 120
    assert {record["created"]["by"]["id"] for record in records.values()} == {id_of("an")}
