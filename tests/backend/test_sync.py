"""The exchange over HTTP, on both stores: receipts, merge, pull, access, held operations, the envelope."""

import gzip
import itertools
import json
import tracemalloc
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from backend.database import reading, writing
from backend.models import Assignment, Counter, Device, DirtyCell, Operation, Record
from tests.support.phone import new_id, phone
from tests.support.world import CAI_KHE, CITY, PHONG_DIEN, QUARTER, id_of

A, B, C, D = ("a" * 16, "b" * 16, "c" * 16, "d" * 16)


def test_a_pushed_record_is_receipted_and_pulled_by_another_phone(world: Flask) -> None:
    an, binh = phone(world, "an", A), phone(world, "binh", B)
    record = new_id()
    operation = an.operation(record, "patrol", CAI_KHE, {"officers": 3, "route": "Tuyến 1"})
    answer = an.sync([operation])
    receipt = answer["receipts"][0]
    assert (receipt["n"], receipt["status"], receipt["suspect"]) == (1, "accepted", False)
    assert receipt["effective_ms"] == operation["stamp"][0]
    assert answer["device"] == {"state": "active", "seen_n": 1, "held": []}
    wire = binh.pull_all(CAI_KHE)[record]
    assert wire["fields"] == {"officers": [3, an.id_of(operation)], "route": ["Tuyến 1", an.id_of(operation)]}
    assert wire["siblings"] == {}
    assert wire["created"]["by"] == {"id": id_of("an"), "name": "Đồng chí an"}
    assert wire["stamps"] == {an.id_of(operation): [*operation["stamp"], receipt["effective_ms"]]}


def test_a_number_as_large_as_may_be_costs_no_more_than_the_first(world: Flask) -> None:
    an = phone(world, "an", A)
    numbers = [2_000_000, 2**53 - 1]
    operations = [
        an.operation(new_id(), "patrol", CAI_KHE, {"officers": 1}) | {"n": n, "tag": "abcdefgh"} for n in numbers
    ]
    an.sync()
    tracemalloc.start()
    try:
        answers = [an.sync([operation]) for operation in operations]
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [answer["receipts"][0]["status"] for answer in answers] == ["accepted", "accepted"]
    assert answers[-1]["device"]["seen_n"] == 0
    assert peak_bytes < 16 * 1024 * 1024


def test_partitions_are_the_own_unit_to_write_and_the_city_to_read(world: Flask) -> None:
    listed = {p["id"]: p["access"] for p in phone(world, "an", A).sync()["partitions"]}
    assert listed == {CAI_KHE: "write", CITY: "read"}
    listed = {p["id"]: p["access"] for p in phone(world, "giang", B).sync()["partitions"]}
    assert listed == {CAI_KHE: "write", CITY: "write", PHONG_DIEN: "write"}
    assert phone(world, "quan", C).sync()["partitions"] == []


def test_the_same_batch_again_gives_the_same_receipts_and_one_row(world: Flask) -> None:
    """A3: the answer was lost after the commit."""
    an = phone(world, "an", A)
    batch = [an.operation(new_id(), "patrol", CAI_KHE, {"officers": n}) for n in range(3)]
    first = an.sync(batch)["receipts"]
    assert an.sync(batch)["receipts"] == first
    assert an.sync(batch[1:])["receipts"] == first[1:]
    assert len(an.pull_all(CAI_KHE)) == 3


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_every_order_of_arrival_gives_the_same_bytes(world: Flask, order: tuple[int, ...]) -> None:
    """Two phones edit one patrol: different fields both survive, the same field keeps both values."""
    an, binh = phone(world, "an", A), phone(world, "binh", B)
    record = "0190f0a0-0000-7000-8000-000000000001"
    first = an.operation(record, "patrol", CAI_KHE, {"officers": 2, "route": "A"}, stamp=[1_000, 0])
    seen = {"officers": [an.id_of(first)], "route": [an.id_of(first)]}
    edits = [
        (an, an.operation(record, "patrol", CAI_KHE, {"route": "B", "militia": 1}, prev=seen, stamp=[2_000, 0])),
        (binh, binh.operation(record, "patrol", CAI_KHE, {"route": "C", "officers": 4}, prev=seen, stamp=[3_000, 0])),
    ]
    steps = [(an, first), *edits]
    for index in order:
        who, operation = steps[index]
        assert who.sync([operation])["receipts"][0]["status"] == "accepted"
    wire = binh.pull_all(CAI_KHE)[record]
    assert wire["fields"] == {
        "militia": [1, an.id_of(edits[0][1])],
        "officers": [4, binh.id_of(edits[1][1])],
        "route": ["C", binh.id_of(edits[1][1])],
    }
    assert wire["siblings"] == {"route": [["B", an.id_of(edits[0][1])]]}
    assert wire["flags"] == ["conflict"]
    assert wire["stamps"] == {
        an.id_of(edits[0][1]): [2_000, 0, 2_000],
        binh.id_of(edits[1][1]): [3_000, 0, 3_000],
    }


