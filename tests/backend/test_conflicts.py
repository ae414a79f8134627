"""GET /api/v1/conflicts: every head with who said it; decided ones go."""

from collections.abc import Iterator

import pytest

from backend.config import Settings
from tests.support.reading import Desk, at, open_desk
from tests.support.world import PHONG_DIEN, id_of


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings, at("2026-11-23")) as opened:
        yield opened


def write_conflict(desk: Desk) -> str:
    """A patrol of which two officers say different things twice."""
    patrol = desk.write("an", "patrol", {"officers": 1, "route": "A"})
    seen = desk.heads("an", patrol)
    desk.now_ms += 1_000
    desk.write("an", "patrol", {"officers": 2, "route": "B"}, record=patrol, prev=seen)
    desk.now_ms += 1_000
    desk.write("binh", "patrol", {"officers": 3, "route": "C"}, record=patrol, prev=seen)
    return patrol


def test_each_field_with_siblings_has_its_heads(desk: Desk) -> None:
    patrol = write_conflict(desk)
    answer = desk.ask("chi", "/conflicts")
    assert [(each["record"], each["field"]) for each in answer["items"]] == [(patrol, "officers"), (patrol, "route")]
    shown, sibling = answer["items"][0]["heads"]
    assert (shown["value"], shown["shown"], shown["author"]["id"]) == (3, True, id_of("binh"))
    assert (sibling["value"], sibling["shown"], sibling["author"]["id"]) == (2, False, id_of("an"))
    assert (shown["device"], shown["at_ms"], shown["received_ms"]) == (
        desk.who("binh").device, desk.now_ms, desk.now_ms
    )  # fmt: skip


def test_each_value_has_who_said_it_on_which_device_and_when(desk: Desk) -> None:
    """P12: a clock far ahead is told beside what counts; P9: several may say the same."""
    received_ms = desk.now_ms
    patrol = desk.write("an", "patrol", {"officers": 1})
    desk.write("binh", "patrol", {"officers": 2}, record=patrol, stamp=[received_ms + 9_000_000, 0])
    desk.now_ms += 1_000
    desk.write("chi", "patrol", {"officers": 2}, record=patrol)
    (conflict,) = desk.ask("chi", "/conflicts", record=patrol)["items"]
    shown, sibling = conflict["heads"]
    names = [(said["author"]["name"], said["device_name"], said["suspect"]) for said in shown["said"]]
    assert names == [("Đồng chí binh", "Máy của binh", True), ("Đồng chí chi", "Máy của chi", False)]
    assert [said["id"] for said in shown["said"]] == shown["ids"]
    times = [shown[name] for name in ("at_ms", "effective_ms", "received_ms", "suspect")]
    assert times == [received_ms + 9_000_000, received_ms + 300_000, received_ms, True]
    assert [shown["said"][1][name] for name in ("at_ms", "effective_ms", "received_ms")] == [desk.now_ms] * 3
    assert (sibling["value"], sibling["device_name"], sibling["suspect"]) == (1, "Máy của an", False)


def test_a_decision_that_did_not_see_a_newer_value_leaves_it_open(desk: Desk) -> None:
    patrol = write_conflict(desk)
    heads = {each["field"]: each["heads"] for each in desk.ask("chi", "/conflicts")["items"]}["officers"]
    seen = {"officers": [name for head in heads for name in head["ids"]]}
    desk.now_ms += 1_000
    desk.write("tam", "patrol", {"officers": 9}, record=patrol)
    desk.now_ms += 1_000
    desk.write("chi", "patrol", {"officers": 3}, record=patrol, prev=seen)
    left = {each["field"]: each["heads"] for each in desk.ask("chi", "/conflicts")["items"]}["officers"]
    assert [(head["value"], head["author"]["id"]) for head in left] == [(3, id_of("chi")), (9, id_of("tam"))]


def test_of_one_record_only_and_unchanged_for_a_304(desk: Desk) -> None:
    one, other = write_conflict(desk), write_conflict(desk)
    found = desk.ask("chi", "/conflicts", record=one)["items"]
    assert [each["record"] for each in found] == [one, one]
    assert desk.ask("dung", "/conflicts", record=other)["items"] == []
    assert desk.problem("chi", "/conflicts", record="x") == (400, "parameter-invalid")
    tag = desk.get("chi", "/conflicts").headers["ETag"]
    assert desk.get("chi", "/conflicts", headers={"If-None-Match": tag}).status_code == 304
    desk.write("an", "patrol", {"officers": 5}, record=other)
    assert desk.get("chi", "/conflicts", headers={"If-None-Match": tag}).status_code == 200


def test_a_decision_that_names_all_heads_ends_it(desk: Desk) -> None:
    patrol = write_conflict(desk)
    named = {each["field"]: each["heads"] for each in desk.ask("chi", "/conflicts")["items"]}
    prev = {field: [name for head in heads for name in head["ids"]] for field, heads in named.items()}
    desk.write("chi", "patrol", {"officers": 3, "route": "B"}, record=patrol, prev=prev)
    assert desk.ask("chi", "/conflicts")["items"] == []


def test_pages_cut_between_fields_and_lose_none(desk: Desk) -> None:
    wanted = {(write_conflict(desk), field) for _ in range(3) for field in ("officers", "route")}
    wanted = {(record, field) for record, _ in wanted for field in ("officers", "route")}
    seen: list[tuple[str, str]] = []
    before: dict[str, str] = {}
    for _ in range(20):
        page = desk.ask("chi", "/conflicts", limit=1, **before)
        seen += [(each["record"], each["field"]) for each in page["items"]]
        if page["next"] is None:
            break
        before = {"before": page["next"]}
    assert (set(seen), len(seen)) == (wanted, len(wanted))


def test_only_of_ones_own_areas(desk: Desk) -> None:
    write_conflict(desk)
    assert desk.ask("dung", "/conflicts", limit=5)["items"] == []
    assert len(desk.ask("giang", "/conflicts")["items"]) == 2
    assert desk.problem("quan", "/conflicts") == (403, "role-not-allowed")
    assert desk.problem("chi", "/conflicts", unit=PHONG_DIEN) == (400, "parameter-unknown")
