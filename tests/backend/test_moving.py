"""Communes are merged and hamlets change hands: records move once, phones follow, sums stay (P27, A15)."""

import threading
import time
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from backend.ambient import Ambient
from backend.database import reading, writing
from backend.errors import ProblemError
from backend.models import Area, Counter, DailyFigure, Departure, Device, Record
from backend.services.aggregate import drain
from backend.services.moving import merge_communes, move_hamlet
from tests.support.phone import Phone, Wire, new_id, phone
from tests.support.world import CAI_KHE, PHONG_DIEN, QUARTER, id_of

ON = date(2020, 1, 1)
STARTED_MS = 1_763_900_000_000
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.fixture
def officer(world: Flask) -> Phone:
    return phone(world, "an", "a" * 16)


def patrol(of: Phone, **values: object) -> Wire:
    fields = {"patrol_type": "night", "started_at": STARTED_MS, **values}
    return of.operation(new_id(), "patrol", CAI_KHE, fields)


def merge(app: Flask) -> int:
    door = Ambient()
    with app.app_context(), writing() as connection:
        return merge_communes(connection, CAI_KHE, PHONG_DIEN, ON, door.now_ms(), door)


def statuses(answer: Wire) -> list[str]:
    return [receipt.get("code", receipt["status"]) for receipt in answer["receipts"]]


def cells(app: Flask, figure: str) -> set[str]:
    """The areas that count this, once everything that changed is counted."""
    with app.app_context():
        drain(Ambient().now_ms())
        with reading() as connection:
            rows = connection.execute(select(DailyFigure.area, DailyFigure.figures))
            return {row.area for row in rows if figure in row.figures}


def counted(app: Flask) -> int:
    """Patrols over all areas, once everything that changed is counted."""
    with app.app_context():
        drain(Ambient().now_ms())
        with reading() as connection:
            rows = connection.execute(select(DailyFigure.figures)).scalars()
            return sum('"patrols":1' in text for text in rows)


def test_records_of_a_merged_commune_move_with_their_children(world: Flask, officer: Phone) -> None:
    parent = patrol(officer, place=QUARTER)
    child = officer.operation(new_id(), "incident", CAI_KHE, {"parent": parent["record"], "cases": 2})
    officer.sync([parent, child])
    other = phone(world, "dung", "d" * 16)
    other.pull_all(PHONG_DIEN)
    assert merge(world) == 2
    found = other.pull_all(PHONG_DIEN)
    assert set(found) == {parent["record"], child["record"]}
    assert {record["partition"] for record in found.values()} == {PHONG_DIEN}
    assert [found[child["record"]]["flags"], found[parent["record"]]["flags"]] == [[], []]


def test_the_old_feed_says_that_they_left_and_both_feeds_stay_dense(world: Flask, officer: Phone) -> None:
    made = [patrol(officer) for _ in range(3)]
    officer.sync(made)
    city = phone(world, "giang", "g" * 16)
    city.pull_all(CAI_KHE)
    merge(world)
    told = city.pull_all(CAI_KHE)
    assert {record for record, wire in told.items() if wire.get("moved")} == {made[k]["record"] for k in range(3)}
    with world.app_context(), reading() as connection:
        counters = {row.partition: row.seq for row in connection.execute(select(Counter.partition, Counter.seq))}
        left = connection.execute(select(Departure.seq).where(Departure.partition == CAI_KHE)).scalars().all()
        there = connection.execute(select(Record.seq).where(Record.partition == PHONG_DIEN)).scalars().all()
    assert sorted(left) == [4, 5, 6]
    assert counters[CAI_KHE] == 6
    assert sorted(there) == [1, 2, 3]
    assert counters[PHONG_DIEN] == 3


def test_what_a_phone_said_before_the_move_follows_the_record(world: Flask, officer: Phone) -> None:
    """A15: a record moves under a full outbox."""
    made = patrol(officer)
    officer.sync([made])
    edit = officer.operation(made["record"], "patrol", CAI_KHE, {"officers": 4})
    fresh = patrol(officer)
    merge(world)
    answer = officer.sync([edit, fresh])
    assert statuses(answer) == ["accepted", "accepted"]
    assert [p["id"] for p in answer["partitions"] if p["access"] == "write"] == [PHONG_DIEN]
    found = officer.pull_all(PHONG_DIEN)
    assert found[made["record"]]["fields"]["officers"][0] == 4
    assert found[fresh["record"]]["partition"] == PHONG_DIEN
    later = officer.operation(fresh["record"], "patrol", CAI_KHE, {"officers": 5})
    assert statuses(officer.sync([later])) == ["accepted"]


