"""The sealed way out (P29): what another phone brings is stored as its own, once, and nothing forged is."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from backend.config import Settings
from backend.database import reading, writing
from backend.models import Assignment, Device, Operation, Record
from backend.services.device_proof import secret_of
from backend.services.sealing import MEDIA_TYPE
from backend.services.sealing_keys import FOLDER
from sync import canonical
from sync.limits import BODY_BYTES_MAX
from tests.support.phone import Phone, Wire, new_id, phone
from tests.support.sealing import bytes_of, seal, seal_text
from tests.support.world import CAI_KHE, id_of, sign_in

AN, BINH, OTHER = "a" * 16, "b" * 16, "c" * 16


@pytest.fixture
def key(world: Flask) -> dict[str, str]:
    """The server's key as a phone learns it."""
    response = world.test_client().get("/api/v1/sealing-key", headers=sign_in(world, "tam", "t" * 16).headers)
    assert response.status_code == 200
    return dict(response.get_json())


@pytest.fixture
def an(world: Flask) -> Phone:
    """The phone that cannot send."""
    return phone(world, "an", AN)


@pytest.fixture
def binh(world: Flask) -> Phone:
    """The phone of a colleague, who carries."""
    return phone(world, "binh", BINH)


def patrols(by: Phone, count: int = 1) -> list[Wire]:
    return [by.operation(new_id(), "patrol", CAI_KHE, {"officers": n}) for n in range(count)]


def file_of(app: Flask, key: dict[str, str], by: Phone, operations: list[Any]) -> bytes:
    settings: Settings = app.extensions["diaban_settings"]
    return seal(key, by.who.device, secret_of(by.who.device, settings.secret_key), operations)


def post(carrier: Phone, file: bytes, **headers: str) -> Any:
    return carrier.client.post(
        "/api/v1/sealed", data=file, headers={**carrier.who.headers, "Content-Type": MEDIA_TYPE, **headers}
    )


def bring(carrier: Phone, file: bytes) -> list[Wire]:
    """The receipts of a file that must be taken."""
    response = post(carrier, file)
    assert response.status_code == 200, response.get_data(as_text=True)
    receipts: list[Wire] = response.get_json()["receipts"]
    return receipts


def refusal(carrier: Phone, file: bytes) -> tuple[int, str]:
    response = post(carrier, file)
    return response.status_code, response.get_json()["type"].removeprefix("/problems/")


def stored(app: Flask) -> tuple[int, int]:
    """How many operations and records there are."""
    with app.app_context(), reading() as connection:
        counts = [connection.execute(select(func.count()).select_from(table)).scalar() for table in (Operation, Record)]
    return int(counts[0] or 0), int(counts[1] or 0)


def row_of(app: Flask, device: str) -> Any:
    with app.app_context(), reading() as connection:
        return connection.execute(select(Device.__table__).where(Device.id == device)).one()


def change_device(app: Flask, device: str, **values: Any) -> None:
    with app.app_context(), writing() as connection:
        connection.execute(update(Device).where(Device.id == device).values(**values))


def test_what_a_colleague_brings_is_stored_as_the_authors_own(
    world: Flask, key: dict[str, str], an: Phone, binh: Phone
) -> None:
    operations = patrols(an, 3)
    response = post(binh, file_of(world, key, an, operations))
    answer = response.get_json()
    assert (response.status_code, answer["device"]) == (200, AN)
    assert [(r["n"], r["status"], r["hash"]) for r in answer["receipts"]] == [
        (o["n"], "accepted", canonical.digest(canonical.write(o))) for o in operations
    ]
    for record in binh.pull_all(CAI_KHE).values():
        assert (record["created"]["by"]["id"], record["created"]["device"]) == (id_of("an"), AN)
    assert len(binh.records) == 3


def test_nothing_is_doubled_when_the_phone_sends_itself_later(
    world: Flask, key: dict[str, str], an: Phone, binh: Phone
) -> None:
    operations = patrols(an, 3)
    file = file_of(world, key, an, operations)
    carried = bring(binh, file)
    answer = an.sync(operations)
    assert (answer["receipts"], answer["device"]["seen_n"]) == (carried, 3)
    assert [bring(binh, file), bring(an, file)] == [carried, carried]
    assert stored(world) == (3, 3)
    # and it goes on from there
    assert an.sync(patrols(an))["device"]["seen_n"] == 4


def test_a_phone_that_sent_a_part_itself_is_brought_the_rest(
    world: Flask, key: dict[str, str], an: Phone, binh: Phone
) -> None:
    operations = patrols(an, 4)
    own = an.sync(operations[:2])["receipts"]
    receipts = bring(binh, file_of(world, key, an, operations))
    assert (receipts[:2], [r["n"] for r in receipts], stored(world)) == (own, [1, 2, 3, 4], (4, 4))