def test_one_bad_operation_does_not_block_the_others(world: Flask) -> None:
    """A24 and A4: held with its code, stored, listed for the device; the rest passes."""
    an = phone(world, "an", A)
    bad = [
        an.operation(new_id(), "patrol", CAI_KHE, {"officers": 1.5}),
        an.operation(new_id(), "patrol", CAI_KHE, {"note": "a\0b"}),
        an.operation(new_id(), "patrol", CAI_KHE, {"colour": 1}),
        an.operation(new_id(), "patrol", PHONG_DIEN, {"officers": 1}),
        an.operation(new_id(), "parade", CAI_KHE, {}),
        an.operation(new_id(), "patrol", CAI_KHE, {"officers": 1}, surprise=True),
        an.operation(new_id(), "leaflet", CAI_KHE, {"title": "x"}),
        an.operation(new_id(), "patrol", CAI_KHE, {"officers": 2**70}),
        an.operation(new_id(), "patrol", CAI_KHE, {"note": "\ud800"}),
        an.operation(new_id(), "patrol", CAI_KHE, {"route": [[[[[1]]]]]}),
    ]
    good = an.operation(new_id(), "patrol", CAI_KHE, {"officers": 1})
    answer = an.sync([*bad, good])
    codes = [receipt.get("code") for receipt in answer["receipts"]]
    assert codes == [
        "value-invalid", "value-invalid", "unknown-field", "not-granted", "unknown-kind", "operation-invalid",
        "not-granted", "value-invalid", "value-invalid", "value-invalid", None,
    ]  # fmt: skip
    assert [held["n"] for held in answer["device"]["held"]] == list(range(1, 11))
    assert answer["device"]["seen_n"] == 11
    again = an.sync([*bad, good])
    assert again["receipts"] == answer["receipts"]
    assert [record["kind"] for record in an.pull_all(CAI_KHE).values()] == ["patrol"]


def test_a_forked_device_loses_nothing(world: Flask) -> None:
    """A18: the same number with another content is kept aside."""
    an = phone(world, "an", A)
    first = an.operation(new_id(), "patrol", CAI_KHE, {"officers": 1})
    other = {**first, "tag": "zzzzzzzz", "record": new_id()}
    assert an.sync([first])["receipts"][0]["status"] == "accepted"
    told = an.sync([other])["receipts"][0]
    assert (told["status"], told["code"]) == ("held", "forked")
    assert an.sync([other])["receipts"][0] == told
    assert an.sync([first])["receipts"][0]["status"] == "accepted"
    with world.app_context(), reading() as connection:
        assert connection.execute(select(func.count()).select_from(Operation)).scalar_one() == 2


