"""One round trip of the protocol (P13): push, then pull."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, true

from backend.ambient import Ambient
from backend.database import reading
from backend.models import Device, Server
from backend.services.access import Actor, PartitionAccess, partitions_of, refresh_actor
from backend.services.pull import pull
from backend.services.push import Pushed, device_told, held_of, push
from backend.services.release import waiting_for
from backend.services.retrying import retried
from sync.canonical import Json, rewrite
from sync.days import day_of

# an idle poll writes its time at most this often: a write is an fsync
SEEN_EVERY_MS = 30_000
OWN_DEVICE: Final = (
    select(Device.state, Device.seen_n, Server.epoch).join(Server, true()).where(Device.id == bindparam("of_device"))
)
HEARD: Final = select(Device.last_sync_ms, Device.holds).where(Device.id == bindparam("of_device"))


def exchange(actor: Actor, request: Mapping[str, Any], now_ms: int, ambient: Ambient) -> str:
    """The answer to a sound envelope, as JSON text. Receipts are durable when this returns (P14)."""
    pushed = _push(actor, request["operations"], request["holds"], now_ms, ambient)
    if pushed is None or request["cursors"]:
        with reading() as connection:
            pushed = pushed or _present(connection, actor, now_ms)
            answers = pull(connection, pushed.visible, request["cursors"], request["pull"], pushed.epoch, now_ms)
    else:
        answers = {}
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


def _push(actor: Actor, operations: Sequence[Json], holds: int, now_ms: int, ambient: Ambient) -> Pushed | None:
    """What was pushed; null when there was nothing to write at all."""
    if not operations and not _is_due(actor, holds, now_ms):
        return None
    return push_batch(actor, operations, holds, now_ms, ambient)


def push_batch(actor: Actor, operations: Sequence[Json], holds: int | None, now_ms: int, ambient: Ambient) -> Pushed:
    """Push in one transaction, tried again past what passes. The receipts are durable when this returns (P14)."""
    return retried(
        lambda connection, also_lock: push(
            connection, actor, operations, now_ms, ambient, holds=holds, also_lock=also_lock
        )
    )


def _present(connection: Connection, actor: Actor, now_ms: int) -> Pushed:
    """The caller's rights as they are now (P28), where nothing was pushed."""
    actor = refresh_actor(connection, actor, day_of(now_ms))
    visible = {} if actor.device_state == "lost" else partitions_of(connection, actor)
    row = connection.execute(OWN_DEVICE, {"of_device": actor.device}).one()
    return Pushed(visible, [], device_told(row.state, row.seen_n, held_of(connection, actor.device)), row.epoch)


def _is_due(actor: Actor, holds: int, now_ms: int) -> bool:
    with reading() as connection:
        row = connection.execute(HEARD, {"of_device": actor.device}).one()
        if row.holds != holds or row.last_sync_ms is None or now_ms - row.last_sync_ms >= SEEN_EVERY_MS:
            return True
        actor = refresh_actor(connection, actor, day_of(now_ms))
        return bool(waiting_for(connection, actor, partitions_of(connection, actor)))


def _partition(access: PartitionAccess) -> dict[str, str]:
    return {"id": access.id, "code": access.code, "name": access.name, "access": access.access}
