"""Draining on both stores: nothing lost or doubled while pushes and other drains run, and equal to a recount."""

import json
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from sqlalchemy import delete, func, select, update

from backend.config import Settings
from backend.database import reading, writing
from backend.models import DailyFigure, DirtyCell, Record
from backend.services.aggregate import drain, drain_partition, recount
from tests.support.phone import new_id
from tests.support.reading import Desk, at, open_desk
from tests.support.world import CAI_KHE, GROUP, PHONG_DIEN, QUARTER

# part of `make test` only: `make check` is to stay under a minute
pytestmark = pytest.mark.slow

NOW = at("2026-11-23", 20)
DAYS = [f"2026-11-{day:02}" for day in range(15, 23)]


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings, NOW) as opened:
        yield opened


def cells(desk: Desk) -> dict[tuple[str, str], tuple[str, str, int, int]]:
    """Every stored cell."""
    with desk.app.app_context(), reading() as connection:
        rows = connection.execute(select(DailyFigure.__table__)).all()
    return {(row.area, row.day): (row.figures, row.by_campaign, row.activities, row.changed_ms) for row in rows}


def differences(desk: Desk) -> list[object]:
    with desk.app.app_context(), writing() as connection:
        found = [each for unit in (CAI_KHE, PHONG_DIEN) for each in recount(connection, unit, desk.now_ms)]
        connection.rollback()
    return list(found)


def test_a_cell_is_stored_once_with_what_it_comes_to(desk: Desk) -> None:
    desk.write("an", "patrol", {"officers": 2, "place": QUARTER, "started_at": at("2026-11-20")})
    assert (desk.drain(), desk.drain()) == (1, 0)
    stored, by_campaign, activities, changed_ms = cells(desk)[QUARTER, "2026-11-20"]
    entered = {name: value for name, value in json.loads(stored).items() if value is not None}
    assert entered == {"patrols": 1, "officer_turns": 2}
    assert (by_campaign, activities, changed_ms) == ("{}", 1, NOW)


def test_changed_ms_moves_only_when_the_figures_differ(desk: Desk) -> None:
    patrol = desk.write("an", "patrol", {"officers": 2, "started_at": at("2026-11-20")})
    desk.drain()
    desk.now_ms += 1_000
    desk.write("an", "patrol", {"note": "thêm"}, record=patrol)
    assert desk.drain() == 1
    assert cells(desk)[CAI_KHE, "2026-11-20"][3] == NOW
    desk.write("an", "patrol", {"officers": 3}, record=patrol, prev=desk.heads("an", patrol))
    pushed_ms = desk.now_ms
    desk.now_ms += 60_000
    desk.drain()
    assert cells(desk)[CAI_KHE, "2026-11-20"][3] == pushed_ms


def test_an_emptied_cell_keeps_its_row(desk: Desk) -> None:
    patrol = desk.write("an", "patrol", {"started_at": at("2026-11-20")})
    desk.drain()
    desk.write("an", "patrol", {"void": "trùng"}, record=patrol, saw=[])
    desk.drain()
    assert cells(desk)[CAI_KHE, "2026-11-20"][:3] == ("{}", "{}", 0)
    assert differences(desk) == []


def test_a_random_history_equals_a_recount(desk: Desk) -> None:
    chance = random.Random(7)
    made: list[tuple[str, str]] = []
    for step in range(60):
        user, unit = chance.choice([("an", CAI_KHE), ("binh", CAI_KHE), ("dung", PHONG_DIEN)])
        own = [record for record, of in made if of == unit]
        places = [QUARTER, GROUP, None] if unit == CAI_KHE else [None]
        values = {
            "started_at": at(chance.choice(DAYS)), "officers": chance.choice([None, 1, 5]),
            "place": chance.choice(places), "void": chance.choice([None, None, None, "sai"]),
        }  # fmt: skip
        again = chance.choice(own) if own and chance.random() < 0.5 else None
        kept = dict(chance.sample(sorted(values.items()), chance.randint(1, 4)))
        prev = desk.heads(user, again) if again else {}
        more = {"saw": []} if "void" in kept else {}
        named = {field: ids for field, ids in prev.items() if field in kept}
        record = desk.write(user, "patrol", kept, unit=unit, record=again, prev=named, **more)
        made += [] if again else [(record, unit)]
        if step % 9 == 0:
            desk.drain()
    while desk.drain():
        pass
    assert differences(desk) == []


def test_a_recount_finds_and_marks_what_is_wrong(desk: Desk) -> None:
    desk.write("an", "patrol", {"officers": 2, "started_at": at("2026-11-20")})
    desk.drain()
    with desk.app.app_context(), writing() as connection:
        connection.execute(update(DailyFigure).values(figures="{}"))
        (found,) = recount(connection, CAI_KHE, desk.now_ms)
    assert (found.area, found.day, found.stored) == (CAI_KHE, "2026-11-20", "{}")
    assert desk.drain() == 1
    assert differences(desk) == []
    with desk.app.app_context(), writing() as connection:
        connection.execute(delete(DailyFigure))
    assert len(differences(desk)) == 1


def test_a_push_that_commits_while_a_cell_is_drained_is_not_lost(desk: Desk) -> None:
    """The drain must wait for the push or leave its mark: on PostgreSQL a stale reading would lose it for good."""
    desk.write("an", "patrol", {"started_at": at("2026-11-20")})
    inside, done = threading.Event(), threading.Event()

    def drain_slowly() -> None:
        with desk.app.app_context(), writing() as connection:
            drain_partition(connection, CAI_KHE, desk.now_ms, 100)
            inside.set()
            done.wait(0.5)

    thread = threading.Thread(target=drain_slowly)
    thread.start()
    inside.wait()
    desk.write("an", "patrol", {"started_at": at("2026-11-20")})
    done.set()
    thread.join()
    desk.drain()
    assert differences(desk) == []
    assert '"patrols":2' in cells(desk)[CAI_KHE, "2026-11-20"][0]


def test_parallel_pushes_and_drains_end_exact(desk: Desk) -> None:
    users = (("an", CAI_KHE), ("binh", CAI_KHE), ("dung", PHONG_DIEN))
    phones = {user: desk.phone(user) for user, _ in users}
    finished = threading.Event()

    def push(user: str, unit: str) -> None:
        for n in range(15):
            values = {"officers": 1, "started_at": at(DAYS[n % 3])}
            phones[user].sync([phones[user].operation(new_id(), "patrol", unit, values, stamp=[NOW, n])])

    def drain_on() -> None:
        while not finished.is_set():
            with desk.app.app_context():
                drain(desk.now_ms, 2)

    with ThreadPoolExecutor(5) as pool:
        draining = [pool.submit(drain_on) for _ in range(2)]
        pushing = [pool.submit(push, *user) for user in users]
        wait(pushing)
        finished.set()
    # a failure of any thread is raised here
    assert [task.result() for task in [*pushing, *draining]] == [None] * 5
    while desk.drain():
        pass
    assert differences(desk) == []
    with desk.app.app_context(), reading() as connection:
        assert connection.execute(select(func.count()).select_from(Record)).scalar() == 45
        assert connection.execute(select(func.count()).select_from(DirtyCell)).scalar() == 0
