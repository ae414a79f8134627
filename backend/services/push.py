"""Push: read the facts under the locks of P16, let `sync.exchange` decide, write the plan. One transaction.

Lock order: the device's row, then the counters of the touched partitions in ascending id (A25).
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, update

from backend.ambient import Ambient
from backend.models import Area, Assignment, Counter, Departure, Device, Operation, Record
from backend.services.access import Actor, PartitionAccess, may_write, partitions_of, refresh_actor
from backend.services.merging import Moved, store_records
from backend.services.release import judge_waiting, judgement_mark, waiting_for
from backend.services.upsert import insert_missing
from sync.canonical import Json
from sync.days import day_of
from sync.exchange import HELD, Facts, Home, NewRow, Plan, Stored, plan_push
from sync.operation import Reading, read_operation

RUN_LOOKED_AT_MAX = 1_000


def push(
    connection: Connection, actor: Actor, operations: Sequence[Json], now_ms: int, ambient: Ambient
) -> list[dict[str, Any]]:
    """Store a batch, release what was held for a cause that is gone, and answer the receipts (P14, P15).

    The caller commits. `operations` are objects with an integer `n` of at least 1, strictly ascending."""
    lock_device(connection, actor.device)
    actor = refresh_actor(connection, actor, day_of(now_ms))
    visible = {} if actor.device_state == "lost" else partitions_of(connection, actor)
    readings = [read_operation(operation, actor.device) for operation in operations]
    waiting = waiting_for(connection, actor, visible)
    if not readings and not waiting:
        return []
    facts = facts_for(connection, actor, [*readings, *(held.reading for held in waiting)], visible, now_ms)
    touched = judge_waiting(connection, waiting, facts, actor.device, visible)
    # read after the judgement: what is sent again is told the receipt that it has now (P14)
    facts.stored = _stored(connection, actor.device, [reading.n for reading in readings])
    plan = plan_push(readings, facts)
    for record, entries in plan.touched.items():
        touched.setdefault(record, []).extend(entries)
    _append(connection, actor, plan, facts, judgement_mark(visible), ambient)
    store_records(connection, actor, facts.homes, touched, now_ms, ambient)
    _advance_seen(connection, actor.device)
    return plan.receipts


def lock_device(connection: Connection, device: str) -> None:
    """The first lock of every exchange: one batch of a device at a time."""
    connection.execute(select(Device.id).where(Device.id == device).with_for_update())


def facts_for(
    connection: Connection,
    actor: Actor,
    readings: Sequence[Reading],
    visible: dict[str, PartitionAccess],
    now_ms: int,
) -> Facts:
    """What the decision needs, read after the partitions' counters are locked."""
    records = sorted({reading.record for reading in readings if reading.record})
    named = {r.operation.partition for r in readings if r.operation}
    before = homes_of(connection, records)
    # a held operation may be a link of a record that its author does not see: that one is written too (P8)
    locked = {home.partition for home in before.values()} | {p for p in named if p in visible}
    lock_counters(connection, locked)
    homes = homes_of(connection, records)
    if any(home.partition not in locked for home in homes.values()):
        raise Moved
    return Facts(
        now_ms=now_ms,
        device_is_lost=actor.device_state == "lost",
        may_write=lambda kind, partition: may_write(kind, visible.get(partition)),
        homes=homes,
    )


def lock_counters(connection: Connection, partitions: Iterable[str]) -> None:
    """Lock the counters of partitions in ascending id, making those that are missing."""
    ids = sorted(partitions)
    if not ids:
        return
    locking = select(Counter.partition).where(Counter.partition.in_(ids)).order_by(Counter.partition).with_for_update()
    if len(connection.execute(locking).all()) < len(ids):
        insert_missing(connection, Counter, [{"partition": partition, "seq": 0} for partition in ids])
        connection.execute(locking)


def homes_of(connection: Connection, records: Sequence[str]) -> dict[str, Home]:
    """Partition and kind of the records that exist, with the partitions that they left (P27)."""
    if not records:
        return {}
    rows = connection.execute(select(Record.id, Record.partition, Record.kind).where(Record.id.in_(records))).all()
    left: dict[str, set[str]] = {}
    for record, partition in connection.execute(
        select(Departure.record, Departure.partition).where(Departure.record.in_(records))
    ):
        left.setdefault(record, set()).add(partition)
    return {row.id: Home(row.partition, row.kind, frozenset(left.get(row.id, ()))) for row in rows}


def _append(connection: Connection, actor: Actor, plan: Plan, facts: Facts, judged: str, ambient: Ambient) -> None:
    """Append the plan's rows to the log."""
    if plan.rows:
        unit = _unit_of(connection, actor)
        rows = [_log_row(actor, row, facts, unit, judged, ambient) for row in plan.rows]
        connection.execute(insert(Operation), rows)


def _stored(connection: Connection, device: str, ns: list[int]) -> dict[int, list[Stored]]:
    columns = select(
        Operation.n, Operation.fork, Operation.text, Operation.hash, Operation.status, Operation.code,
        Operation.effective_ms, Operation.suspect,
    )  # fmt: skip
    found: dict[int, list[Stored]] = {}
    for row in connection.execute(columns.where(Operation.device == device, Operation.n.in_(ns))):
        found.setdefault(row.n, []).append(Stored(*row))
    return found


def _log_row(
    actor: Actor, row: NewRow, facts: Facts, unit: str | None, judged: str, ambient: Ambient
) -> dict[str, Any]:
    reading = row.reading
    home = facts.homes.get(reading.record) if reading.record else None
    return {
        "device": actor.device,
        "n": reading.n,
        "fork": row.fork,
        "status": row.status,
        "code": row.code,
        "record": reading.record,
        "unit": home.partition if home else unit,
        "text": reading.text,
        "hash": reading.hash,
        "author": actor.user,
        "received_ms": facts.now_ms,
        "effective_ms": row.effective_ms,
        "suspect": row.suspect,
        "held_id": ambient.uuid() if row.status == HELD else None,
        "judged_under": judged if row.status == HELD else None,
    }


def _unit_of(connection: Connection, actor: Actor) -> str | None:
    """The unit whose commander looks after what this author's phone had held."""
    if actor.grants:
        return actor.grants[0].partition
    last = select(Area.partition).join(Assignment, Assignment.area == Area.id).where(Assignment.user == actor.user)
    return connection.execute(last.order_by(Assignment.to_on.desc()).limit(1)).scalar()


def _advance_seen(connection: Connection, device: str) -> None:
    """`seen_n`: the n up to which every operation of the device is stored (P13)."""
    seen = connection.execute(select(Device.seen_n).where(Device.id == device)).scalar_one()
    reached = seen
    while (step := _stored_run(connection, device, reached)) > reached:
        reached = step
    if reached != seen:
        connection.execute(update(Device).where(Device.id == device).values(seen_n=reached))


def _stored_run(connection: Connection, device: str, after: int) -> int:
    """The end of the unbroken run of numbers after one, looking at a bounded part of it."""
    following = select(Operation.n).where(Operation.device == device, Operation.n > after, Operation.fork == 0)
    for n in connection.execute(following.order_by(Operation.n).limit(RUN_LOOKED_AT_MAX)).scalars():
        if n != after + 1:
            break
        after = n
    return after