def test_a_stranger_gains_nothing_by_naming_the_merged_commune(world: Flask, officer: Phone) -> None:
    made = patrol(officer)
    officer.sync([made])
    merge(world)
    with world.app_context(), writing() as connection:
        row = {"kind": "ward", "type_word": "Phường", "name": "X", "full_name": "X", "folded": "x", "changed_ms": 0}
        connection.execute(Area.__table__.insert(), [
            {**row, "id": id_of("x"), "parent": None, "path": f"{id_of('x')}/", "partition": id_of("x")},
        ])  # fmt: skip
        connection.exec_driver_sql(f"update assignment set area = '{id_of('x')}' where \"user\" = '{id_of('dung')}'")
    stranger = phone(world, "dung", "d" * 16)
    edit = stranger.operation(made["record"], "patrol", CAI_KHE, {"officers": 9})
    assert statuses(stranger.sync([edit, patrol(stranger)])) == ["not-granted", "not-granted"]


def test_sums_stay_and_places_in_hamlets_are_kept(world: Flask, officer: Phone) -> None:
    officer.sync([patrol(officer, place=QUARTER), patrol(officer, started_at=STARTED_MS + 86_400_000)])
    assert counted(world) == 2
    merge(world)
    assert counted(world) == 2
    with world.app_context(), reading() as connection:
        areas = connection.execute(select(Record.area).order_by(Record.seq)).scalars().all()
        partitions = set(connection.execute(select(DailyFigure.partition)).scalars())
    assert areas == [QUARTER, PHONG_DIEN]
    assert PHONG_DIEN in partitions


def test_a_hamlet_takes_along_what_was_placed_there(world: Flask, officer: Phone) -> None:
    here, there = patrol(officer), patrol(officer, place=QUARTER)
    child = officer.operation(new_id(), "incident", CAI_KHE, {"parent": there["record"], "cases": 1})
    officer.sync([here, there, child])
    door = Ambient()
    with world.app_context(), writing() as connection:
        assert move_hamlet(connection, QUARTER, PHONG_DIEN, door.now_ms(), door) == 2
    assert set(phone(world, "dung", "d" * 16).pull_all(PHONG_DIEN)) == {there["record"], child["record"]}
    assert {r for r, wire in officer.pull_all(CAI_KHE).items() if not wire.get("moved")} == {here["record"]}


def areas_of(app: Flask) -> dict[str, str]:
    with app.app_context(), reading() as connection:
        return {row.id: row.area for row in connection.execute(select(Record.id, Record.area))}


def move_quarter(app: Flask, to: str) -> None:
    door = Ambient()
    with app.app_context(), writing() as connection:
        move_hamlet(connection, QUARTER, to, door.now_ms(), door)


def test_what_stays_behind_counts_at_the_commune_that_it_stays_with(world: Flask, officer: Phone) -> None:
    parent = patrol(officer)
    child = officer.operation(new_id(), "incident", CAI_KHE, {"parent": parent["record"], "place": QUARTER, "cases": 2})
    officer.sync([parent, child])
    assert areas_of(world)[child["record"]] == QUARTER
    before = officer.pull_all(CAI_KHE)
    move_quarter(world, PHONG_DIEN)
    assert areas_of(world) == {parent["record"]: CAI_KHE, child["record"]: CAI_KHE}
    assert officer.pull_all(CAI_KHE) == before
    assert counted(world) == 1
    assert cells(world, '"incidents":2') == {CAI_KHE}


def test_what_named_a_hamlet_before_it_came_counts_there_once_it_has_come(world: Flask, officer: Phone) -> None:
    host = phone(world, "dung", "d" * 16)
    early = host.operation(new_id(), "patrol", PHONG_DIEN, {"started_at": STARTED_MS, "place": QUARTER})
    below = host.operation(new_id(), "incident", PHONG_DIEN, {"parent": early["record"], "cases": 2})
    host.sync([early, below])
    assert set(areas_of(world).values()) == {PHONG_DIEN}
    move_quarter(world, PHONG_DIEN)
    assert set(areas_of(world).values()) == {QUARTER}
    assert cells(world, '"patrols":1') == {QUARTER}
    move_quarter(world, CAI_KHE)
    assert cells(world, '"patrols":1') == {QUARTER}
    assert set(officer.pull_all(CAI_KHE)) == {early["record"], below["record"]}


def test_what_waited_for_its_parent_counts_where_it_does_once_that_has_come(world: Flask, officer: Phone) -> None:
    host = phone(world, "dung", "d" * 16)
    parent = patrol(officer, place=QUARTER)
    officer.sync([parent])
    host.sync([host.operation(new_id(), "incident", PHONG_DIEN, {"parent": parent["record"], "cases": 2})])
    assert cells(world, '"incidents":2') == {PHONG_DIEN}
    move_quarter(world, PHONG_DIEN)
    assert cells(world, '"incidents":2') == {QUARTER}


