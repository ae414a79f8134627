"""Decisions on held operations while others decide, and while the phone sends again, on real servers (P14 to P16)."""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from backend.config import Settings
from backend.database import reading, writing
from backend.models import Assignment, Device, Operation, Record
from backend.services.merging import read_logs
from backend.services.push import lock_device
from sync.merge import merge
from tests.support.phone import Phone, Wire, new_id
from tests.support.server import Server, running_server, server_environment
from tests.support.world import CAI_KHE, SignedIn, build_world, id_of, sign_in

pytestmark = pytest.mark.integration
WAITING_S = 0.7


@pytest.fixture
def server(app: Flask, settings: Settings, tmp_path: Path) -> Iterator[Server]:
    build_world(app)
    names = {"DIABAN_DATABASE_URL": settings.database_url, "DIABAN_SECRET_KEY": settings.secret_key}
    with running_server(server_environment(tmp_path, **names, DIABAN_SCHEDULER="external")) as running:
        yield running


def ask(server: Server, who: SignedIn, path: str, body: Any = None) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{server.url}/api/v1{path}", data, who.headers)
    request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def run_at_once(*works: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def held_operations(app: Flask, server: Server, count: int, *, is_lost: bool) -> tuple[Phone, list[Wire], list[str]]:
    """A phone, what of it is held, and the ids of that in the commander's list, in the same order."""
    phone = Phone(app.test_client(), sign_in(app, "an", "a" * 16))
    with app.app_context(), writing() as connection:
        if is_lost:
            connection.execute(update(Device).where(Device.id == phone.who.device).values(state="lost"))
        else:
            of_an = Assignment.user == id_of("an")
            connection.execute(update(Assignment).where(of_an).values(to_on="2020-01-01"))
    operations = [phone.operation(new_id(), "patrol", CAI_KHE, {"officers": n}) for n in range(count)]
    receipts = phone.sync(operations)["receipts"]
    assert {receipt["status"] for receipt in receipts} == {"held"}
    with app.app_context(), reading() as connection:
        rows = connection.execute(select(Operation.n, Operation.held_id).order_by(Operation.n)).all()
    return phone, operations, [row.held_id for row in rows]


def test_of_two_commanders_one_decides_and_the_other_is_told(app: Flask, server: Server) -> None:
    _, operations, ids = held_operations(app, server, 12, is_lost=True)
    chi, same = (sign_in(app, "chi", letter * 16) for letter in "bc")
    for operation, held in zip(operations, ids, strict=True):
        answers: dict[str, tuple[int, Any]] = {}

        def decide(who: SignedIn, what: str, held: str = held, answers: Any = answers) -> None:
            answers[what] = ask(server, who, f"/held/{held}/{what}", {"reason": what})

        run_at_once(lambda: decide(chi, "release"), lambda: decide(same, "close"))
        assert sorted(status for status, _ in answers.values()) == [200, 409]
        is_released = answers["release"][0] == 200
        assert ask(server, chi, f"/records/{operation['record']}")[0] == (200 if is_released else 404)
        (row,) = rows_of(app, held)
        assert (row.status, row.decided_reason) == (("accepted", "release") if is_released else ("closed", "close"))


def test_the_same_decision_twice_at_once_is_one(app: Flask, server: Server) -> None:
    _, operations, ids = held_operations(app, server, 6, is_lost=True)
    people = [sign_in(app, "chi", letter * 16) for letter in "bc"]
    for held in ids:
        answers: list[Any] = [None, None]

        def release(index: int, held: str = held, answers: list[Any] = answers) -> None:
            answers[index] = ask(server, people[index], f"/held/{held}/release", {"reason": str(index)})

        run_at_once(lambda: release(0), lambda: release(1))
        assert answers[0] == answers[1]
        assert answers[0][0] == 200
    with app.app_context(), reading() as connection:
        seqs = connection.execute(select(Record.seq).order_by(Record.seq)).scalars().all()
    assert seqs == list(range(1, len(operations) + 1))


def test_a_release_while_the_phone_sends_again_loses_and_doubles_nothing(app: Flask, server: Server) -> None:
    phone, operations, ids = held_operations(app, server, 20, is_lost=False)
    chi = sign_in(app, "chi", "b" * 16)
    statuses: set[str] = set()

    def send_again() -> None:
        for _ in range(15):
            _, answer = ask(server, phone.who, "/sync", phone.envelope(operations))
            statuses.update(receipt["status"] for receipt in answer["receipts"])

    def release_all() -> None:
        for held in ids:
            assert ask(server, chi, f"/held/{held}/release", {"reason": "đúng"})[0] == 200

    run_at_once(send_again, release_all)
    assert statuses <= {"held", "accepted"}
    _, answer = ask(server, phone.who, "/sync", phone.envelope(operations))
    assert {receipt["status"] for receipt in answer["receipts"]} == {"accepted"}
    assert answer["device"]["held"] == []
    with app.app_context(), reading() as connection:
        assert len(connection.execute(select(Operation.n)).all()) == len(operations)
        logs = read_logs(connection, [operation["record"] for operation in operations])
    told = Phone(app.test_client(), chi).pull_all(CAI_KHE)
    assert sorted(record["seq"] for record in told.values()) == list(range(1, len(operations) + 1))
    assert {record: wire["fields"]["officers"][0] for record, wire in told.items()} == {
        record: merge(log).shown("officers") for record, log in logs.items()
    }


def test_a_decision_waits_for_whoever_holds_the_devices_row(app: Flask, server: Server) -> None:
    """The control of the races above: it is this lock that they meet at."""
    phone, _, (first, second) = held_operations(app, server, 2, is_lost=True)
    chi = sign_in(app, "chi", "b" * 16)
    done: list[float] = []

    def release(held: str) -> None:
        assert ask(server, chi, f"/held/{held}/release", {"reason": "đúng"})[0] == 200
        done.append(time.monotonic())

    release(first)
    waiting = threading.Thread(target=release, args=(second,))
    with app.app_context(), writing() as connection:
        lock_device(connection, phone.who.device)
        waiting.start()
        time.sleep(WAITING_S)
        let_go = time.monotonic()
        assert len(done) == 1
    waiting.join()
    assert done[1] >= let_go


def rows_of(app: Flask, held: str) -> list[Any]:
    with app.app_context(), reading() as connection:
        return list(connection.execute(select(Operation.__table__).where(Operation.held_id == held)))
