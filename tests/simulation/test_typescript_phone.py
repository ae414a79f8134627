"""The app itself as a phone of the simulation: the same schedules and oracle as the model, and its faults are caught."""

import json
import random
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.simulation.phone import Change, Setup
from tests.simulation.typescript_phone import APP_FAULTS, Phones, TypescriptPhone
from tests.support.sources import ROOT
from tests.support.world import CAI_KHE

pytestmark = [pytest.mark.integration, pytest.mark.slow]
NOW_MS = 1_795_000_000_000
CAMPAIGN_S_MAX = 600
SEEDS = "1..12"
# each needs a case of its own, which these seeds are known to hold
FAULT_SEEDS = {"purge-unsent": 40, "cursor-first": 40, "receipt-apart": 5, "number-apart": 5}
RECORD = "0190f0a0-0000-7000-8000-0000000000bb"


@pytest.fixture(scope="module")
def phones() -> Iterator[Phones]:
    with Phones() as running:
        yield running


@pytest.fixture
def phone(phones: Phones) -> Iterator[TypescriptPhone]:
    made = phones.make(Setup("a" * 16, "an", lambda: NOW_MS, random.Random(1)))
    yield made
    made.close()


def save(phone: TypescriptPhone, officers: int) -> None:
    phone.save([Change(RECORD, "patrol", CAI_KHE, {"officers": officers})])


def numbers(phone: TypescriptPhone) -> list[int]:
    return [operation["n"] for operation in phone.outbox()]


def answer_to(body: bytes, pull: dict[str, object] | None = None) -> bytes:
    """A server that accepts everything, and has nothing to tell but `pull`."""
    operations = json.loads(body)["operations"]
    receipts = [
        {"n": o["n"], "status": "accepted", "hash": "0" * 64, "effective_ms": NOW_MS, "suspect": False}
        for o in operations
    ]
    listed = [{"id": CAI_KHE, "code": "31120", "name": "Cái Khế", "access": "write"}]
    device: dict[str, object] = {"state": "active", "seen_n": operations[-1]["n"] if operations else 0, "held": []}
    told = {"protocol": 1, "epoch": "e", "now": NOW_MS, "receipts": receipts, "partitions": listed, "pull": pull or {}}
    return json.dumps({**told, "device": device}).encode()


def exchange(phone: TypescriptPhone, pull: dict[str, object] | None = None) -> None:
    body = phone.build_request(NOW_MS)
    assert body is not None
    phone.apply_answer(200, {"Content-Type": "application/json"}, answer_to(body, pull), NOW_MS)


def pulled(fields: dict[str, list[object]]) -> dict[str, object]:
    """A page with one record of another phone."""
    by = {"by": {"id": CAI_KHE, "name": "Đồng chí binh"}, "device": "b" * 16, "received_ms": NOW_MS}
    stamps = {head[1]: [1_000, 0, 1_000] for head in fields.values()}
    record = {
        "id": RECORD, "kind": "patrol", "seq": 1, "fields": fields, "siblings": {}, "stamps": stamps,
        "partition": CAI_KHE, "created": by, "changed": by, "flags": [],
    }  # fmt: skip
    return {CAI_KHE: {"records": [record], "cursor": "c", "more": False, "reset": False}}


def test_what_was_saved_outlives_the_page(phone: TypescriptPhone) -> None:
    save(phone, 3)
    phone.kill()
    shown = phone.shown(RECORD)
    assert shown is not None
    assert (shown.fields, shown.waiting, numbers(phone)) == ({"officers": 3}, (1,), [1])


def test_a_receipt_that_is_stored_is_never_forgotten(phone: TypescriptPhone) -> None:
    save(phone, 3)
    while phone.outbox():
        exchange(phone)
    phone.kill()
    assert {(n, told) for _, n, _, told in phone.acknowledged()} == {(1, "0" * 64)}


def test_two_tabs_have_one_batch_in_flight(phone: TypescriptPhone) -> None:
    """A18."""
    save(phone, 3)
    tab = phone.open_tab()
    assert phone.build_request(NOW_MS) is not None
    assert tab.build_request(NOW_MS) is None
    phone.kill()
    assert tab.build_request(NOW_MS) is not None


def test_a_clone_goes_its_own_way(phone: TypescriptPhone) -> None:
    """A18: the server tells the two apart by their tags."""
    save(phone, 3)
    clone = phone.clone()
    save(clone, 4)
    assert (numbers(phone), numbers(clone)) == ([1], [1, 2])


def test_a_new_version_keeps_the_outbox_and_writes_its_own_schema(phone: TypescriptPhone) -> None:
    """A21: the app is updated with an unsent outbox."""
    save(phone, 3)
    phone.update_app(2)
    save(phone, 4)
    assert [operation["schema"] for operation in phone.outbox()] == [1, 2]


def test_a_field_of_a_newer_server_is_kept_and_sent_to_nobody(phone: TypescriptPhone) -> None:
    """A21: an old client meets a new field."""
    exchange(phone)
    exchange(phone, pulled({"officers": [3, f"{'b' * 16}.1.aaaaaaaa"], "drones": [2, f"{'b' * 16}.1.aaaaaaaa"]}))
    shown = phone.shown(RECORD)
    assert shown is not None and shown.fields == {"officers": 3, "drones": 2}
    save(phone, 4)
    (operation,) = phone.outbox()
    assert (operation["set"], operation["prev"].keys()) == ({"officers": 4}, {"officers"})
    assert phone.copies()[CAI_KHE, RECORD]["fields"]["drones"][0] == 2


def test_a_phone_without_space_says_so_and_keeps_nothing_half(phone: TypescriptPhone) -> None:
    """A19: quota runs out; what was saved before it stays, and so does the counter."""
    save(phone, 3)
    assert phone.save_when_full([Change(RECORD, "patrol", CAI_KHE, {"officers": 9})]) == "storage-full"
    assert numbers(phone) == [1]
    save(phone, 4)
    assert numbers(phone) == [1, 2]


def campaign(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.simulation", "--workers", "1", *arguments],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=CAMPAIGN_S_MAX,
    )  # fmt: skip


@pytest.mark.parametrize("client", ["typescript", "mixed"])
def test_the_app_holds_in_the_schedules_of_the_model(client: str) -> None:
    done = campaign("--client", client, "--seeds", SEEDS)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3_000:]


@pytest.mark.parametrize("fault", APP_FAULTS)
def test_a_fault_of_the_app_is_caught(fault: str) -> None:
    """A5 (a cursor, or a receipt, apart from what it speaks of) and A18 (a number apart from its operation)."""
    done = campaign("--client", "typescript", "--fault", fault, "--seeds", f"1..{FAULT_SEEDS[fault]}")
    assert done.returncode == 1, (done.stdout + done.stderr)[-3_000:]
    assert "Violation" in done.stdout or "PhoneFailed" in done.stdout
