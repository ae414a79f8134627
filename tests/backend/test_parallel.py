"""The same batch from five processes at once, and two writers against a live reader, on real servers (A1 to A3)."""

import json
import subprocess
import sys
import threading
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from backend.config import Settings
from backend.database import reading
from backend.services.merging import read_logs
from sync.merge import merge
from tests.support.phone import Phone, new_id
from tests.support.server import Server, running_server, server_environment
from tests.support.world import CAI_KHE, PHONG_DIEN, SignedIn, build_world, sign_in

pytestmark = pytest.mark.integration
POST = """
import sys, urllib.request
url, token = sys.argv[1:]
request = urllib.request.Request(url + "/api/v1/sync", sys.stdin.buffer.read())
request.add_header("Content-Type", "application/json")
request.add_header("Authorization", "Bearer " + token)
print(urllib.request.urlopen(request, timeout=60).read().decode())
"""


@pytest.fixture
def server(app: Flask, settings: Settings, tmp_path: Path) -> Iterator[Server]:
    build_world(app)
    names = {"DIABAN_DATABASE_URL": settings.database_url, "DIABAN_SECRET_KEY": settings.secret_key}
    with running_server(server_environment(tmp_path, **names, DIABAN_SCHEDULER="external")) as running:
        yield running


def post(server: Server, who: SignedIn, body: Any) -> Any:
    request = urllib.request.Request(f"{server.url}/api/v1/sync", json.dumps(body).encode(), who.headers)
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


def test_five_processes_push_one_batch_and_get_one_row_each(app: Flask, server: Server) -> None:
    an = Phone(app.test_client(), sign_in(app, "an", "a" * 16))
    batch = [an.operation(new_id(), "patrol", CAI_KHE, {"officers": n}) for n in range(10)]
    body = json.dumps(an.envelope(batch)).encode()
    command = [sys.executable, "-c", POST, server.url, an.who.token]
    started = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(5)]
    answers: list[Any] = [None] * 5

    def talk(index: int) -> None:
        printed, _ = started[index].communicate(body, timeout=90)
        answers[index] = json.loads(printed)["receipts"]

    threads = [threading.Thread(target=talk, args=(index,)) for index in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [receipt["status"] for receipt in answers[0]] == ["accepted"] * 10
    assert answers == [answers[0]] * 5
    pulled = an.pull_all(CAI_KHE)
    assert sorted(record["seq"] for record in pulled.values()) == list(range(1, 11))


def test_a_reader_skips_nothing_while_writers_race(app: Flask, server: Server) -> None:
    """A1: a slow transaction commits after a later one began; the counter's lock orders them."""
    writers = [
        Phone(app.test_client(), sign_in(app, user, device * 16)) for user, device in (("an", "a"), ("binh", "b"))
    ]
    reader = sign_in(app, "chi", "c" * 16)

    def write(phone: Phone) -> None:
        for _ in range(25):
            batch = [phone.operation(new_id(), "patrol", CAI_KHE, {"officers": 1}) for _ in range(4)]
            post(server, phone.who, phone.envelope(batch))

    threads = [threading.Thread(target=write, args=(phone,)) for phone in writers]
    for thread in threads:
        thread.start()
    seen: list[int] = []
    cursor: str | None = None
    is_last = False
    while not is_last:
        is_last = not any(thread.is_alive() for thread in threads)
        more = True
        while more:
            envelope = {
                "protocol": 1, "device": reader.device, "batch": str(uuid.uuid4()), "now": 0, "holds": 0,
                "operations": [], "cursors": {CAI_KHE: cursor}, "pull": 50,
            }  # fmt: skip
            told = post(server, reader, envelope)["pull"][CAI_KHE]
            seen += [record["seq"] for record in told["records"]]
            cursor, more = told["cursor"], told["more"]
    assert sorted(seen) == list(range(1, 201))


def test_one_record_id_in_two_partitions_at_once_gets_one_home(app: Flask, server: Server) -> None:
    """P27: whoever comes second is told, and nothing of the first is lost."""
    phones = [Phone(app.test_client(), sign_in(app, "giang", letter * 16)) for letter in "ab"]
    homes = (CAI_KHE, PHONG_DIEN)
    for _ in range(15):
        record = new_id()
        codes: list[Any] = [None, None]

        def push(index: int, record: str = record, codes: list[Any] = codes) -> None:
            phone = phones[index]
            operation = phone.operation(record, "campaign", homes[index], {"name": str(index)})
            codes[index] = post(server, phone.who, phone.envelope([operation]))["receipts"][0].get("code")

        run_at_once(push, 2)
        assert sorted(codes, key=str) == [None, "partition-mismatch"]
        winner = codes.index(None)
        assert phones[0].pull_all(homes[winner])[record]["fields"]["name"][0] == str(winner)


def test_what_is_stored_is_what_the_log_says_after_a_race(app: Flask, server: Server) -> None:
    """A13, P16: owners and a stranger, whose operations are held, write one record at once."""
    people = (("an", "a"), ("binh", "b"), ("dung", "c"))
    phones = [Phone(app.test_client(), sign_in(app, user, letter * 16)) for user, letter in people]
    record = new_id()
    phones[0].sync([phones[0].operation(record, "patrol", CAI_KHE, {"officers": 0})])

    def write(index: int) -> None:
        phone = phones[index]
        for number in range(12):
            field = ("officers", "militia", "others")[number % 3]
            post(server, phone.who, phone.envelope([phone.operation(record, "patrol", CAI_KHE, {field: number})]))

    run_at_once(write, 3)
    wire = phones[0].pull_all(CAI_KHE)[record]
    with app.app_context(), reading() as connection:
        state = merge(read_logs(connection, [record])[record])
    assert {name: head[1:] for name, head in wire["fields"].items()} == {
        name: list(heads[0].ids) for name, heads in state.heads.items()
    }


def run_at_once(work: Callable[[int], None], times: int) -> None:
    threads = [threading.Thread(target=work, args=(index,)) for index in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
