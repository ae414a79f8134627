"""GET /api/v1/figures on both stores: what is counted, where, when, and what "not reported" means."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import insert, update

from backend.config import Settings
from backend.database import writing
from backend.models import Assignment, Device
from backend.services import figures as figure_rows
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


def test_a_day_that_has_not_come_is_not_a_reported_one(desk: Desk) -> None:
    desk.write("an", "patrol", {"started_at": at("2026-11-25")})
    desk.write("an", "support", {"started_at": at("2026-11-25"), "people_assigned": 3})
    row, later = figures(desk, from_="2026-11-24", to="2026-11-25", by="day")["rows"]
    assert (row["reported"], later["reported"]) == (False, False)
    assert set(later["figures"].values()) == {None}
    # a period that has begun, but in which nothing has happened up to today
    (row,) = figures(desk, from_="2026-11-23", to="2026-11-30")["rows"]
    assert (row["reported"], row["figures"]["patrols"], row["figures"]["support_people_assigned"]) == (
        False,
        None,
        None,
    )
    desk.now_ms = at("2026-11-25", 12)
    assert figures(desk, from_="2026-11-23", to="2026-11-30")["rows"][0]["reported"] is True


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


def test_a_reporting_year_starts_on_15_december_also_in_a_month_that_is_cut(desk: Desk) -> None:
    for day in ("2025-12-14", "2025-12-15", "2025-12-20", "2026-11-20"):
        desk.write("an", "patrol", {"started_at": at(day)})

    def compared(first: str, last: str) -> tuple[str, str, str, int]:
        answer = figures(desk, from_=first, to=last, by="reporting_month", compare="cumulative")
        found = answer["rows"][-1]["compare"]["cumulative"]
        return answer["rows"][-1]["period"], found["from"], found["to"], found["figures"]["patrols"]

    assert compared("2026-11-01", "2026-11-23") == ("R2026-12", "2025-12-15", "2026-11-23", 3)
    assert compared("2025-12-01", "2025-12-18") == ("R2026-01", "2025-12-15", "2025-12-18", 1)


def test_rows_are_what_each_would_be_if_asked_alone(desk: Desk) -> None:
    for number, day in enumerate(("2026-10-30", "2026-11-02", "2026-11-02", "2026-11-09")):
        place = (QUARTER, GROUP, CAI_KHE)[number % 3]
        desk.write("an", "patrol", {"started_at": at(day), "officers": number or None, "place": place})
        desk.write("dung", "support", {"started_at": at(day), "people_assigned": number}, unit=PHONG_DIEN)
        desk.write("chi", "model", {"state": "active", "launched_on": day, "area": QUARTER})
    compare = "previous,last_year,cumulative"
    rows = figures(desk, "lan", from_="2026-11-01", to="2026-11-10", by="area,day", compare=compare)["rows"]
    assert len(rows) == 10 * 3
    for row in rows:
        alone = figures(desk, "lan", from_=row["period"], to=row["period"], by="area,day", compare=compare)["rows"]
        assert row in alone


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
        ({"by": "month", "from_": "9999-01-01", "to": "9999-12-31"}, "parameter-invalid"),
        ({"from_": "1969-12-31", "to": "1970-01-01"}, "parameter-invalid"),
        ({"from_": "2026-1-1"}, "parameter-invalid"),
        ({"from_": "٢٠٢٦-١١-٠١"}, "parameter-invalid"),
        ({"to": "2026-02-30"}, "parameter-invalid"),
        ({"to": ""}, "parameter-invalid"),
        ({"area": "x"}, "parameter-invalid"),
        ({"areas": "x"}, "parameter-unknown"),
    ],
)
def test_what_cannot_be_asked_is_refused(desk: Desk, arguments: dict[str, str], name: str) -> None:
    assert desk.problem("chi", "/figures", **arguments) == (400, name)


def test_a_parameter_is_said_once(desk: Desk) -> None:
    for twice in ("from=2026-11-01&from=2026-11-02", "by=none&by=none"):
        assert desk.problem("chi", f"/figures?{twice}") == (400, "parameter-invalid")


@pytest.mark.parametrize("by", ["none", "day", "area,day"])
@pytest.mark.parametrize("days", [("1970-01-01", "1970-01-02"), ("9999-12-25", "9999-12-31")])
def test_days_at_the_ends_of_time_are_answered(desk: Desk, by: str, days: tuple[str, str]) -> None:
    answer = figures(desk, from_=days[0], to=days[1], by=by, compare="previous,last_year,cumulative")
    assert set(answer["total"]["figures"].values()) <= {0, None}


def test_a_citys_year_by_day_is_answered_and_only_more_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert figure_rows.ROWS_MAX >= 104 * 366
    year = {"from_": "2025-11-23", "to": "2026-11-23", "by": "area,day"}
    rows = figures(desk, "lan", **year)["rows"]
    assert len(rows) == 3 * 366
    monkeypatch.setattr(figure_rows, "ROWS_MAX", len(rows))
    assert len(figures(desk, "lan", **year)["rows"]) == len(rows)
    assert desk.problem("lan", "/figures", **(year | {"from_": "2025-11-22"})) == (400, "parameter-invalid")


def test_foreign_and_absent_areas_are_the_same(desk: Desk) -> None:
    for user in ("an", "tam"):
        for area in (PHONG_DIEN, CITY, id_of("nowhere")):
            assert desk.problem(user, "/figures", area=area) == (404, "not-found")
    assert desk.problem("quan", "/figures") == (403, "role-not-allowed")
    assert desk.get("lan", "/figures", area=PHONG_DIEN).status_code == 200


def test_a_team_member_is_answered_with_the_own_figures(desk: Desk) -> None:
    patrol = desk.write("tam", "patrol", {"started_at": at(TODAY), "grassroots": 4, "place": QUARTER})
    desk.write("tam", "incident", {"parent": patrol, "cases": 2})
    # all over the unit, whoever wrote the parent; but not in the future, and no record of others
    others = desk.write("an", "patrol", {"started_at": at("2026-11-20"), "officers": 9})
    desk.write("tam", "incident", {"parent": others, "cases": 1, "category": "noise"})
    desk.write("tam", "patrol", {"started_at": at("2026-11-25")})
    answer = figures(desk, "tam")
    assert counted(answer) == {"patrols": 1, "grassroots_turns": 4, "incidents": 3, "incidents_noise": 1}
    assert (answer["rows"][0]["reported"], answer["as_of_ms"]) == (True, desk.now_ms)
    assert counted(figures(desk, "tam", area=QUARTER)) == {"patrols": 1, "grassroots_turns": 4, "incidents": 2}
    rows = figures(desk, "tam", by="area,week", from_="2026-11-16", to="2026-11-29", compare="previous")["rows"]
    assert [(row["area"], row["period"], row["figures"]["incidents"]) for row in rows] == [
        (QUARTER, "2026-W47", 0), (None, "2026-W47", 1), (QUARTER, "2026-W48", 2), (None, "2026-W48", 0)
    ]  # fmt: skip
    assert rows[3]["compare"]["previous"]["figures"]["incidents"] == 1


def test_own_figures_are_what_the_cells_of_the_same_records_come_to(desk: Desk) -> None:
    campaign = desk.write("giang", "campaign", {"name": "Tết"}, unit=CITY)
    for number, day in enumerate(("2026-10-05", "2026-10-05", "2026-11-09", "2026-11-30")):
        place = (QUARTER, GROUP, None)[number % 3]
        values = {"started_at": at(day), "place": place, "militia": number or None}
        patrol = desk.write("tam", "patrol", values | ({"campaign": campaign} if number % 2 else {}))
        desk.write("tam", "incident", {"parent": patrol, "cases": number + 1, "outcomes": ["fined"]})
    desk.write("tam", "patrol", {"void": "nhầm"}, record=desk.write("tam", "patrol", {"militia": 5}))
    span = {"from_": "2026-10-01", "to": "2026-11-23", "by": "area,month", "compare": "previous,cumulative"}
    for more in ({}, {"campaign": campaign}, {"area": QUARTER}):
        own, cells = (figures(desk, user, **span, **more) for user in ("tam", "chi"))
        assert own["total"] == cells["total"]
        assert [row["figures"] for row in own["rows"]] == [row["figures"] for row in cells["rows"]]


def test_a_team_members_own_phones_say_how_complete_the_own_figures_are(desk: Desk) -> None:
    desk.phone("an").sync(holds=7)
    desk.phone("tam").sync(holds=2)
    asked = {"from_": "2026-11-22", "to": "2026-11-22"}
    answer = figures(desk, "tam", **asked)
    assert answer["complete"] == {"devices": 1, "synced": 1, "waiting_operations": 2}
    assert (answer["rows"][0]["reported"], answer["total"]["figures"]["patrols"]) == (True, 0)
    # the unit's submission says nothing of a person
    desk.write("chi", "submission", {"period": "2026-11-23", "state": "submitted"})
    today = figures(desk, "tam", from_=TODAY, to=TODAY)
    assert (today["rows"][0]["reported"], today["total"]["figures"]["patrols"]) == (False, None)
    with desk.app.app_context(), writing() as connection:
        own = update(Device).where(Device.user == id_of("tam"))
        connection.execute(own.values(last_sync_ms=None))
    assert figures(desk, "tam", **asked)["rows"][0]["reported"] is False


def test_a_team_member_who_is_an_officer_elsewhere_sees_all_there(desk: Desk) -> None:
    desk.write("dung", "patrol", {"started_at": at(TODAY)}, unit=PHONG_DIEN)
    desk.write("an", "patrol", {"started_at": at(TODAY)})
    grant = {"id": id_of("grant more"), "user": id_of("tam"), "role": "officer", "area": PHONG_DIEN}
    with desk.app.app_context(), writing() as connection:
        connection.execute(insert(Assignment), [grant])
    assert counted(figures(desk, "tam")) == {"patrols": 1}
    assert counted(figures(desk, "tam", area=CAI_KHE)) == {}
