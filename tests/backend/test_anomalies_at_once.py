"""Anomalies that must stay tests, several phones at one moment: one stops before its commit (sync/PROTOCOL.md)."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pysqlite3
import pytest
from flask import Flask
from sqlalchemy import event

from backend.config import Settings
from backend.database import db
from tests.simulation.failpoints import Failpoints, Pause, watch
from tests.support.phone import Phone, Wire, new_id, phone
from tests.support.world import CAI_KHE, PHONG_DIEN

ONLY_POSTGRESQL = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
# long enough for a request that nobody holds up; the right build lets this one wait for the first
OVERTAKING_S = 0.7
WAIT_S_MAX = 20
POLL_S = 0.005
ROUNDS = 8
LOW, HIGH = sorted((CAI_KHE, PHONG_DIEN))
LOCK = "SELECT seq FROM counter WHERE partition = %s FOR UPDATE"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.fixture
def points(world: Flask) -> Failpoints:
    """Where the application can be stopped."""
    found = Failpoints()
    watch(world, found)
    return found


@pytest.fixture
def an(world: Flask) -> Phone:
    return known(phone(world, "an", "a" * 16))


@pytest.fixture
def binh(world: Flask) -> Phone:
    return known(phone(world, "binh", "b" * 16))


@pytest.fixture
def chi(world: Flask) -> Phone:
    """A reader; heard just now, so that reading again writes nothing."""
    return known(phone(world, "chi", "c" * 16))


def known(made: Phone) -> Phone:
    """The server has heard of it and its counters exist."""
    made.sync()
    made.pull_all(CAI_KHE)
    return made


def begin(call: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    """A call in a thread of its own, and where its answer will be."""
    told: list[Any] = []
    thread = threading.Thread(target=lambda: told.append(call()))
    thread.start()
    return thread, told


def overtake(
    points: Failpoints, first: Callable[[], Any], second: Callable[[], Any], between: Callable[[], Any]
) -> Any:
    """`first` stops before its commit; `second` may go as far as it is let; `between` looks; both end."""
    points.pause = pause = Pause()

    def stopping() -> Any:
        pause.take()
        return first()

    one, first_told = begin(stopping)
    assert pause.reached.wait(WAIT_S_MAX)
    other, second_told = begin(second)
    other.join(OVERTAKING_S)
    try:
        between()
    finally:
        pause.may_go.set()
        for thread in (one, other):
            thread.join(WAIT_S_MAX)
        points.pause = None
    return first_told[0], second_told[0]


def statuses(*answers: Wire) -> set[str]:
    return {receipt["status"] for answer in answers for receipt in answer["receipts"]}


def test_a_slow_commit_is_not_skipped_by_a_cursor(an: Phone, binh: Phone, chi: Phone, points: Failpoints) -> None:
    """A1: whoever reads while one push overtakes another gets both in the end."""
    an.sync([an.operation(new_id(), "patrol", CAI_KHE, {"officers": 1})])
    slow, quick = (who.operation(new_id(), "patrol", CAI_KHE, {"officers": 2}) for who in (an, binh))
    answers = overtake(
        points, lambda: an.sync([slow]), lambda: binh.sync([quick]), lambda: chi.pull_all(CAI_KHE)
    )  # fmt: skip
    assert statuses(*answers) == {"accepted"}
    found = chi.pull_all(CAI_KHE)
    assert {slow["record"], quick["record"]} <= found.keys()
    assert sorted(wire["seq"] for wire in found.values()) == [1, 2, 3]


def test_one_stamp_in_two_batches_at_once_keeps_both_values(an: Phone, binh: Phone, points: Failpoints) -> None:
    """A2: the device decides between equal stamps, whoever commits first, and the other value stays beside it."""
    found = []
    for first, second in ((an, binh), (binh, an)):
        record = new_id()
        made = {
            who: who.operation(record, "patrol", CAI_KHE, {"route": who.who.device[0]}, stamp=[1_000, 7])
            for who in (first, second)
        }
        answers = overtake(
            points,
            lambda first=first, made=made: first.sync([made[first]]),  # type: ignore[misc]
            lambda second=second, made=made: second.sync([made[second]]),  # type: ignore[misc]
            lambda: None,
        )
        assert statuses(*answers) == {"accepted"}
        wire = an.pull_all(CAI_KHE)[record]
        found.append((wire["fields"]["route"][0], [sibling[0] for sibling in wire["siblings"]["route"]]))
    assert found == [("b", ["a"]), ("b", ["a"])]


def test_two_merges_of_one_record_at_once_lose_neither_edit(an: Phone, binh: Phone, points: Failpoints) -> None:
    """A13: the second reads what the first wrote, or it would write the record without it."""
    record = new_id()
    an.sync([an.operation(record, "patrol", CAI_KHE, {"officers": 1})])
    edits = [
        an.operation(record, "patrol", CAI_KHE, {"militia": 2}),
        binh.operation(record, "patrol", CAI_KHE, {"others": 3}),
    ]
    answers = overtake(points, lambda: an.sync(edits[:1]), lambda: binh.sync(edits[1:]), lambda: None)
    assert statuses(*answers) == {"accepted"}
    wire = binh.pull_all(CAI_KHE)[record]
    assert {name: head[0] for name, head in wire["fields"].items()} == {"officers": 1, "militia": 2, "others": 3}


@contextmanager
def a_long_transaction(settings: Settings) -> Iterator[None]:
    """Somebody else's transaction that stays open: on PostgreSQL it has written, too, in another partition."""
    if settings.is_sqlite:
        path = settings.database_url.removeprefix("sqlite:///")
        reader = pysqlite3.connect(path, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM record").fetchall()
        yield
        reader.close()
        return
    with psycopg.connect(settings.database_url) as other:
        other.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        other.execute("UPDATE counter SET seq = seq WHERE partition = %s", [PHONG_DIEN])
        other.execute("SELECT count(*) FROM record")
        yield
        other.rollback()


def test_a_long_transaction_elsewhere_delays_no_pull(an: Phone, chi: Phone, world: Flask, settings: Settings) -> None:
    """A26: what is committed is pulled at once, whoever has a transaction open since before."""
    city = known(phone(world, "giang", "g" * 16))
    city.sync([city.operation(new_id(), "campaign", PHONG_DIEN, {"name": "Tết"})])
    made = an.operation(new_id(), "patrol", CAI_KHE, {"officers": 1})
    with a_long_transaction(settings):
        writer, written = begin(lambda: an.sync([made]))
        writer.join(WAIT_S_MAX)
        reader, pulled = begin(lambda: chi.pull_all(CAI_KHE))
        reader.join(WAIT_S_MAX)
        is_over = not (writer.is_alive() or reader.is_alive())
    assert is_over, "a push or a pull waits for somebody else's transaction"
    assert statuses(written[0]) == {"accepted"}
    assert made["record"] in pulled[0]


def campaigns(of: Phone, order: tuple[str, str]) -> list[Wire]:
    """One operation for each partition, in that order."""
    return [of.operation(new_id(), "campaign", partition, {"name": "Tết"}) for partition in order]


def test_two_partitions_in_opposite_order_at_once_never_stop_each_other(world: Flask) -> None:
    """A25: nobody is even told of a deadlock, which a retry would hide."""
    phones = [known(phone(world, "giang", letter * 16)) for letter in "gh"]
    orders = ((LOW, HIGH), (HIGH, LOW))
    errors: list[str] = []
    with world.app_context():
        event.listen(db.engine, "handle_error", lambda context: errors.append(str(context.original_exception)))
    for _ in range(ROUNDS):
        batches = [campaigns(of, order) for of, order in zip(phones, orders, strict=True)]
        running = [begin(lambda of=of, b=b: of.sync(b)) for of, b in zip(phones, batches, strict=True)]  # type: ignore[misc]
        for thread, _ in running:
            thread.join(WAIT_S_MAX)
        assert statuses(*(told[0] for _, told in running)) == {"accepted"}
    assert errors == []


@ONLY_POSTGRESQL
@pytest.mark.parametrize("order", [(LOW, HIGH), (HIGH, LOW)])
def test_counters_are_locked_in_ascending_order_whatever_a_batch_says(
    world: Flask, settings: Settings, order: tuple[str, str]
) -> None:
    """A25: while the higher is taken the lower is held; while the lower is taken the higher is free."""
    city = known(phone(world, "giang", "g" * 16))
    city.sync(campaigns(city, (LOW, HIGH)))
    assert is_locked_while(settings, taken=HIGH, asked=LOW, call=lambda: city.sync(campaigns(city, order)))
    assert not is_locked_while(settings, taken=LOW, asked=HIGH, call=lambda: city.sync(campaigns(city, order)))


def is_locked_while(settings: Settings, *, taken: str, asked: str, call: Callable[[], Any]) -> bool:
    """Whether `call`, which waits for one counter, has locked the other."""
    with psycopg.connect(settings.database_url) as other, psycopg.connect(settings.database_url) as probe:
        other.execute(LOCK, [taken])
        caller, told = begin(call)
        deadline = time.monotonic() + WAIT_S_MAX
        while other.execute(WAITING).fetchone() == (0,) and time.monotonic() < deadline:
            time.sleep(POLL_S)
        try:
            probe.execute(f"{LOCK} NOWAIT".encode(), [asked])
            is_locked = False
        except psycopg.errors.LockNotAvailable:
            is_locked = True
        probe.rollback()
        other.rollback()
        caller.join(WAIT_S_MAX)
    assert statuses(told[0]) == {"accepted"}
    return is_locked
