"""One round trip of the protocol (P13): push, then pull."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import bindparam, select, true

from backend.ambient import Ambient
from backend.database import reading
from backend.models import Device, Server
from backend.services.access import Actor, PartitionAccess, partitions_of
from backend.services.pull import pull
from backend.services.push import Pushed, device_told, held_of, may_be_waiting, push
from backend.services.release import waiting_for
from backend.services.retrying import retried
from sync.canonical import Json, rewrite

# an idle poll writes its time at most this often: a write is an fsync
SEEN_EVERY_MS = 30_000
OWN_DEVICE: Final = (
    select(Device.state, Device.seen_n, Device.last_sync_ms, Device.holds, Server.epoch)
    .join(Server, true())
    .where(Device.id == bindparam("of_device"))
)


def exchange(actor: Actor, request: Mapping[str, Any], now_ms: int, ambient: Ambient) -> str:
    """The answer to a sound envelope, as JSON text. Receipts are durable when this returns (P14)."""
    operations, holds = request["operations"], request["holds"]
    pushed = None if operations else _present(actor, holds, now_ms)
    if pushed is None:
        pushed = push_batch(actor, operations, holds, now_ms, ambient)
    answers = {}
    if request["cursors"]:
        with reading() as connection:
            answers = pull(connection, pushed.visible, request["cursors"], request["pull"], pushed.epoch, now_ms)
    told = {
        "protocol": 1,
        "epoch": pushed.epoch,
        "now": now_ms,
        "receipts": pushed.receipts,
        "partitions": [_partition(access) for access in pushed.visible.values()],
        "device": pushed.device,
    }
    pulled = ",".join(f"{rewrite(partition)}:{answer.text()}" for partition, answer in answers.items())
    return f'{{"pull":{{{pulled}}},{rewrite(told)[1:]}'


def push_batch(actor: Actor, operations: Sequence[Json], holds: int | None, now_ms: int, ambient: Ambient) -> Pushed:
    """Push in one transaction, tried again past what passes. The receipts are durable when this returns (P14)."""
    return retried(
        lambda connection, also_lock: push(
            connection, actor, operations, now_ms, ambient, holds=holds, also_lock=also_lock
        )
    )


def _present(actor: Actor, holds: int, now_ms: int) -> Pushed | None:
    """What stands, where nothing was pushed; null when something is to be written nevertheless: that the phone was
    heard, or that held operations are judged again. The caller's rights are those of this request (P28)."""
    with reading() as connection:
        row = connection.execute(OWN_DEVICE, {"of_device": actor.device}).one()
        if row.holds != holds or row.last_sync_ms is None or now_ms - row.last_sync_ms >= SEEN_EVERY_MS:
            return None
        actor = replace(actor, device_state=row.state)
        visible = {} if row.state == "lost" else partitions_of(connection, actor)
        held = held_of(connection, actor.device)
        if may_be_waiting(held, visible) and waiting_for(connection, actor, visible):
            return None
    return Pushed(visible, [], device_told(row.state, row.seen_n, held), row.epoch)


def _partition(access: PartitionAccess) -> dict[str, str]:
    return {"id": access.id, "code": access.code, "name": access.name, "access": access.access}