def test_what_was_held_is_let_in_once_its_record_is_where_its_author_may_write(world: Flask, officer: Phone) -> None:
    made = patrol(officer, place=QUARTER)
    officer.sync([made])
    move_quarter(world, PHONG_DIEN)
    again = officer.operation(made["record"], "patrol", CAI_KHE, {"officers": 3})
    assert statuses(officer.sync([again])) == ["not-granted"]
    assert officer.sync()["device"]["held"] == [{"n": again["n"], "code": "not-granted"}]
    move_quarter(world, CAI_KHE)
    assert officer.sync()["device"]["held"] == []
    assert officer.pull_all(CAI_KHE)[made["record"]]["fields"]["officers"][0] == 3


def test_communes_merged_one_after_the_other_lead_to_the_last(world: Flask, officer: Phone) -> None:
    with world.app_context(), writing() as connection:
        row = {"kind": "ward", "type_word": "Phường", "name": "Y", "full_name": "Y", "folded": "y", "changed_ms": 0}
        first = {**row, "id": id_of("y"), "parent": None, "path": f"{id_of('y')}/", "partition": id_of("y")}
        connection.execute(Area.__table__.insert(), [first])
        connection.execute(update(Area).where(Area.id == id_of("y")).values(merged_into=CAI_KHE))
    merge(world)
    old = officer.operation(new_id(), "patrol", id_of("y"), {"officers": 1})
    assert statuses(officer.sync([old])) == ["accepted"]
    assert set(officer.pull_all(PHONG_DIEN)) == {old["record"]}


def test_a_day_that_has_not_come_is_refused(world: Flask) -> None:
    door = Ambient()
    with world.app_context(), pytest.raises(ProblemError, match="transition-illegal"), writing() as connection:
        merge_communes(connection, CAI_KHE, PHONG_DIEN, date(2999, 1, 1), door.now_ms(), door)


def test_who_sees_the_whole_city_records_for_a_merged_commune_in_the_one_that_took_it_in(world: Flask) -> None:
    city = phone(world, "giang", "g" * 16)
    city.sync()
    merge(world)
    campaign = city.operation(new_id(), "campaign", CAI_KHE, {"name": "Tết"})
    answer = city.sync([campaign])
    assert statuses(answer) == ["accepted"]
    assert {p["id"]: p["access"] for p in answer["partitions"] if p["id"] in (CAI_KHE, PHONG_DIEN)} == {
        CAI_KHE: "read", PHONG_DIEN: "write"
    }  # fmt: skip
    assert campaign["record"] in city.pull_all(PHONG_DIEN)


def test_what_is_held_of_the_old_unit_is_the_new_commanders_to_decide(world: Flask, officer: Phone) -> None:
    with world.app_context(), writing() as connection:
        connection.execute(update(Device).where(Device.id == "a" * 16).values(state="lost"))
    assert statuses(officer.sync([patrol(officer)])) == ["device-lost"]
    merge(world)
    commander = phone(world, "chi", "c" * 16)
    (held,) = world.test_client().get("/api/v1/held", headers=commander.who.headers).get_json()["items"]
    assert (held["unit"], held["may_decide"]) == (PHONG_DIEN, True)


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_a_record_begun_beside_a_merger_goes_where_the_merger_went(world: Flask, officer: Phone) -> None:
    officer.sync()
    fresh, told = patrol(officer), []
    door = Ambient()
    pushing = threading.Thread(target=lambda: told.append(officer.sync([fresh])))
    with world.app_context(), writing() as connection:
        merge_communes(connection, CAI_KHE, PHONG_DIEN, ON, door.now_ms(), door)
        pushing.start()
        wait_for_a_lock()
    pushing.join(20)
    assert statuses(told[0]) == ["accepted"]
    assert {record: wire["partition"] for record, wire in officer.pull_all(PHONG_DIEN).items()} == {
        fresh["record"]: PHONG_DIEN
    }  # fmt: skip


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_mergers_at_one_moment_come_one_after_the_other(world: Flask, officer: Phone) -> None:
    made = patrol(officer)
    officer.sync([made])
    with world.app_context(), writing() as connection:
        row = {"kind": "ward", "type_word": "Phường", "name": "Z", "full_name": "Z", "folded": "z", "changed_ms": 0}
        third = {**row, "id": id_of("z"), "parent": None, "path": f"{id_of('z')}/", "partition": id_of("z")}
        connection.execute(Area.__table__.insert(), [third])
    refused: list[str] = []

    def merge_first() -> None:
        try:
            merge(world)
        except ProblemError as error:
            refused.append(error.code)

    other = threading.Thread(target=merge_first)
    door = Ambient()
    with world.app_context(), writing() as connection:
        merge_communes(connection, PHONG_DIEN, id_of("z"), ON, door.now_ms(), door)
        other.start()
        wait_for_a_lock()
    other.join(20)
    assert refused == ["transition-illegal"]


def wait_for_a_lock() -> None:
    """Until some connection waits for what another holds."""
    for _ in range(2_000):
        with reading() as connection:
            if connection.execute(text(WAITING)).scalar_one():
                return
        time.sleep(0.005)
    raise AssertionError("nobody waits")
