"""GET /api/v1/figures on both stores: what is counted, where, when, and what "not reported" means."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import update

from backend.config import Settings
from backend.database import writing
from backend.models import Device
from tests.support.reading import Desk, at, open_desk
from tests.support.world import CAI_KHE, CITY, GROUP, PHONG_DIEN, QUARTER, id_of

TODAY = "2026-11-23"
MINUTE_MS = 60_000


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings, at(TODAY, 20)) as opened:
        yield opened


def counted(answer: dict[str, Any]) -> dict[str, int]:
    """The measures of a total that are neither 0 nor unknown."""
    return {name: value for name, value in answer["total"]["figures"].items() if value}


def figures(desk: Desk, user: str = "chi", **arguments: Any) -> dict[str, Any]:
    desk.drain()
    answer: dict[str, Any] = desk.ask(user, "/figures", **arguments)
    return answer


def test_a_patrol_with_its_incidents_and_handouts_is_counted_once_each(desk: Desk) -> None:
    start = at(TODAY, 19)
    values = {"started_at": start, "ended_at": start + 61 * MINUTE_MS + 59_999, "officers": 2, "militia": 1}
    patrol = desk.write("an", "patrol", values)
    desk.write("an", "incident", {"parent": patrol, "category": "noise", "cases": 2, "outcomes": ["fined", "reminded"]})
    desk.write("an", "incident", {"parent": patrol, "category": "noise"})
    desk.write("binh", "handout", {"leaflets": 30, "started_at": start})
    desk.write("binh", "handout", {"leaflets": 12, "started_at": start})
    answer = figures(desk, from_=TODAY, to=TODAY)
    assert counted(answer) == {
        "patrols": 1, "patrol_minutes": 61, "officer_turns": 2, "militia_turns": 1, "incidents": 2,
        "incidents_noise": 2, "outcomes_fined": 2, "outcomes_reminded": 2, "leaflets": 42,
    }  # fmt: skip
    found = answer["total"]["figures"]
    # entered nowhere: unknown; nothing of that kind in a unit that has reported: 0
    assert (found["grassroots_turns"], found["people_involved"]) == (None, None)
    assert (found["meetings"], found["incidents_theft"]) == (0, 0)
    assert answer["rows"][0]["reported"] is True


def test_nothing_reported_is_not_zero(desk: Desk) -> None:
    answer = figures(desk, from_=TODAY, to=TODAY)
    assert set(answer["total"]["figures"].values()) == {None}
    assert answer["rows"][0]["reported"] is False


def test_a_unit_whose_phones_all_synced_after_the_period_has_reported(desk: Desk) -> None:
    desk.who("an")
    with desk.app.app_context(), writing() as connection:
        connection.execute(update(Device).values(last_sync_ms=at("2026-11-23", 0) - 1))
    assert figures(desk, "giang", from_="2026-11-22", to="2026-11-22")["rows"][0]["reported"] is False
    desk.phone("binh")
    with desk.app.app_context(), writing() as connection:
        connection.execute(update(Device).values(last_sync_ms=at("2026-11-23", 1)))
    answer = figures(desk, "giang", area=CAI_KHE, from_="2026-11-22", to="2026-11-22")
    assert (answer["rows"][0]["reported"], answer["total"]["figures"]["patrols"]) == (True, 0)
    with desk.app.app_context(), writing() as connection:
        connection.execute(update(Device).where(Device.user == id_of("binh")).values(last_sync_ms=None))
    answer = figures(desk, "giang", area=CAI_KHE, from_="2026-11-22", to="2026-11-22")
    assert (answer["rows"][0]["reported"], answer["total"]["figures"]["patrols"]) == (False, None)


def test_a_submission_reports_its_period_until_it_is_reopened(desk: Desk) -> None:
    # a phone that has not been heard of: without a submission nobody can say that nothing occurred
    desk.who("binh")
    record = desk.write("chi", "submission", {"period": "2026-10", "state": "nothing_occurred"})
    answer = figures(desk, from_="2026-10-01", to="2026-10-31")
    assert (answer["rows"][0]["reported"], answer["total"]["figures"]["patrols"]) == (True, 0)
    desk.write("chi", "submission", {"state": "reopened"}, record=record, prev=desk.heads("chi", record))
    assert figures(desk, from_="2026-10-01", to="2026-10-31")["rows"][0]["reported"] is False


def test_children_of_the_area_and_the_area_itself(desk: Desk) -> None:
    desk.write("an", "patrol", {"place": QUARTER, "started_at": at(TODAY)})
    desk.write("an", "meeting", {"place": GROUP, "started_at": at(TODAY), "households_present": 9})
    desk.write("an", "outreach", {"started_at": at(TODAY), "sessions": 1})
    rows = {row["area"]: row for row in figures(desk, by="area")["rows"]}
    assert list(rows) == [QUARTER, None]
    assert (rows[QUARTER]["figures"]["patrols"], rows[QUARTER]["figures"]["households_present"]) == (1, 9)
    assert (rows[None]["figures"]["patrols"], rows[None]["figures"]["outreach_sessions"]) == (0, 1)
    split = figures(desk, "lan", by="area")
    assert split["total"] == figures(desk, "lan")["total"]
    rows = {row["area"]: row for row in split["rows"]}
    assert rows[CAI_KHE]["figures"]["patrols"] == 1
    assert (rows[PHONG_DIEN]["reported"], rows[PHONG_DIEN]["figures"]["patrols"]) == (False, None)
    assert counted(figures(desk, "chi", area=GROUP)) == {"meetings": 1, "households_present": 9}


def test_a_void_patrol_takes_its_children_out_and_brings_them_back(desk: Desk) -> None:
    patrol = desk.write("an", "patrol", {"started_at": at(TODAY), "officers": 3})
    desk.write("binh", "incident", {"parent": patrol, "cases": 1})
    assert counted(figures(desk)) == {"patrols": 1, "officer_turns": 3, "incidents": 1}
    desk.write("an", "patrol", {"void": "ghi nhầm"}, record=patrol, saw=[])
    assert counted(figures(desk)) == {}
    restored = {"void": desk.heads("an", patrol)["void"]}
    desk.write("an", "patrol", {"void": None}, record=patrol, prev=restored, saw=[])
    assert counted(figures(desk)) == {"patrols": 1, "officer_turns": 3, "incidents": 1}


def test_a_record_that_moves_to_another_day_leaves_the_old_one(desk: Desk) -> None:
    patrol = desk.write("an", "patrol", {"started_at": at("2026-11-20")})
    desk.drain()
    seen = desk.heads("an", patrol)
    desk.write("an", "patrol", {"started_at": at("2026-11-21")}, record=patrol, prev=seen)
    rows = figures(desk, from_="2026-11-20", to="2026-11-21", by="day")["rows"]
    assert [(row["period"], row["figures"]["patrols"]) for row in rows] == [("2026-11-20", None), ("2026-11-21", 1)]


def test_future_activities_count_when_their_day_has_come(desk: Desk) -> None:
    desk.write("an", "patrol", {"started_at": at("2026-11-25")})
    assert counted(figures(desk, from_="2026-11-01", to="2026-11-30")) == {}
    desk.now_ms = at("2026-11-25", 12)
    assert counted(figures(desk, from_="2026-11-01", to="2026-11-30")) == {"patrols": 1}


def test_a_patrol_across_midnight_counts_on_its_start_day(desk: Desk) -> None:
    desk.write("an", "patrol", {"started_at": at("2026-11-20", 23), "ended_at": at("2026-11-21", 2)})
    rows = figures(desk, from_="2026-11-20", to="2026-11-21", by="day")["rows"]
    assert [row["figures"]["patrol_minutes"] for row in rows] == [180, None]


def test_levels_stand_until_the_next_and_add_over_units_only(desk: Desk) -> None:
    desk.write("an", "support", {"started_at": at("2026-09-10"), "people_assigned": 5, "loans": 1, "meetings": 2})
    desk.write("an", "support", {"started_at": at("2026-10-10"), "people_assigned": 4, "meetings": 3})
    desk.write("dung", "support", {"started_at": at("2026-10-12"), "people_assigned": 10}, unit=PHONG_DIEN)
    total = figures(desk, "giang", from_="2026-11-01", to="2026-11-23")["total"]["figures"]
    assert (total["support_people_assigned"], total["support_loans"], total["support_meetings"]) == (14, 1, None)
    split = figures(desk, "giang", from_="2026-09-01", to="2026-10-31", by="area,month")
    assert split["total"] == figures(desk, "giang", from_="2026-09-01", to="2026-10-31")["total"]
    rows = figures(desk, "giang", from_="2026-09-01", to="2026-10-31", by="month")["rows"]
    assert [row["figures"]["support_people_assigned"] for row in rows] == [5, 14]
    assert figures(desk, from_="2026-09-01", to="2026-10-31")["total"]["figures"]["support_meetings"] == 5


def test_models_and_groups_are_counted_while_they_live(desk: Desk) -> None:
    desk.write("chi", "model", {"name": "Ánh sáng", "state": "active", "launched_on": "2026-11-10", "area": QUARTER})
    desk.write("chi", "model", {"name": "Cũ", "state": "dissolved", "launched_on": "2020-01-01"})
    desk.write("chi", "group", {"area": GROUP, "state": "active"})
    total = figures(desk)["total"]["figures"]
    assert (total["models_active"], total["groups_active"]) == (1, 1)
    assert figures(desk, from_="2026-10-01", to="2026-10-31")["total"]["figures"]["models_active"] == 0
    assert figures(desk, area=QUARTER)["total"]["figures"]["models_active"] == 1


def test_campaigns_filter_and_children_take_their_parents(desk: Desk) -> None:
    campaign = desk.write("giang", "campaign", {"name": "Tết"}, unit=CITY)
    outreach = desk.write("an", "outreach", {"campaign": campaign, "sessions": 1, "started_at": at(TODAY)})
    desk.write("an", "handout", {"parent": outreach, "leaflets": 7})
    desk.write("an", "handout", {"leaflets": 100, "started_at": at(TODAY)})
    assert counted(figures(desk, campaign=campaign)) == {"outreach_sessions": 1, "leaflets": 7}


def test_comparisons_follow_the_calendar(desk: Desk) -> None:
    for day in ("2025-10-05", "2026-01-02", "2026-09-30", "2026-10-01", "2026-10-31"):
        desk.write("an", "patrol", {"started_at": at(day)})
    answer = figures(desk, from_="2026-10-01", to="2026-10-31", compare="previous,last_year,cumulative")
    compared = answer["rows"][0]["compare"]
    assert {name: (c["from"], c["to"], c["figures"]["patrols"]) for name, c in compared.items()} == {
        "previous": ("2026-09-01", "2026-09-30", 1),
        "last_year": ("2025-10-01", "2025-10-31", 1),
        "cumulative": ("2026-01-01", "2026-10-31", 4),
    }


def test_a_closed_period_lists_what_changed_after_it_closed(desk: Desk) -> None:
    desk.now_ms = at("2026-11-05", 20)
    desk.write("an", "patrol", {"started_at": at("2026-10-05")})
    row = figures(desk, from_="2026-10-01", to="2026-10-31")["rows"][0]
    assert (row["closed"], "restated_ms" in row) == (False, False)
    desk.now_ms = at("2026-11-06", 0)
    row = figures(desk, from_="2026-10-01", to="2026-10-31")["rows"][0]
    assert (row["closed"], "restated_ms" in row) == (True, False)
    desk.write("an", "patrol", {"started_at": at("2026-10-06")})
    row = figures(desk, from_="2026-10-01", to="2026-10-31")["rows"][0]
    assert (row["figures"]["patrols"], row["restated_ms"]) == (2, desk.now_ms)


def test_as_of_says_what_is_not_counted_yet(desk: Desk) -> None:
    desk.write("an", "patrol", {"started_at": at(TODAY)})
    pushed_ms = desk.now_ms
    desk.now_ms += 5_000
    assert desk.ask("chi", "/figures")["as_of_ms"] == pushed_ms - 1
    assert figures(desk)["as_of_ms"] == desk.now_ms


def test_how_complete_the_figures_are(desk: Desk) -> None:
    desk.phone("an").sync(holds=3)
    desk.who("binh")
    # an, binh and the commander who asks
    assert figures(desk)["complete"] == {"devices": 3, "synced": 1, "waiting_operations": 3}


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"from_": "2026-11-24", "to": "2026-11-23"}, "parameter-invalid"),
        ({"from_": "2016-11-01"}, "parameter-invalid"),
        ({"from_": "20261124"}, "parameter-invalid"),
        ({"by": "day,week"}, "parameter-invalid"),
        ({"by": "none,area"}, "parameter-invalid"),
        ({"by": "hour"}, "parameter-invalid"),
        ({"compare": "tomorrow"}, "parameter-invalid"),
        ({"by": "day", "from_": "2025-01-01", "to": "2026-11-23"}, "parameter-invalid"),
        ({"area": "x"}, "parameter-invalid"),
        ({"areas": "x"}, "parameter-unknown"),
    ],
)
def test_what_cannot_be_asked_is_refused(desk: Desk, arguments: dict[str, str], name: str) -> None:
    assert desk.problem("chi", "/figures", **arguments) == (400, name)


def test_foreign_and_absent_areas_are_the_same(desk: Desk) -> None:
    for area in (PHONG_DIEN, CITY, id_of("nowhere")):
        assert desk.problem("an", "/figures", area=area) == (404, "not-found")
    assert desk.problem("tam", "/figures") == (403, "role-not-allowed")
    assert desk.problem("quan", "/figures") == (403, "role-not-allowed")
    assert desk.get("lan", "/figures", area=PHONG_DIEN).status_code == 200
