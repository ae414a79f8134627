"""GET /api/v1/records/<id> and its history."""

from collections.abc import Iterator

import pytest

from backend.config import Settings
from tests.support.phone import new_id
from tests.support.reading import Desk, at, open_desk
from tests.support.world import CAI_KHE, PHONG_DIEN, id_of


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings, at("2026-11-23")) as opened:
        yield opened


def test_history_tells_who_said_what_and_what_it_replaced(desk: Desk) -> None:
    patrol = desk.write("an", "patrol", {"officers": 2, "route": "A"})
    first = desk.heads("an", patrol)
    desk.now_ms += 1_000
    desk.write("binh", "patrol", {"officers": 3}, record=patrol, prev={"officers": first["officers"]})
    said = desk.ask("chi", f"/records/{patrol}/history")
    assert said["next"] is None
    one, two = said["items"]
    assert (one["author"], one["set"], one["replaced"]) == (
        {"id": id_of("an"), "name": "Đồng chí an"}, {"officers": 2, "route": "A"}, {}
    )  # fmt: skip
    assert two["replaced"] == {"officers": [{"id": first["officers"][0], "value": 2}]}
    assert (two["device"], two["received_ms"], two["status"]) == (desk.who("binh").device, desk.now_ms, "accepted")
    assert two["observed"]["offset_ms"] == 0


def test_history_in_pages(desk: Desk) -> None:
    patrol = desk.write("an", "patrol", {"officers": 0})
    for n in range(1, 5):
        desk.write("an", "patrol", {"officers": n}, record=patrol, prev=desk.heads("an", patrol))
    seen: list[int] = []
    before: dict[str, str] = {}
    for _ in range(5):
        page = desk.ask("chi", f"/records/{patrol}/history", limit=2, **before)
        seen += [said["set"]["officers"] for said in page["items"]]
        if page["next"] is None:
            break
        before = {"before": page["next"]}
    assert seen == [0, 1, 2, 3, 4]


def test_ones_own_held_operations_are_shown_and_those_of_others_are_not(desk: Desk) -> None:
    patrol = desk.write("an", "patrol", {"officers": 1})
    phone = desk.phone("binh")
    held = phone.operation(patrol, "patrol", CAI_KHE, {"officers": "three"})
    assert phone.sync([held])["receipts"][0]["status"] == "held"
    assert [each["code"] for each in desk.ask("binh", f"/records/{patrol}")["held"]] == ["value-invalid"]
    assert desk.ask("an", f"/records/{patrol}")["held"] == []
    statuses = {
        user: [said["status"] for said in desk.ask(user, f"/records/{patrol}/history")["items"]]
        for user in ("an", "binh", "chi")
    }
    assert statuses == {"an": ["accepted"], "binh": ["accepted", "held"], "chi": ["accepted", "held"]}


def test_foreign_and_absent_records_are_the_same(desk: Desk) -> None:
    foreign = desk.write("dung", "patrol", {"officers": 1}, unit=PHONG_DIEN)
    for record in (foreign, new_id()):
        for path in (f"/records/{record}", f"/records/{record}/history"):
            assert desk.problem("an", path) == (404, "not-found")
            assert desk.problem("quan", path) == (404, "not-found")
    assert desk.ask("lan", f"/records/{foreign}")["id"] == foreign
    assert desk.problem("an", "/records/x") == (404, "not-found")


def test_a_void_record_is_still_shown(desk: Desk) -> None:
    patrol = desk.write("an", "patrol", {"officers": 1})
    child = desk.write("an", "incident", {"parent": patrol, "void": "sai"})
    desk.write("an", "patrol", {"void": "trùng"}, record=patrol, saw=[])
    answer = desk.ask("an", f"/records/{patrol}")
    assert (answer["fields"]["void"][0], [own["id"] for own in answer["children"]]) == ("trùng", [child])
