"""GET /api/v1/feed on both stores: order, filters, what changed since, nothing skipped, nothing foreign."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event

from backend.config import Settings
from backend.database import READER, db
from tests.support.reading import Desk, at, open_desk
from tests.support.world import CAI_KHE, CITY, GROUP, PHONG_DIEN, QUARTER, id_of

TODAY = "2026-11-23"


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings, at(TODAY)) as opened:
        yield opened


def ids(answer: dict[str, Any]) -> list[str]:
    return [item["id"] for item in answer["items"]]


def write_patrols(desk: Desk, count: int, user: str = "an", unit: str = CAI_KHE) -> list[str]:
    """Patrols, a second apart; the newest first."""
    found = []
    for _ in range(count):
        desk.now_ms += 1_000
        found.append(desk.write(user, "patrol", {"started_at": desk.now_ms}, unit=unit))
    return found[::-1]


def test_pages_go_back_in_order_of_receipt_over_all_units(desk: Desk) -> None:
    wanted = []
    for _ in range(3):
        wanted = write_patrols(desk, 1) + wanted
        wanted = write_patrols(desk, 1, "dung", PHONG_DIEN) + wanted
    first = desk.ask("lan", "/feed", limit=4)
    second = desk.ask("lan", "/feed", limit=4, before=first["next"])
    assert (ids(first) + ids(second), second["next"]) == (wanted, None)
    assert ids(desk.ask("an", "/feed")) == wanted[1::2]


def test_records_of_one_millisecond_are_listed_once_each(desk: Desk) -> None:
    wanted = {desk.write("an", "patrol", {"officers": n}) for n in range(5)}
    seen: list[str] = []
    before: dict[str, str] = {}
    for _ in range(5):
        page = desk.ask("an", "/feed", limit=1, **before)
        seen += ids(page)
        before = {"before": page["next"]}
    assert (set(seen), len(seen), page["next"]) == (wanted, 5, None)


def test_an_item_carries_children_photos_review_and_names(desk: Desk) -> None:
    patrol = desk.write("an", "patrol", {"started_at": at(TODAY), "place": QUARTER})
    incident = desk.write("binh", "incident", {"parent": patrol, "cases": 1})
    photo = desk.write("an", "photo", {"parent": incident, "sha256": "0" * 64})
    desk.write("chi", "review", {"parent": patrol, "verdict": "confirmed", "comment": "Tốt"})
    desk.write("an", "track", {"parent": patrol, "k": 0})
    (item,) = desk.ask("chi", "/feed")["items"]
    assert (item["id"], item["place_name"], item["unit_name"], item["day"]) == (
        patrol, "Khu vực 1", "Phường Cái Khế", TODAY
    )  # fmt: skip
    assert [child["id"] for child in item["children"]] == [incident]
    assert item["children"][0]["photos"] == [{"id": photo, "sha256": "0" * 64, "received": False}]
    assert (item["photos"], item["flags"]) == ([], [])
    commander = {"id": id_of("chi"), "name": "Đồng chí chi"}
    assert item["review"] == {"verdict": "confirmed", "comment": "Tốt", "by": commander}


def test_the_review_of_a_day_stands_for_its_records_without_one(desk: Desk) -> None:
    own = desk.write("an", "patrol", {"started_at": at("2026-11-22")})
    desk.write("binh", "patrol", {"started_at": at("2026-11-22")})
    desk.write("chi", "review", {"day": "2026-11-22", "author": id_of("an"), "verdict": "returned"})
    items = desk.ask("chi", "/feed", kind="patrol")["items"]
    assert {item["id"]: item["review"] and item["review"]["verdict"] for item in items}[own] == "returned"
    assert sorted(item["review"] is None for item in items) == [False, True]


def test_filters(desk: Desk) -> None:
    campaign = desk.write("giang", "campaign", {"name": "Cao điểm"}, unit=CITY)
    patrol = desk.write("an", "patrol", {"route": "Đường Trần Phú", "started_at": at("2026-11-20"), "place": QUARTER})
    meeting = desk.write("binh", "meeting", {"started_at": at("2026-11-21"), "place": GROUP, "campaign": campaign})
    incident = desk.write("an", "incident", {"parent": patrol, "note": "karaoke"})
    foreign = desk.write("dung", "patrol", {"started_at": at("2026-11-21")}, unit=PHONG_DIEN)
    asked: list[tuple[dict[str, str], list[str]]] = [
        ({"kind": "patrol"}, [patrol, foreign]),
        ({"kind": "incident"}, [incident]),
        ({"author": id_of("binh")}, [meeting]),
        ({"campaign": campaign}, [meeting]),
        ({"from_": "2026-11-21", "area": CAI_KHE, "to": "2026-11-21"}, [meeting]),
        ({"q": "TRAN duong"}, [patrol]),
        ({"q": "100%"}, []),
        ({"area": QUARTER}, [patrol, meeting]),
        ({"area": GROUP}, [meeting]),
        ({"area": PHONG_DIEN}, [foreign]),
    ]
    for arguments, wanted in asked:
        assert sorted(ids(desk.ask("lan", "/feed", **arguments))) == sorted(wanted), arguments


def test_void_records_only_when_asked_for(desk: Desk) -> None:
    patrol = desk.write("an", "patrol", {"officers": 1})
    desk.write("an", "patrol", {"void": "trùng"}, record=patrol, saw=[])
    assert ids(desk.ask("an", "/feed")) == []
    assert ids(desk.ask("an", "/feed", void="true")) == [patrol]


def test_after_brings_what_was_created_or_changed_in_the_order_of_the_changes(desk: Desk) -> None:
    old = write_patrols(desk, 2)
    newest = desk.ask("chi", "/feed")["newest"]
    assert desk.ask("chi", "/feed", after=newest) == {"items": [], "next": None, "newest": newest, "gone": []}
    new = write_patrols(desk, 2)
    desk.write("binh", "incident", {"parent": old[1]})
    answer = desk.ask("chi", "/feed", after=newest)
    assert (ids(answer), answer["next"]) == ([new[1], new[0], old[1]], None)
    assert len(answer["items"][2]["children"]) == 1
    desk.write("an", "patrol", {"void": "trùng"}, record=new[0], saw=[])
    later = desk.ask("chi", "/feed", after=answer["newest"])
    assert (ids(later), later["gone"]) == ([], [new[0]])


def test_changes_come_in_one_order_whatever_the_pages(desk: Desk) -> None:
    oldest, old = write_patrols(desk, 2)[::-1]
    newest = desk.ask("lan", "/feed")["newest"]
    new = write_patrols(desk, 2)[::-1]
    incident = desk.write("binh", "incident", {"parent": old})
    desk.write("an", "patrol", {"note": "thêm"}, record=oldest)
    foreign = write_patrols(desk, 3, "dung", PHONG_DIEN)[::-1]
    # a photo of an incident of a patrol changes the patrol
    late = write_patrols(desk, 1)
    desk.write("an", "photo", {"parent": incident})
    own = [*new, old, oldest, *late]
    whole = ids(desk.ask("lan", "/feed", after=newest))
    assert [found for found in whole if found in foreign] == foreign
    assert [found for found in whole if found not in foreign] == own
    for limit in (1, 2, 3):
        seen, place = [], newest
        while True:
            answer = desk.ask("lan", "/feed", after=place, limit=limit)
            seen += ids(answer)
            place = answer["newest"]
            if answer["next"] is None:
                break
        first_seen = list(dict.fromkeys(seen))
        assert first_seen == whole
        # the photo brought it once more, unless both changes were on one page
        assert seen.count(old) <= 2


def test_a_short_page_of_changes_skips_nothing(desk: Desk) -> None:
    newest = desk.ask("lan", "/feed")["newest"]
    wanted = set(write_patrols(desk, 3) + write_patrols(desk, 4, "dung", PHONG_DIEN))
    seen: set[str] = set()
    for _ in range(20):
        answer = desk.ask("lan", "/feed", after=newest, limit=2)
        seen |= set(ids(answer))
        newest = answer["newest"]
        if answer["next"] is None:
            break
    assert seen == wanted
    assert desk.ask("lan", "/feed", after=newest)["items"] == []


@pytest.mark.parametrize("after", ["x", "é.1", "0" * 12 + ".0.0.0", ".", "..-1.0"])
def test_a_foreign_place_is_refused(desk: Desk, after: str) -> None:
    assert desk.problem("lan", "/feed", after=after) == (400, "parameter-invalid")


def test_other_faults_of_a_question(desk: Desk) -> None:
    newest = desk.ask("lan", "/feed")["newest"]
    assert desk.problem("lan", "/feed", area=CAI_KHE, after=newest) == (400, "parameter-invalid")
    assert desk.problem("lan", "/feed", before="bm8") == (400, "parameter-invalid")
    for arguments in ({"kind": "egg"}, {"from_": "2026-W48"}, {"void": "1"}, {"q": "\0"}):
        assert desk.problem("lan", "/feed", **arguments) == (400, "parameter-invalid"), arguments
    assert desk.problem("lan", "/feed", sort="up") == (400, "parameter-unknown")


@pytest.mark.parametrize("limit", ["0", "201", "٥", "1_0", "+5", " 5", "5.0", "05", "-1", "", "1e1", "9" * 5_000])
@pytest.mark.parametrize("path", ["/feed", "/held", "/conflicts", "/areas"])
def test_a_limit_is_written_in_one_way(desk: Desk, path: str, limit: str) -> None:
    assert desk.problem("chi", path, limit=limit) == (400, "parameter-invalid")
    assert desk.get("chi", path, limit="5").status_code == 200


@pytest.mark.parametrize("path", ["/feed", "/held", "/conflicts", "/areas"])
def test_a_parameter_is_said_once(desk: Desk, path: str) -> None:
    assert desk.problem("chi", f"{path}?limit=1&limit=2") == (400, "parameter-invalid")
    assert desk.problem("chi", f"{path}?limit=1&%6Cimit=1") == (400, "parameter-invalid")
    assert desk.problem("chi", f"{path}?limits=1&limits=1") == (400, "parameter-unknown")


@pytest.mark.parametrize(
    "day",
    ["2026-1-1", "٢٠٢٦-٠١-٠١", "1969-12-31", "2026-02-30", "10000-01-01", "2026-01-01 ", "20260101", "", "0000-00-00"],
)
def test_a_day_is_written_in_one_way(desk: Desk, day: str) -> None:
    for name in ("from_", "to"):
        assert desk.problem("chi", "/feed", **{name: day}) == (400, "parameter-invalid")


def test_days_go_from_1970_to_9999_and_never_backwards(desk: Desk) -> None:
    (patrol,) = write_patrols(desk, 1)
    assert ids(desk.ask("chi", "/feed", from_="1970-01-01", to="9999-12-31")) == [patrol]
    assert ids(desk.ask("chi", "/feed", from_=TODAY, to=TODAY)) == [patrol]
    assert desk.problem("chi", "/feed", from_="2026-11-24", to=TODAY) == (400, "parameter-invalid")


def test_an_unchanged_feed_answers_304_from_the_counters_alone(desk: Desk) -> None:
    write_patrols(desk, 1)
    first = desk.get("chi", "/feed")
    statements: list[str] = []
    with desk.app.app_context():
        engine = db.engines[READER]
    event.listen(engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    again = desk.get("chi", "/feed", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    assert not any("record" in statement for statement in statements)
    assert (
        desk.get("chi", "/feed", {"If-None-Match": first.headers["ETag"], "Accept-Language": "en"}).status_code == 200
    )
    assert desk.get("chi", "/feed", {"If-None-Match": first.headers["ETag"]}, void="true").status_code == 200
    write_patrols(desk, 1)
    assert desk.get("chi", "/feed", {"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_who_may_read_it(desk: Desk) -> None:
    write_patrols(desk, 1, "dung", PHONG_DIEN)
    assert ids(desk.ask("an", "/feed")) == []
    assert desk.problem("an", "/feed", area=PHONG_DIEN) == (404, "not-found")
    assert desk.problem("an", "/feed", area=id_of("nowhere")) == (404, "not-found")
    for user in ("tam", "quan"):
        assert desk.problem(user, "/feed") == (403, "role-not-allowed")