def test_access_given_back_releases_what_was_held(world: Flask) -> None:
    """A15: the area is lost with a full outbox, and regained."""
    an = phone(world, "an", A)
    with world.app_context(), writing() as connection:
        connection.execute(update(Assignment).where(Assignment.user == id_of("an")).values(to_on="2020-01-01"))
    operation = an.operation(new_id(), "patrol", CAI_KHE, {"officers": 1}, stamp=[5_000, 0])
    answer = an.sync([operation])
    assert answer["receipts"][0]["code"] == "not-granted"
    assert answer["partitions"] == []
    with world.app_context(), writing() as connection:
        connection.execute(update(Assignment).where(Assignment.user == id_of("an")).values(to_on=None))
    answer = an.sync()
    assert answer["device"]["held"] == []
    assert an.sync([operation])["receipts"][0]["status"] == "accepted"
    assert operation["record"] in an.pull_all(CAI_KHE)


def test_what_is_sent_again_is_told_the_receipt_that_it_has_now(world: Flask) -> None:
    """P14: also in the very request that releases it."""
    an = phone(world, "an", A)
    grant = update(Assignment).where(Assignment.user == id_of("an"))
    with world.app_context(), writing() as connection:
        connection.execute(grant.values(to_on="2020-01-01"))
    operation = an.operation(new_id(), "patrol", CAI_KHE, {"officers": 1})
    assert an.sync([operation])["receipts"][0]["status"] == "held"
    with world.app_context(), writing() as connection:
        connection.execute(grant.values(to_on=None))
    assert an.sync([operation])["receipts"][0]["status"] == "accepted"


def test_a_lost_device_stores_everything_held_and_pulls_nothing(world: Flask) -> None:
    an = phone(world, "an", A)
    with world.app_context(), writing() as connection:
        connection.execute(update(Device).where(Device.id == A).values(state="lost"))
    operation = an.operation(new_id(), "patrol", CAI_KHE, {"officers": 1})
    answer = an.sync([operation], cursors={CAI_KHE: None}, pull=10)
    assert answer["device"]["state"] == "lost"
    assert answer["receipts"][0]["code"] == "device-lost"
    assert (answer["partitions"], answer["pull"]) == ([], {})
    refused = an.client.get("/api/v1/me", headers=an.who.headers)
    assert (refused.status_code, refused.get_json()["type"]) == (403, "/problems/device-lost")


def test_an_edit_against_a_voiding_in_both_orders(world: Flask) -> None:
    """A10: the record stays void, the edit stays merged, and the flag is the same either way."""
    an, binh = phone(world, "an", A), phone(world, "binh", B)
    flags = []
    for turn in (0, 1):
        record = new_id()
        first = an.operation(record, "patrol", CAI_KHE, {"officers": 2}, stamp=[1_000, 0])
        an.sync([first])
        voiding = an.operation(record, "patrol", CAI_KHE, {"void": "nhầm"}, saw=[an.id_of(first)], stamp=[2_000, 0])
        seen = {"officers": [an.id_of(first)]}
        edit = binh.operation(record, "patrol", CAI_KHE, {"officers": 5}, prev=seen, stamp=[1_500, 0])
        for who, operation in ((an, voiding), (binh, edit))[:: -1 if turn else 1]:
            who.sync([operation])
        wire = an.pull_all(CAI_KHE)[record]
        assert wire["fields"]["officers"][0] == 5
        flags.append(wire["flags"])
    assert flags == [["edited_while_void"], ["edited_while_void"]]


def test_children_count_where_and_when_their_parent_does(world: Flask) -> None:
    an = phone(world, "an", A)
    meeting, proposal = new_id(), new_id()
    started = 1_764_000_000_000
    child = an.operation(proposal, "proposal", CAI_KHE, {"parent": meeting, "text": "Đèn đường"})
    an.sync([child])
    assert an.pull_all(CAI_KHE)[proposal]["flags"] == ["orphan"]
    parent = an.operation(meeting, "meeting", CAI_KHE, {"place": QUARTER, "started_at": started})
    an.sync([parent])
    assert an.pull_all(CAI_KHE)[proposal]["flags"] == []
    moved = an.operation(
        meeting, "meeting", CAI_KHE, {"started_at": started + 86_400_000, "void": "nhầm"},
        prev={"started_at": [an.id_of(parent)]}, saw=[an.id_of(parent)],
    )  # fmt: skip
    an.sync([moved])
    with world.app_context(), reading() as connection:
        rows = connection.execute(select(Record.area, Record.day, Record.hidden).order_by(Record.kind)).all()
        assert [tuple(row) for row in rows] == [(QUARTER, "2025-11-25", True)] * 2
        cells = {tuple(row) for row in connection.execute(select(DirtyCell.area, DirtyCell.day))}
    assert {(QUARTER, "2025-11-24"), (QUARTER, "2025-11-25")} <= cells


