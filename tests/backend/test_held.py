"""GET /api/v1/held: one's own, the unit's for its commander, the units' for the coordinator."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import update

from backend.config import Settings
from backend.database import writing
from backend.models import Assignment
from sync.limits import HELD_LISTED_MAX, OPERATION_BYTES_MAX
from tests.support.phone import new_id
from tests.support.reading import Desk, at, open_desk
from tests.support.world import CAI_KHE, PHONG_DIEN, id_of


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings, at("2026-11-23")) as opened:
        yield opened


def hold(desk: Desk, user: str, unit: str = CAI_KHE, value: object = "three") -> int:
    """Push an operation that cannot be accepted; its number."""
    phone = desk.phone(user)
    operation = phone.operation(new_id(), "patrol", unit, {"officers": value})
    receipt = phone.sync([operation])["receipts"][0]
    assert receipt["status"] == "held"
    return int(operation["n"])


def test_an_operation_is_given_back_as_it_was_sent_with_its_sentence(desk: Desk) -> None:
    n = hold(desk, "an")
    (held,) = desk.ask("an", "/held")["items"]
    assert (held["device"], held["n"], held["received_ms"]) == (desk.who("an").device, n, desk.now_ms)
    assert held["operation"]["set"] == {"officers": "three"}
    assert held["author"] == {"id": id_of("an"), "name": "Đồng chí an"}
    assert held["code"] == "value-invalid"
    assert held["title"]
    assert "%(" not in held["title"] + held["detail"]


@pytest.mark.parametrize("written", ["9" * 5_000, "1e400", "-1e400", "1.5", "9007199254740993", '"\\ud800"'])
def test_what_not_every_reader_could_take_is_given_back_as_text(desk: Desk, written: str) -> None:
    patrol = desk.write("an", "patrol", {"route": "A"})
    phone = desk.phone("an")
    operation = phone.operation(patrol, "patrol", CAI_KHE, {"officers": "HERE"})
    body = json.dumps(phone.envelope([operation])).replace('"HERE"', written)
    headers = phone.who.headers
    answer = phone.client.post("/api/v1/sync", data=body, content_type="application/json", headers=headers).get_json()
    assert answer["receipts"][0]["status"] == "held"
    for path, name in (("/held", "items"), (f"/records/{patrol}", "held")):
        text = desk.get("an", path).get_data(as_text=True)
        # Python's own reader takes what others do not
        (held,) = json.loads(text, parse_float=no_fraction, parse_int=as_53_bits)[name]
        assert f'"officers":{written}' in held["operation"].replace(" ", "")
    assert desk.get("an", f"/records/{patrol}/history").status_code == 200


def no_fraction(text: str) -> float:
    raise AssertionError(text)


def as_53_bits(text: str) -> int:
    """An integer that every reader takes."""
    assert len(text) < 17
    return int(text)


def test_who_sees_whose(desk: Desk) -> None:
    for user, unit in (("an", CAI_KHE), ("binh", CAI_KHE), ("dung", PHONG_DIEN)):
        hold(desk, user, unit)
    seen = {
        user: sorted(held["author"]["name"].split()[-1] for held in desk.ask(user, "/held")["items"])
        for user in ("an", "chi", "giang", "tam")
    }
    assert seen == {"an": ["an"], "chi": ["an", "binh"], "giang": ["an", "binh", "dung"], "tam": []}
    for user in ("lan", "quan"):
        assert desk.problem(user, "/held") == (403, "role-not-allowed")


def test_who_has_lost_every_role_still_sees_the_own(desk: Desk) -> None:
    hold(desk, "binh")
    n = hold(desk, "an")
    with desk.app.app_context(), writing() as connection:
        connection.execute(update(Assignment).where(Assignment.user == id_of("an")).values(to_on="2026-11-22"))
    assert [(held["author"]["id"], held["n"]) for held in desk.ask("an", "/held")["items"]] == [(id_of("an"), n)]


def test_pages_newest_first(desk: Desk) -> None:
    for _ in range(3):
        desk.now_ms += 1_000
        hold(desk, "an")
    first = desk.ask("chi", "/held", limit=2)
    second = desk.ask("chi", "/held", limit=2, before=first["next"])
    assert [held["n"] for held in first["items"] + second["items"]] == [3, 2, 1]
    assert second["next"] is None


def test_what_is_too_large_to_be_let_in_is_listed_without_its_text(desk: Desk) -> None:
    phone = desk.phone("an")
    made = phone.operation(new_id(), "patrol", CAI_KHE, {"note": "x" * (OPERATION_BYTES_MAX + 1)})
    assert phone.sync([made])["receipts"][0]["code"] == "operation-invalid"
    (held,) = desk.ask("an", "/held")["items"]
    assert (held["n"], held["operation"], held["code"]) == (made["n"], None, "operation-invalid")


def test_beyond_those_that_are_listed_others_are_released_when_their_cause_goes(desk: Desk) -> None:
    phone = desk.phone("an")
    wrong = [phone.operation(new_id(), "patrol", CAI_KHE, {"officers": "x"}) for _ in range(HELD_LISTED_MAX)]
    for start in range(0, len(wrong), 100):
        phone.sync(wrong[start : start + 100])
    good = phone.operation(new_id(), "patrol", PHONG_DIEN, {"officers": 3})
    assert phone.sync([good])["receipts"][0]["code"] == "not-granted"
    with desk.app.app_context(), writing() as connection:
        connection.execute(update(Assignment).where(Assignment.user == id_of("an")).values(area=PHONG_DIEN))
    for _ in range(2 + HELD_LISTED_MAX // 200):
        phone.sync()
    assert good["record"] in phone.pull_all(PHONG_DIEN)
