"""A browser that has erased a phone's store: its user and the commander are told when they sign in anew."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from backend.config import Settings
from backend.database import writing
from backend.models import Assignment, User
from backend.services.passwords import hash_password
from tests.support.phone import new_id
from tests.support.reading import Desk, at, open_desk
from tests.support.world import CAI_KHE, id_of

X = {"X-Diaban": "1"}
PASSWORD = "một mật khẩu dài"


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings, at("2026-11-23")) as opened:
        with opened.app.app_context(), writing() as connection:
            connection.execute(update(User).values(password_hash=hash_password(PASSWORD)))
        yield opened


def sign_in(client: FlaskClient, user: str, **device: str) -> dict[str, object]:
    body = {"username": user, "password": PASSWORD, "device": {"name": "", **device}, "mode": "cookie"}
    answer = client.post("/api/v1/sessions", json=body, headers=X)
    assert answer.status_code == 201, answer.get_json()
    return dict(answer.get_json()["device"])


def push(client: FlaskClient, device: object, holds: int) -> None:
    operation = {
        "n": 1, "tag": "aaaaaaaa", "record": new_id(), "kind": "patrol", "partition": CAI_KHE,
        "set": {"route": "A"}, "prev": {}, "stamp": [1, 0], "observed": {}, "schema": 1,
    }  # fmt: skip
    body = {
        "protocol": 1, "device": device, "batch": new_id(), "now": 1, "holds": holds, "operations": [operation],
        "cursors": {}, "pull": 0,
    }  # fmt: skip
    answer = client.post("/api/v1/sync", json=body, headers=X)
    assert answer.get_json()["receipts"][0]["status"] == "accepted", answer.get_json()


def test_whoever_signs_in_anew_in_the_same_browser_hears_of_it_and_the_commander_too(desk: Desk) -> None:
    browser = desk.app.test_client()
    before = sign_in(browser, "an")
    push(browser, before["id"], holds=3)
    assert desk.ask("chi", "/devices?lost_store=true")["items"] == []
    after = sign_in(browser, "an")
    assert after["lost_store"] == {"received": 1, "unsent": 3}
    (lost,) = desk.ask("chi", "/devices?lost_store=true")["items"]
    assert (lost["id"], lost["user"]["name"], lost["holds"], lost["lost_store_ms"]) == (
        before["id"], "Đồng chí an", 3, desk.now_ms
    )  # fmt: skip


def test_nothing_is_lost_where_the_phone_names_its_device_or_was_signed_out(desk: Desk) -> None:
    browser = desk.app.test_client()
    first = sign_in(browser, "an")
    # the answer was lost on its way, and the phone asks again
    assert "lost_store" not in sign_in(browser, "an")
    assert "lost_store" not in sign_in(browser, "an", id=str(first["id"]))
    assert browser.delete("/api/v1/sessions", headers=X).status_code == 204
    assert "lost_store" not in sign_in(browser, "an")
    # somebody else with the same phone
    assert "lost_store" not in sign_in(browser, "binh")
    assert desk.ask("chi", "/devices?lost_store=true")["items"] == []


def test_devices_are_listed_page_by_page_for_those_who_oversee_them(desk: Desk) -> None:
    for user in ("an", "binh", "dung"):
        desk.who(user)
    found = []
    place = ""
    while True:
        page = desk.ask("chi", f"/devices?limit=1{place}")
        found += [item["user"]["name"] for item in page["items"]]
        if page["next"] is None:
            break
        place = f"&before={page['next']}"
    assert sorted(found) == ["Đồng chí an", "Đồng chí binh", "Đồng chí chi"]
    assert desk.get("an", "/devices").status_code == 403
    # whoever has gone to another unit is that commander's
    with desk.app.app_context(), writing() as connection:
        connection.execute(update(Assignment).where(Assignment.user == id_of("an")).values(to_on="2020-01-01"))
    assert "Đồng chí an" not in {item["user"]["name"] for item in desk.ask("chi", "/devices")["items"]}
    assert desk.get("chi", "/devices?before=x").status_code == 400