def test_seq_is_dense_and_held_operations_take_none(world: Flask) -> None:
    an = phone(world, "an", A)
    for n in range(3):
        batch = [an.operation(new_id(), "patrol", CAI_KHE, {}), an.operation(new_id(), "patrol", CAI_KHE, {"x": n})]
        an.sync(batch)
    with world.app_context(), reading() as connection:
        assert connection.execute(select(Record.seq).order_by(Record.seq)).scalars().all() == [1, 2, 3]
        assert connection.execute(select(Counter.seq)).scalar_one() == 3


def test_what_is_released_and_edited_in_one_request_takes_one_seq(world: Flask) -> None:
    an, binh = phone(world, "an", A), phone(world, "binh", B)
    record = new_id()
    binh.sync([binh.operation(record, "patrol", CAI_KHE, {})])
    grant = update(Assignment).where(Assignment.user == id_of("an"))
    with world.app_context(), writing() as connection:
        connection.execute(grant.values(to_on="2020-01-01"))
    an.sync([an.operation(record, "patrol", CAI_KHE, {"officers": 1})])
    with world.app_context(), writing() as connection:
        connection.execute(grant.values(to_on=None))
    an.sync([an.operation(record, "patrol", CAI_KHE, {"militia": 2})])
    with world.app_context(), reading() as connection:
        assert connection.execute(select(Counter.seq)).scalar_one() == 2
    assert set(an.pull_all(CAI_KHE)[record]["fields"]) == {"officers", "militia"}


def test_seen_n_goes_on_past_a_long_gap_that_closes(world: Flask) -> None:
    an = phone(world, "an", A)
    operations = [an.operation(new_id(), "patrol", CAI_KHE, {"x": 1}) for _ in range(1_101)]
    for start in range(1, 1_101, 100):
        assert an.sync(operations[start : start + 100])["device"]["seen_n"] == 0
    assert an.sync(operations[:1])["device"]["seen_n"] == 1_101


def refusal(client: FlaskClient, body: Any, headers: dict[str, str], **more: Any) -> tuple[int, str]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    kinds = {"content_type": "application/json"} | more
    response = client.post("/api/v1/sync", data=data, headers=headers, **kinds)
    assert response.mimetype == "application/problem+json", response.get_data(as_text=True)
    return response.status_code, response.get_json()["type"].removeprefix("/problems/")