def test_a_long_file_is_stored_batch_by_batch(world: Flask, key: dict[str, str], an: Phone, binh: Phone) -> None:
    operations = patrols(an, 230)
    receipts = bring(binh, file_of(world, key, an, operations))
    assert [r["n"] for r in receipts] == list(range(1, 231))
    assert {r["status"] for r in receipts} == {"accepted"}
    assert (stored(world), row_of(world, AN).seen_n) == ((230, 230), 230)


def test_single_operations_sealed_while_the_store_was_locked_come_in_any_order(
    world: Flask, key: dict[str, str], an: Phone, binh: Phone
) -> None:
    first, second, third = (file_of(world, key, an, [operation]) for operation in patrols(an, 3))
    assert [bring(binh, file)[0]["n"] for file in (third, first)] == [3, 1]
    assert row_of(world, AN).seen_n == 1
    bring(an, second)
    assert (row_of(world, AN).seen_n, stored(world)) == (3, (3, 3))


def test_a_bad_operation_holds_itself_only(world: Flask, key: dict[str, str], an: Phone, binh: Phone) -> None:
    good, bad = patrols(an, 2)
    bad["set"] = {"officers": "three"}
    receipts = bring(binh, file_of(world, key, an, [good, bad]))
    assert [(r["status"], r.get("code")) for r in receipts] == [("accepted", None), ("held", "value-invalid")]


def test_an_empty_file_is_no_failure(world: Flask, key: dict[str, str], an: Phone, binh: Phone) -> None:
    assert (bring(binh, file_of(world, key, an, [])), stored(world)) == ([], (0, 0))


def test_whoever_carries_says_nothing_of_when_the_phone_was_heard(
    world: Flask, key: dict[str, str], an: Phone, binh: Phone
) -> None:
    an.sync(patrols(an), holds=5)
    before = row_of(world, AN)
    change_device(world, AN, last_sync_ms=before.last_sync_ms - 86_400_000)
    bring(binh, file_of(world, key, an, patrols(an)))
    after = row_of(world, AN)
    assert (after.last_sync_ms, after.holds) == (before.last_sync_ms - 86_400_000, 5)
    assert (after.seen_n, after.last_n) == (2, 2)


@pytest.mark.parametrize("user", ["dung", "giang", "lan", "quan"])
def test_a_stranger_to_the_unit_brings_nothing(world: Flask, key: dict[str, str], an: Phone, user: str) -> None:
    stranger, file = phone(world, user, OTHER), file_of(world, key, an, patrols(an))
    assert (refusal(stranger, file), stored(world)) == ((404, "sealed-device-unknown"), (0, 0))


@pytest.mark.parametrize("user", ["binh", "chi", "tam"])
def test_anybody_of_the_unit_may_carry(world: Flask, key: dict[str, str], an: Phone, user: str) -> None:
    assert bring(phone(world, user, OTHER), file_of(world, key, an, patrols(an)))[0]["status"] == "accepted"


def test_a_device_that_is_not_known_is_like_one_of_another_unit(
    world: Flask, key: dict[str, str], an: Phone, binh: Phone
) -> None:
    forgotten = Phone(an.client, replace(an.who, device=OTHER))
    file = file_of(world, key, forgotten, patrols(forgotten))
    assert refusal(binh, file) == (404, "sealed-device-unknown")
    # its owner signs in with it once, and the same file is taken
    sign_in(world, "an", OTHER)
    assert bring(binh, file)[0]["status"] == "accepted"


def test_ones_own_other_phone_may_carry_without_any_role(world: Flask, key: dict[str, str], an: Phone) -> None:
    file = file_of(world, key, an, patrols(an))
    with world.app_context(), writing() as connection:
        connection.execute(update(Assignment).where(Assignment.user == id_of("an")).values(to_on="2025-12-31"))
    assert bring(phone(world, "an", OTHER), file)[0]["code"] == "not-granted"


def test_rights_are_those_of_the_author_as_of_now(world: Flask, key: dict[str, str], an: Phone, binh: Phone) -> None:
    file, own = file_of(world, key, an, patrols(an)), Assignment.user == id_of("an")
    with world.app_context(), writing() as connection:
        connection.execute(update(Assignment).where(own).values(to_on="2025-12-31"))
    held = bring(binh, file)[0]
    assert (held["status"], held["code"]) == ("held", "not-granted")
    with world.app_context(), writing() as connection:
        connection.execute(update(Assignment).where(own).values(to_on=None))
    assert bring(binh, file)[0]["status"] == "accepted"


def test_a_team_members_file_gains_nothing_from_the_commander_who_brings_it(world: Flask, key: dict[str, str]) -> None:
    tam, chi = phone(world, "tam", OTHER), phone(world, "chi", BINH)
    leaflet = tam.operation(new_id(), "review", CAI_KHE, {"verdict": "confirmed"})
    assert bring(chi, file_of(world, key, tam, [leaflet]))[0]["code"] == "not-granted"


