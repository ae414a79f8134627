"""GET /api/v1/held: one's own, the unit's for its commander, the units' for the coordinator."""

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


def hold(desk: Desk, user: str, unit: str = CAI_KHE, value: object = 1.5) -> int:
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
    assert held["operation"]["set"] == {"officers": 1.5}
    assert held["author"] == {"id": id_of("an"), "name": "Đồng chí an"}
    assert held["code"] == "value-invalid"
    assert held["title"]
    assert "%(" not in held["title"] + held["detail"]


def test_half_a_character_comes_back_as_it_was(desk: Desk) -> None:
    hold(desk, "an", value="\ud800")
    assert desk.ask("an", "/held")["items"][0]["operation"]["set"] == {"officers": "\ud800"}


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


def test_pages_newest_first(desk: Desk) -> None:
    for _ in range(3):
        desk.now_ms += 1_000
        hold(desk, "an")
    first = desk.ask("chi", "/held", limit=2)
    second = desk.ask("chi", "/held", limit=2, before=first["next"])
    assert [held["n"] for held in first["items"] + second["items"]] == [3, 2, 1]
    assert second["next"] is None
