"""Push: read the facts under the locks of P16, let `sync.exchange` decide, write the plan. One transaction.

Lock order: the device's row, then the counters of the touched partitions in ascending id (A25).
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, update

from backend.ambient import Ambient
from backend.models import Area, Assignment, Counter, Departure, Device, Operation, Record
from backend.services.access import Actor, PartitionAccess, may_write, partitions_of
from backend.services.merging import store_records
from backend.services.upsert import insert_missing
from sync.canonical import Json, digest, write
from sync.exchange import ACCEPTED, HELD, Facts, Home, NewRow, Plan, Stored, plan_push
from sync.kinds import SCHEMA
from sync.operation import Reading, read_operation


class Moved(Exception):
    """A record changed its partition between the look and the lock; the transaction is tried again."""


def push(
    connection: Connection, actor: Actor, operations: Sequence[Json], now_ms: int, ambient: Ambient
) -> list[dict[str, Any]]:
    """Store a batch and answer its receipts (P14). The caller commits.

    `operations` are objects with an integer `n` of at least 1, strictly ascending."""
    readings = [read_operation(operation, actor.device) for operation in operations]
    lock_device(connection, actor.device)
    visible = {} if actor.device_state == "lost" else partitions_of(connection, actor)
    facts = facts_for(connection, actor, readings, visible, now_ms)
    plan = plan_push(readings, facts)
    write_rows(connection, actor, plan, facts, visible, now_ms, ambient)
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
    locked = {p for p in named | {home.partition for home in before.values()} if p in visible}
    lock_counters(connection, locked)
    homes = homes_of(connection, records)
    if any(home.partition in visible and home.partition not in locked for home in homes.values()):
        raise Moved
    return Facts(
        now_ms=now_ms,
        device_is_lost=actor.device_state == "lost",
        may_write=lambda kind, partition: may_write(kind, visible.get(partition)),
        stored=_stored(connection, actor.device, [reading.n for reading in readings]),
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


def write_rows(
    connection: Connection,
    actor: Actor,
    plan: Plan,
    facts: Facts,
    visible: dict[str, PartitionAccess],
    now_ms: int,
    ambient: Ambient,
) -> None:
    """Append the plan's rows and bring the touched records up to date."""
    if not plan.rows:
        return
    unit = _unit_of(connection, actor)
    judged = judgement_mark(visible)
    rows = [_log_row(actor, row, facts, unit, judged, now_ms, ambient) for row in plan.rows]
    connection.execute(insert(Operation), rows)
    store_records(connection, actor, facts.homes, plan.touched, now_ms, ambient)


def judgement_mark(visible: dict[str, PartitionAccess]) -> str:
    """What held operations of a user are judged under: another access or another schema asks again (P15)."""
    return digest(write([SCHEMA, [[p.id, p.access, p.role] for p in visible.values()]]))


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
    actor: Actor, row: NewRow, facts: Facts, unit: str | None, judged: str, now_ms: int, ambient: Ambient
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
        "unit": home.partition if home and row.status == ACCEPTED else unit,
        "text": reading.text,
        "hash": reading.hash,
        "author": actor.user,
        "received_ms": now_ms,
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
    following = select(Operation.n).where(Operation.device == device, Operation.n > seen, Operation.fork == 0)
    reached = seen
    for n in connection.execute(following.order_by(Operation.n).limit(1_000)).scalars():
        if n != reached + 1:
            break
        reached = n
    if reached != seen:
        connection.execute(update(Device).where(Device.id == device).values(seen_n=reached))
