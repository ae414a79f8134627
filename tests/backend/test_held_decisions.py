"""POST /api/v1/held/<id>/release and /close: a person lets a held operation in, or puts it away; nothing is lost."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, update

from backend.config import Settings
from backend.database import reading, writing
from backend.models import Assignment, Device, Operation, Record
from tests.support.phone import Phone, Wire, new_id
from tests.support.reading import Desk, at, open_desk
from tests.support.world import CAI_KHE, CITY, PHONG_DIEN, QUARTER, id_of

DAY_MS = 86_400_000
TODAY = {"from_": "2026-11-23", "to": "2026-11-23"}
REASON = {"reason": "máy đã tìm lại, số liệu đúng"}


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings, at("2026-11-23")) as opened:
        yield opened


def mark(desk: Desk, user: str, state: str) -> None:
    device = desk.who(user).device
    with desk.app.app_context(), writing() as connection:
        connection.execute(update(Device).where(Device.id == device).values(state=state))


def dismiss(desk: Desk, user: str) -> None:
    """End every assignment of a user."""
    with desk.app.app_context(), writing() as connection:
        connection.execute(update(Assignment).where(Assignment.user == id_of(user)).values(to_on="2026-11-22"))


def push(desk: Desk, user: str, values: dict[str, Any], **more: Any) -> tuple[Phone, Wire, Any]:
    """One operation of a patrol in Cái Khế; the phone, the operation and its receipt."""
    phone = desk.phone(user)
    told = {"stamp": [desk.now_ms, 0], "kind": "patrol", "partition": CAI_KHE, "record": new_id()} | more
    operation = phone.operation(told.pop("record"), told.pop("kind"), told.pop("partition"), values, **told)
    return phone, operation, phone.sync([operation])["receipts"][0]


def held_id(desk: Desk, user: str = "chi") -> str:
    """The id of the only held operation that a user sees."""
    (item,) = desk.ask(user, "/held")["items"]
    return str(item["id"])


def lose(desk: Desk, values: dict[str, Any], **more: Any) -> tuple[Phone, Wire, str]:
    """What a phone that was reported lost hands in: the phone, the operation, and its id in the list of held."""
    mark(desk, "an", "lost")
    phone, operation, receipt = push(desk, "an", values, **more)
    assert (receipt["status"], receipt["code"]) == ("held", "device-lost")
    return phone, operation, held_id(desk)


def decide(desk: Desk, user: str, held: str, what: str, body: Any = REASON) -> tuple[int, Any]:
    response = desk.post(user, f"/held/{held}/{what}", body)
    return response.status_code, response.get_json()


def code_of(answer: tuple[int, Any]) -> tuple[int, str]:
    return answer[0], answer[1]["type"].removeprefix("/problems/")


def rows_of(desk: Desk) -> list[Any]:
    with desk.app.app_context(), reading() as connection:
        return list(connection.execute(select(Operation.__table__).order_by(Operation.device, Operation.n)))


def test_what_a_lost_phone_handed_in_is_let_in_by_the_commander(desk: Desk) -> None:
    _, operation, held = lose(desk, {"officers": 3, "place": QUARTER, "started_at": desk.now_ms})
    status, item = decide(desk, "chi", held, "release")
    assert (status, item["status"], item["code"], item["may_decide"]) == (200, "accepted", None, False)
    assert item["decision"] == {"by": {"id": id_of("chi"), "name": "Đồng chí chi"}, "at_ms": desk.now_ms, **REASON}
    assert desk.ask("chi", "/held")["items"] == []
    record = desk.ask("binh", f"/records/{operation['record']}")
    assert (record["fields"]["officers"][0], record["created"]["by"]["name"]) == (3, "Đồng chí an")
    assert desk.phone("binh").pull_all(CAI_KHE).keys() == {operation["record"]}


def test_it_counts_from_then_on_and_not_before(desk: Desk) -> None:
    _, _, held = lose(desk, {"officers": 3, "place": QUARTER, "started_at": desk.now_ms})
    desk.drain()
    assert desk.ask("chi", "/figures", **TODAY)["total"]["figures"]["patrols"] in (None, 0)
    decide(desk, "chi", held, "release")
    desk.drain()
    assert desk.ask("chi", "/figures", **TODAY)["total"]["figures"]["patrols"] == 1


@pytest.mark.parametrize(("ahead_ms", "suspect"), [(0, False), (9 * DAY_MS, True)])
def test_it_keeps_the_effective_ms_of_its_first_receipt(desk: Desk, ahead_ms: int, suspect: bool) -> None:
    received_ms = desk.now_ms
    phone, operation, held = lose(desk, {"officers": 3}, stamp=[desk.now_ms + ahead_ms, 0])
    desk.now_ms += 3 * DAY_MS
    _, item = decide(desk, "chi", held, "release")
    assert (item["effective_ms"], item["suspect"]) == (received_ms + min(ahead_ms, 300_000), suspect)
    again = phone.sync([operation])
    assert [again["receipts"][0][name] for name in ("status", "effective_ms", "suspect")] == [
        "accepted", item["effective_ms"], suspect
    ]  # fmt: skip
    assert again["device"]["held"] == []
    flags = desk.ask("chi", f"/records/{operation['record']}")["flags"]
    assert ("suspect_clock" in flags) is suspect


def test_what_others_wrote_meanwhile_stays_beside_it(desk: Desk) -> None:
    patrol = desk.write("an", "patrol", {"officers": 1})
    seen = desk.heads("an", patrol)
    mark(desk, "an", "lost")
    push(desk, "an", {"officers": 2}, record=patrol, prev=seen)
    desk.now_ms += 1_000
    desk.write("binh", "patrol", {"officers": 3}, record=patrol, prev=seen)
    decide(desk, "chi", held_id(desk), "release")
    (conflict,) = desk.ask("chi", "/conflicts")["items"]
    assert [(head["value"], head["shown"]) for head in conflict["heads"]] == [(3, True), (2, False)]


def test_an_edit_may_be_let_in_before_the_record_it_edits(desk: Desk) -> None:
    mark(desk, "an", "lost")
    phone, first, _ = push(desk, "an", {"officers": 1, "route": "A"})
    push(desk, "an", {"officers": 2}, record=first["record"], prev={"officers": [phone.id_of(first)]})
    edit, creation = (item["id"] for item in sorted(desk.ask("chi", "/held")["items"], key=lambda item: -item["n"]))
    for held in (edit, creation):
        assert decide(desk, "chi", held, "release")[0] == 200
    answer = desk.ask("chi", f"/records/{first['record']}")
    assert {name: head[0] for name, head in answer["fields"].items()} == {"officers": 2, "route": "A"}
    assert answer["siblings"] == {}


def test_a_voiding_that_was_held_hides_its_record_once_it_is_let_in(desk: Desk) -> None:
    patrol = desk.write("an", "patrol", {"officers": 1})
    saw = [name for ids in desk.heads("an", patrol).values() for name in ids]
    mark(desk, "an", "lost")
    push(desk, "an", {"void": "trùng"}, record=patrol, saw=saw)
    assert [item["id"] for item in desk.ask("chi", "/feed")["items"]] == [patrol]
    decide(desk, "chi", held_id(desk), "release")
    assert desk.ask("chi", "/feed")["items"] == []


def test_what_its_author_may_no_longer_write_is_let_in_on_the_commanders_own_right(desk: Desk) -> None:
    """P15: released by itself when access is given back, or by decision."""
    desk.who("an")
    dismiss(desk, "an")
    _, operation, receipt = push(desk, "an", {"officers": 3})
    assert receipt["code"] == "not-granted"
    assert decide(desk, "chi", held_id(desk), "release")[0] == 200
    assert desk.ask("chi", f"/records/{operation['record']}")["created"]["by"]["id"] == id_of("an")


def test_what_the_commander_may_not_write_either_stays_held(desk: Desk) -> None:
    push(desk, "an", {"title": "tờ rơi"}, kind="leaflet")
    answer = decide(desk, "chi", held_id(desk), "release")
    assert code_of(answer) == (409, "still-held")
    assert [fault["code"] for fault in answer[1]["errors"]] == ["not-granted"]
    assert held_id(desk)


@pytest.mark.parametrize(
    ("values", "more", "code"),
    [
        ({"officers": "three"}, {}, "value-invalid"),
        ({"colour": 1}, {}, "unknown-field"),
        ({"officers": 3}, {"surprise": 1}, "operation-invalid"),
        ({"officers": 3}, {"partition": PHONG_DIEN}, "not-granted"),
        ({}, {"kind": "parade"}, "unknown-kind"),
    ],
)
def test_what_cannot_be_accepted_stays_held_and_says_why(
    desk: Desk, values: dict[str, Any], more: dict[str, Any], code: str
) -> None:
    _, _, held = lose(desk, values, **more)
    before = rows_of(desk)[0]
    answer = decide(desk, "chi", held, "release")
    assert (code_of(answer), answer[1]["errors"][0]["code"]) == ((409, "still-held"), code)
    assert "%(" not in answer[1]["detail"]
    (item,) = desk.ask("chi", "/held")["items"]
    assert (item["id"], item["code"], item["decision"]) == (held, code, None)
    assert rows_of(desk)[0].text == before.text
    with desk.app.app_context(), reading() as connection:
        assert connection.execute(select(Record.id)).all() == []


def test_a_fork_is_never_let_in(desk: Desk) -> None:
    phone, first, receipt = push(desk, "an", {"officers": 1})
    assert receipt["status"] == "accepted"
    twin = {**first, "set": {"officers": 2}}
    assert phone.sync([twin])["receipts"][0]["code"] == "forked"
    answer = decide(desk, "chi", held_id(desk), "release")
    assert (code_of(answer), answer[1]["errors"][0]["code"]) == ((409, "still-held"), "forked")
    assert desk.ask("chi", f"/records/{first['record']}")["fields"]["officers"][0] == 1


def test_what_is_closed_keeps_its_text_its_reason_and_who_closed_it(desk: Desk) -> None:
    phone, operation, held = lose(desk, {"officers": 3})
    text = rows_of(desk)[0].text
    status, item = decide(desk, "chi", held, "close", {"reason": "  ghi thử  "})
    assert (status, item["status"], item["code"]) == (200, "closed", "device-lost")
    assert item["decision"]["reason"] == "ghi thử"
    assert desk.ask("chi", "/held")["items"] == []
    (row,) = rows_of(desk)
    assert (row.text, row.status, row.decided_by, row.decided_ms) == (text, "closed", id_of("chi"), desk.now_ms)
    for user in ("an", "chi"):
        mark(desk, "an", "active")
        (closed,) = desk.ask(user, "/held", state="closed")["items"]
        assert (closed["id"], closed["operation"]["set"]) == (held, {"officers": 3})
        assert closed["decision"]["by"]["name"] == "Đồng chí chi"
    again = phone.sync([operation])
    assert (again["receipts"][0]["status"], again["device"]["held"]) == ("held", [])


def test_the_history_says_what_was_decided(desk: Desk) -> None:
    patrol = desk.write("binh", "patrol", {"officers": 1})
    mark(desk, "an", "lost")
    for officers in (2, 3):
        push(desk, "an", {"officers": officers}, record=patrol, prev=desk.heads("binh", patrol))
    first, second = (item["id"] for item in sorted(desk.ask("chi", "/held")["items"], key=lambda item: item["n"]))
    decide(desk, "chi", first, "release", {"reason": "đúng"})
    decide(desk, "chi", second, "close", {"reason": "sai"})
    said = desk.ask("chi", f"/records/{patrol}/history")["items"]
    told = {each["set"]["officers"]: (each["status"], (each["decision"] or {}).get("reason")) for each in said}
    assert told == {1: ("accepted", None), 2: ("accepted", "đúng"), 3: ("closed", "sai")}


@pytest.mark.parametrize(("first", "other"), [("release", "close"), ("close", "release")])
def test_the_first_decision_stands_and_again_changes_nothing(desk: Desk, first: str, other: str) -> None:
    _, _, held = lose(desk, {"officers": 3})
    _, item = decide(desk, "chi", held, first)
    pulled = desk.phone("binh").pull_all(CAI_KHE)
    desk.now_ms += 1_000
    assert decide(desk, "chi", held, first, {"reason": "lần nữa"}) == (200, item)
    assert code_of(decide(desk, "chi", held, other)) == (409, "already-decided")
    assert desk.phone("binh").pull_all(CAI_KHE) == pulled


def test_who_decides(desk: Desk) -> None:
    _, _, held = lose(desk, {"officers": 3})
    assert [item["may_decide"] for user in ("chi", "giang") for item in desk.ask(user, "/held")["items"]] == [
        True, False
    ]  # fmt: skip
    mark(desk, "an", "active")
    refusals = {user: code_of(decide(desk, user, held, "close")) for user in ("an", "binh", "dung", "giang", "quan")}
    assert set(refusals.values()) == {(403, "role-not-allowed")}
    with desk.app.app_context(), writing() as connection:
        of_dung = Assignment.user == id_of("dung")
        connection.execute(update(Assignment).where(of_dung).values(role="commander"))
    for absent in (held, new_id(), "x"):
        assert code_of(decide(desk, "dung", absent, "close")) == (404, "not-found")
    assert decide(desk, "chi", held, "close")[0] == 200


def test_a_citys_own_are_decided_by_its_coordinator(desk: Desk) -> None:
    desk.who("giang")
    mark(desk, "giang", "lost")
    push(desk, "giang", {"name": "Cao điểm"}, kind="campaign", partition=CITY)
    with desk.app.app_context(), writing() as connection:
        connection.execute(update(Device).values(state="active"))
    assert desk.ask("chi", "/held")["items"] == []
    assert decide(desk, "giang", held_id(desk, "giang"), "release")[0] == 200


def test_a_reason_is_needed(desk: Desk) -> None:
    _, _, held = lose(desk, {"officers": 3})
    for body in ({}, {"reason": ""}, {"reason": "  "}, {"reason": 1}, {"reason": "x" * 501}, {**REASON, "more": 1}):
        for what in ("release", "close"):
            assert code_of(decide(desk, "chi", held, what, body)) == (422, "request-invalid"), body
    assert desk.ask("chi", "/held")["items"][0]["decision"] is None


def test_an_unchanged_list_costs_a_304(desk: Desk) -> None:
    _, _, held = lose(desk, {"officers": 3})
    first = desk.get("chi", "/held")
    same = desk.get("chi", "/held", headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    decide(desk, "chi", held, "close")
    changed = desk.get("chi", "/held", headers={"If-None-Match": first.headers["ETag"]})
    assert (changed.status_code, changed.get_json()["items"]) == (200, [])
    assert desk.problem("chi", "/held", state="open") == (400, "parameter-invalid")
