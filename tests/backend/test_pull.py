"""Pulling over HTTP, on both stores: pages, windows, cursors, departures, shares (P17, P19, P20, P27)."""

import base64
import json

from flask import Flask
from sqlalchemy import delete, insert, update

from backend.database import writing
from backend.models import Counter, Departure, FeedMark, Record, Server
from tests.support.phone import new_id, phone
from tests.support.world import CAI_KHE, CITY, GROUP, PHONG_DIEN

A, B, C, D = ("a" * 16, "b" * 16, "c" * 16, "d" * 16)


def test_pages_of_a_first_pull_bring_everything_once(world: Flask) -> None:
    an, binh = phone(world, "an", A), phone(world, "binh", B)
    records = [new_id() for _ in range(7)]
    an.sync([an.operation(record, "patrol", CAI_KHE, {"officers": 1}) for record in records])
    seen: list[str] = []
    cursor, more = None, True
    while more:
        told = binh.sync(cursors={CAI_KHE: cursor}, pull=3)["pull"][CAI_KHE]
        seen += [record["id"] for record in told["records"]]
        cursor, more = told["cursor"], told["more"]
    assert sorted(seen) == sorted(records)
    assert seen[0] == records[-1]
    late = an.operation(new_id(), "patrol", CAI_KHE, {})
    an.sync([late])
    told = binh.sync(cursors={CAI_KHE: cursor}, pull=3)["pull"][CAI_KHE]
    assert [record["id"] for record in told["records"]] == [late["record"]]


def test_a_first_pull_keeps_to_the_window_but_brings_families_and_references(world: Flask) -> None:
    an, chi, binh = phone(world, "an", A), phone(world, "chi", B), phone(world, "binh", C)
    old, old_child, patrol, child, sibling, group = (new_id() for _ in range(6))
    an.sync([
        an.operation(old, "patrol", CAI_KHE, {}),
        an.operation(old_child, "leg", CAI_KHE, {"parent": old}),
        an.operation(patrol, "patrol", CAI_KHE, {}),
        an.operation(child, "leg", CAI_KHE, {"parent": patrol}),
        an.operation(sibling, "leg", CAI_KHE, {"parent": patrol}),
    ])  # fmt: skip
    chi.sync([chi.operation(group, "group", CAI_KHE, {"area": GROUP, "state": "active"})])
    with world.app_context(), writing() as connection:
        rested = [old, old_child, patrol, sibling, group]
        connection.execute(update(Record).where(Record.id.in_(rested)).values(changed_ms=1))
    assert set(binh.pull_all(CAI_KHE)) == {patrol, child, sibling, group}


def test_a_first_pull_brings_the_old_children_of_what_changed(world: Flask) -> None:
    an, binh = phone(world, "an", A), phone(world, "binh", B)
    patrol, child = new_id(), new_id()
    an.sync([an.operation(patrol, "patrol", CAI_KHE, {}), an.operation(child, "leg", CAI_KHE, {"parent": patrol})])
    with world.app_context(), writing() as connection:
        connection.execute(update(Record).where(Record.id == child).values(changed_ms=1))
    assert set(binh.pull_all(CAI_KHE)) == {patrol, child}


def test_a_restored_server_asks_to_start_anew(world: Flask) -> None:
    """A17: another epoch, and a store rolled back under the same epoch."""
    an = phone(world, "an", A)
    an.sync([an.operation(new_id(), "patrol", CAI_KHE, {})])
    an.pull_all(CAI_KHE)
    cursor = an.cursors[CAI_KHE]
    with world.app_context(), writing() as connection:
        connection.execute(delete(FeedMark))
        connection.execute(insert(FeedMark), [{"partition": CAI_KHE, "last_seq": 1, "mark": "another2"}])
    told = an.sync(cursors={CAI_KHE: cursor}, pull=5)["pull"][CAI_KHE]
    assert told == {"records": [], "cursor": None, "more": False, "reset": True}
    with world.app_context(), writing() as connection:
        connection.execute(update(Server).values(epoch="another"))
    answer = an.sync(cursors={CAI_KHE: cursor}, pull=5)
    assert answer["epoch"] == "another"
    assert answer["pull"][CAI_KHE]["reset"]