def test_what_cannot_be_read_at_all_is_refused_with_a_code(world: Flask) -> None:
    an = phone(world, "an", A)
    sound = an.envelope()
    who = an.who.headers
    one = an.operation(new_id(), "patrol", CAI_KHE, {})
    text = json.dumps(sound)
    expected = [
        (b"{", 400, "json-unreadable"),
        (b"[" * 100_000, 400, "json-unreadable"),
        (b"\xff\xfe", 400, "json-unreadable"),
        (text.replace('"pull": 0', '"pull": NaN').encode(), 400, "json-unreadable"),
        (text.replace('"pull": 0', '"pull": 0, "pull": 1').encode(), 400, "json-unreadable"),
        (text.replace('"pull": 0', '"pull": 1180591620717411303424').encode(), 400, "json-unreadable"),
        (text.replace('"pull": 0', '"pull": 1e400').encode(), 400, "json-unreadable"),
        ({**sound, "protocol": 2}, 400, "protocol-unsupported"),
        (b"[]", 422, "request-invalid"),
        (b"null", 422, "request-invalid"),
        ({**sound, "pull": 1.5}, 422, "request-invalid"),
        ({**sound, "pull": True}, 422, "request-invalid"),
        ({**sound, "pull": 501}, 422, "request-invalid"),
        ({**sound, "extra": 1}, 422, "request-invalid"),
        ({**sound, "device": "\ud800"}, 422, "request-invalid"),
        ({k: v for k, v in sound.items() if k != "now"}, 422, "request-invalid"),
        ({**sound, "batch": "x"}, 422, "request-invalid"),
        ({**sound, "cursors": {"x": None}}, 422, "request-invalid"),
        ({**sound, "operations": 5}, 422, "request-invalid"),
        ({**sound, "operations": [5]}, 422, "request-invalid"),
        ({**sound, "operations": [{**one, "n": 0}]}, 422, "request-invalid"),
        ({**sound, "operations": [{**one, "n": True}]}, 422, "request-invalid"),
        ({**sound, "operations": [one, one]}, 422, "request-invalid"),
        ({**sound, "operations": [{**one, "n": n} for n in range(1, 102)]}, 413, "body-too-large"),
        (b" " * (4 * 1024 * 1024 + 1), 413, "body-too-large"),
        ({**sound, "device": B}, 403, "device-mismatch"),
    ]
    for body, status, code in expected:
        assert refusal(an.client, body, who) == (status, code), str(body)[:80]
    assert refusal(an.client, sound, who, content_type="text/plain") == (415, "media-type-unsupported")
    assert refusal(an.client, sound, {**who, "Content-Encoding": "br"}) == (415, "media-type-unsupported")
    bomb = gzip.compress(b" " * 50_000_000)
    assert refusal(an.client, bomb, {**who, "Content-Encoding": "gzip"}) == (413, "body-too-large")
    assert refusal(an.client, b"not gzip", {**who, "Content-Encoding": "gzip"}) == (400, "json-unreadable")
    with world.app_context(), reading() as connection:
        assert connection.execute(select(func.count()).select_from(Operation)).scalar_one() == 0


def test_gzip_is_taken_and_given(world: Flask) -> None:
    an = phone(world, "an", A)
    batch = [an.operation(new_id(), "patrol", CAI_KHE, {"note": "x" * 100}) for _ in range(20)]
    body = gzip.compress(json.dumps(an.envelope(batch, cursors={CAI_KHE: None}, pull=100)).encode())
    headers = {**an.who.headers, "Content-Encoding": "gzip", "Accept-Encoding": "gzip"}
    response = an.client.post("/api/v1/sync", data=body, content_type="application/json", headers=headers)
    assert response.headers["Content-Encoding"] == "gzip"
    answer = json.loads(gzip.decompress(response.get_data()))
    assert len(answer["pull"][CAI_KHE]["records"]) == 20


def test_a_problem_speaks_the_callers_language(world: Flask) -> None:
    an = phone(world, "an", A)
    headers = {**an.who.headers, "Accept-Language": "en"}
    english = an.client.post("/api/v1/sync", data=b"{", content_type="application/json", headers=headers).get_json()
    vietnamese = an.client.post(
        "/api/v1/sync", data=b"{", content_type="application/json", headers=an.who.headers
    ).get_json()
    assert english["type"] == vietnamese["type"] == "/problems/json-unreadable"
    assert english["title"].startswith("The server could not read")
    assert vietnamese["title"].startswith("Máy chủ")


def test_a_text_that_looks_like_personal_data_is_flagged_until_it_is_gone(world: Flask) -> None:
    """Never refused: the record counts, and a supervisor is told to look."""
    an = phone(world, "an", "a" * 16)
    made = an.operation(new_id(), "patrol", CAI_KHE, {"note": "gọi 0912345678", "officers": 2})
    assert [receipt["status"] for receipt in an.sync([made])["receipts"]] == ["accepted"]
    assert an.pull_all(CAI_KHE)[made["record"]]["flags"] == ["personal_data_suspected"]
    an.sync([an.operation(made["record"], "patrol", CAI_KHE, {"note": "đã gọi"}, prev={"note": [an.id_of(made)]})])
    assert an.pull_all(CAI_KHE)[made["record"]]["flags"] == []