def test_a_lost_phones_file_is_held_and_a_lost_phone_carries_nothing(
    world: Flask, key: dict[str, str], an: Phone, binh: Phone
) -> None:
    file = file_of(world, key, an, patrols(an))
    change_device(world, AN, state="lost")
    assert refusal(an, file) == (403, "device-lost")
    assert [(r["status"], r["code"]) for r in bring(binh, file)] == [("held", "device-lost")]


def test_a_retired_phone_is_emptied_so(world: Flask, key: dict[str, str], an: Phone, binh: Phone) -> None:
    change_device(world, AN, state="retired")
    assert bring(binh, file_of(world, key, an, patrols(an)))[0]["status"] == "accepted"


def test_a_file_for_another_key_is_told_apart(world: Flask, key: dict[str, str], an: Phone, binh: Phone) -> None:
    file = file_of(world, {**key, "id": "0" * 16}, an, patrols(an))
    assert (refusal(binh, file), stored(world)) == ((422, "sealing-key-unknown"), (0, 0))


def test_a_damaged_file_changes_nothing(world: Flask, key: dict[str, str], an: Phone, binh: Phone) -> None:
    file = file_of(world, key, an, patrols(an))
    damaged = file[:-40] + bytes([file[-40] ^ 1]) + file[-39:]
    assert (refusal(binh, damaged), stored(world)) == ((422, "sealed-unreadable"), (0, 0))
    assert bring(binh, file)[0]["status"] == "accepted"


def test_what_a_carrier_of_text_does_to_it_is_borne(world: Flask, key: dict[str, str], an: Phone, binh: Phone) -> None:
    file = file_of(world, key, an, patrols(an))
    spaced = json.dumps(dict(reversed(json.loads(file).items())), indent=2).replace("\n", "\r\n").encode()
    assert bring(binh, b"\xef\xbb\xbf" + spaced + b"\r\n")[0]["status"] == "accepted"


def test_only_the_device_itself_can_have_made_it(world: Flask, key: dict[str, str], an: Phone, binh: Phone) -> None:
    server_key = world.extensions["diaban_settings"].secret_key
    operations, secret = patrols(an), secret_of(AN, server_key)
    as_another = seal(key, AN, secret_of(BINH, server_key), operations)
    of_another_server = seal(key, AN, secret_of(AN, "another key of another server, long"), operations)
    genuine = {"device": AN, "operations": operations}
    signed = seal(key, AN, secret, operations[:0])
    bare = [seal_text(key, canonical.write({**genuine, "hmac": mac}).encode()) for mac in ("", "é", "A" * 43)]
    for file in (as_another, of_another_server, *bare):
        assert refusal(binh, file) == (422, "sealed-not-genuine")
    assert (stored(world), bring(binh, signed)) == ((0, 0), [])


def test_a_file_has_its_own_media_type_and_the_limit_of_a_body(world: Flask, binh: Phone) -> None:
    for headers in ({"Content-Type": "application/json"}, {"Content-Encoding": "gzip"}):
        response = post(binh, b"{}", **headers)
        assert (response.status_code, response.get_json()["type"]) == (415, "/problems/media-type-unsupported")
    assert refusal(binh, b" " * (BODY_BYTES_MAX + 1)) == (413, "body-too-large")
    assert refusal(binh, b" " * BODY_BYTES_MAX) == (422, "sealed-unreadable")


def test_the_key_is_made_once_and_kept_for_its_owner_only(world: Flask, key: dict[str, str], an: Phone) -> None:
    again = an.client.get("/api/v1/sealing-key", headers=an.who.headers).get_json()
    files = list((world.extensions["diaban_settings"].instance_dir / FOLDER).glob("*.pem"))
    assert (again, [path.stat().st_mode & 0o777 for path in files]) == (key, [0o600])
    assert (len(bytes_of(key["key"])), len(key["id"])) == (65, 16)


@pytest.mark.slow
def test_the_key_comes_back_with_a_backup_and_replaces_none(
    world: Flask, key: dict[str, str], an: Phone, binh: Phone, tmp_path: Path
) -> None:
    file, copy = file_of(world, key, an, patrols(an)), tmp_path / "copy"
    run = world.test_cli_runner()
    assert run.invoke(args=["backup", str(copy)]).exit_code == 0
    folder = world.extensions["diaban_settings"].instance_dir / FOLDER
    for path in folder.iterdir():
        path.unlink()
    later = an.client.get("/api/v1/sealing-key", headers=an.who.headers).get_json()
    sealed_later = file_of(world, later, an, patrols(an))
    assert refusal(binh, file) == (422, "sealing-key-unknown")
    assert run.invoke(args=["restore", str(copy), "--yes"]).exit_code == 0
    assert [bring(binh, each)[0]["status"] for each in (file, sealed_later)] == ["accepted", "accepted"]
    assert {path.stat().st_mode & 0o777 for path in folder.glob("*.pem")} == {0o600}