def test_a_moved_record_leaves_the_old_feed_and_takes_later_operations_along(world: Flask) -> None:
    """P27: what phones made before the move follows the record."""
    giang = phone(world, "giang", A)
    record = new_id()
    giang.sync([giang.operation(record, "campaign", CAI_KHE, {"name": "Tết"})])
    giang.pull_all(CAI_KHE)
    with world.app_context(), writing() as connection:
        connection.execute(insert(Departure), [{"partition": CAI_KHE, "seq": 2, "record": record}])
        connection.execute(update(Counter).where(Counter.partition == CAI_KHE).values(seq=2))
        connection.execute(insert(FeedMark), [{"partition": CAI_KHE, "last_seq": 2, "mark": "movedaaa"}])
        connection.execute(update(Record).where(Record.id == record).values(partition=PHONG_DIEN, seq=1))
        connection.execute(insert(Counter), [{"partition": PHONG_DIEN, "seq": 1}])
    told = giang.sync(cursors={CAI_KHE: giang.cursors[CAI_KHE]}, pull=5)["pull"][CAI_KHE]
    assert told["records"] == [{"id": record, "seq": 2, "moved": True}]
    late = giang.operation(record, "campaign", CAI_KHE, {"number": "12"})
    assert giang.sync([late])["receipts"][0]["status"] == "accepted"
    assert giang.pull_all(PHONG_DIEN)[record]["fields"]["number"][0] == "12"


def test_partitions_with_nothing_new_take_no_share(world: Flask) -> None:
    """A city's phone names a hundred partitions; the one that has records gets the whole page."""
    giang = phone(world, "giang", A)
    giang.sync([giang.operation(new_id(), "campaign", CAI_KHE, {}) for _ in range(9)])
    cursors: dict[str, str | None] = {CAI_KHE: None, PHONG_DIEN: None, CITY: None}
    first = giang.sync(cursors=cursors, pull=9)["pull"]
    assert {partition: len(told["records"]) for partition, told in first.items()} == {
        CAI_KHE: 9,
        PHONG_DIEN: 0,
        CITY: 0,
    }
    assert not first[CITY]["more"]
    giang.sync([giang.operation(new_id(), "campaign", CITY, {})])
    later = giang.sync(cursors={partition: told["cursor"] for partition, told in first.items()}, pull=9)["pull"]
    assert {partition: len(told["records"]) for partition, told in later.items()} == {
        CAI_KHE: 0,
        PHONG_DIEN: 0,
        CITY: 1,
    }


def test_a_foreign_partition_cannot_be_pulled(world: Flask) -> None:
    an, dung = phone(world, "an", A), phone(world, "dung", B)
    an.sync([an.operation(new_id(), "patrol", CAI_KHE, {})])
    assert dung.sync(cursors={CAI_KHE: None, PHONG_DIEN: None}, pull=10)["pull"].keys() == {PHONG_DIEN}


def test_a_forged_cursor_starts_anew(world: Flask) -> None:
    an = phone(world, "an", A)
    text = json.dumps(["e", "all", 0, "", None, 10**30, 10**30])
    cursor = base64.urlsafe_b64encode(text.encode()).decode()
    assert an.sync(cursors={CAI_KHE: cursor}, pull=5)["pull"][CAI_KHE]["reset"]


def test_a_photo_of_an_incident_comes_with_it_in_a_first_pull(world: Flask) -> None:
    an, binh = phone(world, "an", A), phone(world, "binh", B)
    patrol, incident, photo = new_id(), new_id(), new_id()
    an.sync([
        an.operation(patrol, "patrol", CAI_KHE, {}),
        an.operation(incident, "incident", CAI_KHE, {"parent": patrol}),
        an.operation(photo, "photo", CAI_KHE, {"parent": incident}),
    ])  # fmt: skip
    with world.app_context(), writing() as connection:
        connection.execute(update(Record).where(Record.id.in_([patrol, photo])).values(changed_ms=1))
    assert set(binh.pull_all(CAI_KHE)) == {patrol, incident, photo}
