"""Anomalies that must stay tests, one phone after another, on both stores (sync/PROTOCOL.md, Anomalies)."""

import time
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import delete, update

from backend.ambient import Ambient
from backend.config import Settings
from backend.database import writing
from backend.models import Assignment, FeedMark
from backend.services.moving import move_hamlet
from tests.support.clock import Clock, app_under
from tests.support.phone import Phone, Wire, new_id, phone
from tests.support.world import CAI_KHE, PHONG_DIEN, QUARTER, id_of

CLAMP_AHEAD_MS = 300_000
YEAR_MS = 365 * 86_400_000


@pytest.fixture
def clock() -> Clock:
    return Clock(time.time_ns() // 1_000_000)


@pytest.fixture
def app(settings: Settings, clock: Clock) -> Iterator[Flask]:
    """The application under a clock that a test moves."""
    with app_under(clock, settings) as application:
        yield application


@pytest.fixture
def an(world: Flask) -> Phone:
    return phone(world, "an", "a" * 16)


@pytest.fixture
def binh(world: Flask) -> Phone:
    return phone(world, "binh", "b" * 16)


def edit(of: Phone, record: str, officers: int, ms: int, seen: list[str] | None = None) -> Wire:
    """A patrol's number of officers at a time, over the values that were seen."""
    prev = {"officers": seen} if seen else {}
    return of.operation(record, "patrol", CAI_KHE, {"officers": officers}, prev=prev, stamp=[ms, 0])


def officers(wire: Wire) -> tuple[int, list[int]]:
    """The value shown, and those beside it."""
    return wire["fields"]["officers"][0], [sibling[0] for sibling in wire["siblings"].get("officers", [])]


def set_role(app: Flask, user: str, to_on: str | None) -> None:
    with app.app_context(), writing() as connection:
        connection.execute(update(Assignment).where(Assignment.user == id_of(user)).values(to_on=to_on))


def test_what_arrives_years_late_is_still_pulled_by_whoever_has_read_everything(an: Phone, binh: Phone) -> None:
    """A7: the feed goes by arrival, never by the time of the event."""
    an.sync([edit(an, new_id(), 1, 2_000)])
    binh.pull_all(CAI_KHE)
    late = edit(an, new_id(), 2, 1_000)
    an.sync([late])
    assert officers(binh.pull_all(CAI_KHE)[late["record"]]) == (2, [])


def test_a_late_operation_replaces_nothing_newer_and_is_not_dropped(an: Phone, binh: Phone) -> None:
    """A7: an old time loses the place on top, not the value."""
    record = new_id()
    an.sync([edit(an, record, 5, 9_000)])
    assert an.sync([edit(an, record, 4, 1_000)])["receipts"][0]["status"] == "accepted"
    assert officers(binh.pull_all(CAI_KHE)[record]) == (5, [4])


def test_a_clock_years_ahead_is_clamped_and_wins_nothing_for_good(an: Phone, binh: Phone, clock: Clock) -> None:
    """A8: whoever sees the value and replaces it is shown, though his clock is right."""
    record, ahead = new_id(), clock.now_ms + 4 * YEAR_MS
    first = edit(an, record, 1, ahead)
    receipt = an.sync([first])["receipts"][0]
    assert (receipt["status"], receipt["effective_ms"]) == ("accepted", clock.now_ms + CLAMP_AHEAD_MS)
    assert receipt["suspect"]
    wire = binh.pull_all(CAI_KHE)[record]
    assert wire["flags"] == ["suspect_clock"]
    binh.sync([edit(binh, record, 2, clock.now_ms + CLAMP_AHEAD_MS, [an.id_of(first)])])
    clock.advance(minutes=6)
    an.sync([edit(an, record, 3, clock.now_ms)])
    assert officers(an.pull_all(CAI_KHE)[record]) == (3, [2])


def test_a_clock_at_1970_is_neither_refused_nor_lifted(an: Phone) -> None:
    """A8: a stamp of the first second of time is a stamp."""
    record = new_id()
    receipt = an.sync([edit(an, record, 1, 1)])["receipts"][0]
    assert (receipt["status"], receipt["effective_ms"], receipt["suspect"]) == ("accepted", 1, False)
    assert officers(an.pull_all(CAI_KHE)[record]) == (1, [])


def test_a_clamp_is_told_again_as_it_was_first_told(an: Phone, clock: Clock) -> None:
    """A9: a retry ten minutes later is clamped against the first delivery."""
    operation = edit(an, new_id(), 1, clock.now_ms + YEAR_MS)
    first = an.sync([operation])["receipts"]
    clock.advance(minutes=10)
    assert an.sync([operation])["receipts"] == first
    wire = an.pull_all(CAI_KHE)[operation["record"]]
    assert wire["stamps"][an.id_of(operation)][2] == first[0]["effective_ms"]


def test_what_was_held_keeps_the_clamp_of_its_first_receipt(world: Flask, an: Phone, clock: Clock) -> None:
    """A9: neither the release nor a retry after it clamps anew."""
    operation = edit(an, new_id(), 1, clock.now_ms + YEAR_MS)
    set_role(world, "an", "2020-01-01")
    held = an.sync([operation])["receipts"][0]
    clock.advance(minutes=10)
    set_role(world, "an", None)
    released = an.sync([operation])["receipts"][0]
    assert (held["status"], released["status"]) == ("held", "accepted")
    assert released["effective_ms"] == held["effective_ms"]


def test_the_same_value_from_two_phones_is_no_conflict(an: Phone, binh: Phone) -> None:
    """A11: one head with both names, and whoever replaces it names both."""
    record = new_id()
    twins = [edit(an, record, 7, 1_000), edit(binh, record, 7, 2_000)]
    an.sync(twins[:1])
    binh.sync(twins[1:])
    wire = an.pull_all(CAI_KHE)[record]
    assert (officers(wire), wire["flags"]) == ((7, []), [])
    names = wire["fields"]["officers"][1:]
    assert sorted(names) == sorted([an.id_of(twins[0]), binh.id_of(twins[1])])
    an.sync([edit(an, record, 8, 3_000, names)])
    assert officers(an.pull_all(CAI_KHE)[record]) == (8, [])


def test_a_conflict_stays_until_somebody_decides_it(an: Phone, binh: Phone) -> None:
    """A12: clean exchanges, edits of other fields and of the shown value leave the other value where it is."""
    record = new_id()
    mine, other = edit(an, record, 1, 1_000), edit(binh, record, 2, 2_000)
    an.sync([mine])
    binh.sync([other])
    for _ in range(3):
        assert officers(an.pull_all(CAI_KHE)[record]) == officers(binh.pull_all(CAI_KHE)[record]) == (2, [1])
    an.sync([an.operation(record, "patrol", CAI_KHE, {"route": "B"})])
    shown = edit(binh, record, 3, 3_000, [binh.id_of(other)])
    binh.sync([shown])
    wire = an.pull_all(CAI_KHE)[record]
    assert (officers(wire), wire["flags"]) == ((3, [1]), ["conflict"])
    an.sync([edit(an, record, 4, 4_000, [an.id_of(mine), binh.id_of(shown)])])
    wire = binh.pull_all(CAI_KHE)[record]
    assert (officers(wire), wire["flags"]) == ((4, []), [])


def test_an_old_cursor_gets_everything_though_all_that_it_had_read_has_moved_on(an: Phone, binh: Phone) -> None:
    """A14: a record that changes leaves its place in the feed, so the places before a cursor are emptied."""
    records = [new_id() for _ in range(3)]
    first = [edit(an, record, 1, 1_000) for record in records]
    an.sync(first)
    binh.pull_all(CAI_KHE)
    old = binh.cursors[CAI_KHE]
    for turn in (2, 3):
        an.sync([edit(an, record, turn, turn * 1_000, [an.id_of(o)]) for record, o in zip(records, first, strict=True)])
    seen: list[str] = []
    cursor, more = old, True
    while more:
        told = binh.sync(cursors={CAI_KHE: cursor}, pull=1)["pull"][CAI_KHE]
        assert not told["reset"]
        seen += [wire["id"] for wire in told["records"]]
        cursor, more = told["cursor"], told["more"]
    assert seen == records


def test_a_cursor_whose_history_was_cleared_away_starts_anew(world: Flask, an: Phone, binh: Phone) -> None:
    """A14: where the server can no longer prove what a phone has read, it says so; it never answers with a gap."""
    records = {new_id() for _ in range(3)}
    an.sync([edit(an, record, 1, 1_000) for record in sorted(records)])
    binh.pull_all(CAI_KHE)
    old = binh.cursors[CAI_KHE]
    an.sync([edit(an, new_id(), 1, 1_000)])
    with world.app_context(), writing() as connection:
        connection.execute(delete(FeedMark))
    told = binh.sync(cursors={CAI_KHE: old}, pull=10)["pull"][CAI_KHE]
    assert (told["reset"], told["records"], told["cursor"]) == (True, [], None)


def test_a_first_pull_that_was_broken_off_is_not_complete_and_goes_on(an: Phone, binh: Phone) -> None:
    """A16: `more` stays true up to the last page, whatever is written meanwhile."""
    records = {new_id() for _ in range(4)}
    an.sync([edit(an, record, 1, 1_000) for record in sorted(records)])
    first = binh.sync(cursors={CAI_KHE: None}, pull=2)["pull"][CAI_KHE]
    late = edit(an, new_id(), 1, 1_000)
    an.sync([late])
    second = binh.sync(cursors={CAI_KHE: first["cursor"]}, pull=2)["pull"][CAI_KHE]
    assert (first["more"], second["more"]) == (True, True)
    binh.cursors[CAI_KHE] = second["cursor"]
    seen = {wire["id"] for wire in first["records"] + second["records"]}
    assert seen | binh.pull_all(CAI_KHE, page=2).keys() == records | {late["record"]}


@pytest.mark.parametrize("page", [1, 2, 500])
def test_what_is_deleted_made_and_moved_away_comes_in_one_pull(
    world: Flask, an: Phone, clock: Clock, page: int
) -> None:
    """A22: in the order in which it happened, each once, however the pages are cut."""
    city = phone(world, "giang", "g" * 16)
    gone = an.operation(new_id(), "patrol", CAI_KHE, {"place": QUARTER})
    dropped = edit(an, new_id(), 1, 1_000)
    an.sync([gone, dropped])
    city.pull_all(CAI_KHE)
    voiding = an.operation(dropped["record"], "patrol", CAI_KHE, {"void": "nhầm"}, saw=[an.id_of(dropped)])
    made = edit(an, new_id(), 2, 1_000)
    an.sync([voiding, made])
    with world.app_context(), writing() as connection:
        move_hamlet(connection, QUARTER, PHONG_DIEN, clock.now_ms, Ambient())
    found = city.pull_all(CAI_KHE, page)
    assert found[gone["record"]] == {"id": gone["record"], "seq": 5, "moved": True}
    assert found[dropped["record"]]["fields"]["void"][0] == "nhầm"
    assert officers(found[made["record"]]) == (2, [])
    assert [found[o["record"]]["seq"] for o in (dropped, made)] == [3, 4]
    assert city.pull_all(PHONG_DIEN, page).keys() == {gone["record"]}


def test_what_was_made_and_deleted_between_two_pulls_comes_deleted(an: Phone, binh: Phone) -> None:
    """A22: a phone that never saw the record alive sees no living one."""
    binh.pull_all(CAI_KHE)
    made = edit(an, new_id(), 1, 1_000)
    voiding = an.operation(made["record"], "patrol", CAI_KHE, {"void": "nhầm"}, saw=[an.id_of(made)])
    again = edit(an, new_id(), 2, 1_000)
    an.sync([made, voiding, again])
    found = binh.pull_all(CAI_KHE)
    assert found.keys() == {made["record"], again["record"]}
    assert {record for record, wire in found.items() if "void" in wire["fields"]} == {made["record"]}
