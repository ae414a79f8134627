"""What may be written is decided when it is written, not when the request began: a body on a thin line takes minutes,
and meanwhile a role may end, an account be closed or a commune be merged (P27, P28)."""

import io
import json
from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Flask
from sqlalchemy import update

from backend.ambient import Ambient
from backend.database import reading, writing
from backend.models import Assignment
from backend.services import carrying
from backend.services.access import Actor, grants_of
from backend.services.moving import merge_communes
from backend.services.sealing import Sealed
from backend.services.users import disable_user
from sync.limits import BATCH_OPERATIONS_MAX
from tests.support.phone import Phone, Wire, new_id, phone
from tests.support.world import CAI_KHE, PHONG_DIEN, id_of

AN, BINH, CHI = "a" * 16, "b" * 16, "c" * 16
LONG_AGO = "2020-01-01"


class SlowBody(io.BytesIO):
    """A body during which something else happens."""

    def __init__(self, body: bytes, meanwhile: Callable[[], None]) -> None:
        super().__init__(body)
        self._meanwhile: Callable[[], None] | None = meanwhile

    def readinto(self, buffer: Any) -> int:
        self._happen()
        return super().readinto(buffer)

    def read(self, size: int | None = -1) -> bytes:
        self._happen()
        return super().read(size)

    def _happen(self) -> None:
        meanwhile, self._meanwhile = self._meanwhile, None
        if meanwhile is not None:
            meanwhile()


def sync_slowly(who: Phone, operations: list[Wire], meanwhile: Callable[[], None], **more: Any) -> Wire:
    body = json.dumps(who.envelope(operations, **more)).encode()
    answer = who.client.post(
        "/api/v1/sync", input_stream=SlowBody(body, meanwhile), content_type="application/json", headers=who.who.headers
    )
    assert answer.status_code == 200, answer.text
    told: Wire = answer.get_json()
    return told


def judged(receipts: list[Wire]) -> set[tuple[str, str | None]]:
    return {(receipt["status"], receipt.get("code")) for receipt in receipts}


def end_role(world: Flask, name: str) -> None:
    with world.app_context(), writing() as connection:
        connection.execute(update(Assignment).where(Assignment.user == id_of(name)).values(to_on=LONG_AGO))


def merge(world: Flask) -> None:
    door = Ambient()
    with world.app_context(), writing() as connection:
        merge_communes(connection, CAI_KHE, PHONG_DIEN, date(2020, 1, 1), door.now_ms(), door)


def test_a_role_that_ended_while_the_body_came_in_writes_nothing(world: Flask) -> None:
    an = phone(world, "an", AN)
    told = sync_slowly(an, [an.operation(new_id(), "patrol", CAI_KHE, {})], lambda: end_role(world, "an"))
    assert judged(told["receipts"]) == {("held", "not-granted")}


def test_an_account_that_was_closed_meanwhile_reads_nothing(world: Flask) -> None:
    an = phone(world, "an", AN)
    an.sync([an.operation(new_id(), "patrol", CAI_KHE, {})])

    def close() -> None:
        with world.app_context(), writing() as connection:
            disable_user(connection, "an", Ambient().now_ms())

    made = an.operation(new_id(), "patrol", CAI_KHE, {})
    told = sync_slowly(an, [made], close, cursors={CAI_KHE: None}, pull=50)
    assert (judged(told["receipts"]), told["pull"], told["partitions"]) == ({("held", "not-granted")}, {}, [])


def test_what_was_on_its_way_during_a_merger_goes_where_the_merger_went(world: Flask) -> None:
    an = phone(world, "an", AN)
    told = sync_slowly(an, [an.operation(new_id(), "patrol", CAI_KHE, {})], lambda: merge(world))
    assert judged(told["receipts"]) == {("accepted", None)}
    assert PHONG_DIEN in {partition["id"] for partition in told["partitions"] if partition["access"] == "write"}


def test_each_batch_of_a_sealed_file_is_judged_by_the_rights_of_its_own_moment(world: Flask) -> None:
    an, binh = phone(world, "an", AN), phone(world, "binh", BINH)
    made = [an.operation(new_id(), "patrol", CAI_KHE, {}) for _ in range(BATCH_OPERATIONS_MAX + 1)]
    asked: list[int] = []

    def now_ms() -> int:
        asked.append(1)
        # asked once for the author's rights of today, then before each batch
        if len(asked) == 3:
            end_role(world, "an")
        return Ambient().now_ms()

    with world.app_context():
        with reading() as connection:
            grants = grants_of(connection, id_of("binh"), "2026-11-23")
        carrier = Actor(id_of("binh"), "binh", "Bình", binh.who.device, "active", "", grants)
        receipts = carrying.push_sealed(carrier, Sealed(AN, made), Ambient(now_ms=now_ms))
    assert judged(receipts[:-1]) == {("accepted", None)}
    assert judged(receipts[-1:]) == {("held", "not-granted")}
