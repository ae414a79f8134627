"""Push: read the facts under the locks of P16, let `sync.exchange` decide, write the plan. One transaction.

Lock order: the device's row, then the counters of the touched partitions in ascending id (A25).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, bindparam, select, true, update

from backend.ambient import Ambient
from backend.models import IS_HELD, Area, Assignment, Base, Counter, Departure, Device, Operation, Server
from backend.services.access import Actor, PartitionAccess, grants_of, may_write, partitions_of
from backend.services.bulk import append_rows
from backend.services.merging import Moved, rows_of, store_records
from backend.services.release import judge_waiting, judgement_mark, waiting_for
from backend.services.upsert import insert_missing
from sync.canonical import Json
from sync.days import day_of
from sync.exchange import HELD, Facts, Home, NewRow, Plan, Stored, plan_push
from sync.limits import HELD_LISTED_MAX
from sync.operation import Reading, read_operation

RUN_LOOKED_AT_MAX = 1_000
# communes merged into one that was merged later on: so many times over
MERGERS_MAX = 5
LOG: Final = Base.metadata.tables[Operation.__tablename__]
# what an exchange writes of a device
HEARD: Final = ("seen_n", "last_n", "last_sync_ms", "holds")
LOCKING_DEVICE: Final = (
    select(Device.id, Device.state, *(getattr(Device, name) for name in HEARD), Server.epoch)
    .join(Server, true())
    .where(Device.id == bindparam("of_device"))
    .with_for_update(of=Device)
)
NOTE_HEARD: Final = (
    update(Device).where(Device.id == bindparam("of_device")).values({name: bindparam(name) for name in HEARD})
)
HELD_OF_DEVICE: Final = (
    select(Operation.n, Operation.code, Operation.judged_under)
    .where(Operation.device == bindparam("of_device"), IS_HELD)
    .order_by(Operation.n)
    .limit(HELD_LISTED_MAX)
)
LOCKING_COUNTERS: Final = (
    select(Counter.partition)
    .where(Counter.partition.in_(bindparam("partitions", expanding=True)))
    .order_by(Counter.partition)
    .with_for_update()
)


LEFT: Final = select(Departure.record, Departure.partition).where(
    Departure.record.in_(bindparam("records", expanding=True))
)
MERGED: Final = select(Area.id).where(
    Area.id.in_(bindparam("partitions", expanding=True)), Area.merged_into.is_not(None)
)
STORED: Final = select(
    Operation.n, Operation.fork, Operation.text, Operation.hash, Operation.status, Operation.code,
    Operation.effective_ms, Operation.suspect,
).where(Operation.device == bindparam("of_device"), Operation.n.in_(bindparam("ns", expanding=True)))  # fmt: skip
STORED_AFTER: Final = (
    select(Operation.n)
    .where(Operation.device == bindparam("of_device"), Operation.n > bindparam("after"), Operation.fork == 0)
    .order_by(Operation.n)
    .limit(RUN_LOOKED_AT_MAX)
)


class Unlocked(Moved):
    """Records live in partitions that no operation of the batch names: tried again with their counters locked."""

    def __init__(self, partitions: frozenset[str]) -> None:
        super().__init__()
        self.partitions = partitions


class LockedDevice(NamedTuple):
    """What a device's row says once it is locked: every n up to `seen_n` is stored, none beyond `last_n`."""

    id: str
    state: str
    seen_n: int
    last_n: int
    last_sync_ms: int | None
    holds: int
    epoch: str

    def heard(self) -> dict[str, int | None]:
        """What of it an exchange writes anew."""
        return {name: getattr(self, name) for name in HEARD}


@dataclass(frozen=True, slots=True)
class Pushed:
    """The receipts, what the caller sees now (P19), and what it is told of its device (P13)."""

    visible: dict[str, PartitionAccess]
    receipts: list[dict[str, Any]]
    device: dict[str, Any]
    epoch: str


@dataclass(slots=True)
class StoredFacts(Facts):
    """The facts, with the rows of the records that exist."""

    rows: Mapping[str, Row[Any]] = field(default_factory=dict)


def push(
    connection: Connection,
    actor: Actor,
    operations: Sequence[Json],
    now_ms: int,
    ambient: Ambient,
    *,
    holds: int | None = 0,
    also_lock: Collection[str] = (),
) -> Pushed:
    """Store a batch, release what was held for a cause that is gone, and answer the receipts (P14, P15).

    The caller commits. `operations` are objects with an integer `n` of at least 1, strictly ascending; `holds` is
    the length of the phone's outbox after them, null when another phone brings them (P29). Raises Unlocked and
    Moved: the transaction is tried again."""
    device = lock_device(connection, actor.device)
    # read here once more: since the session was looked at, the body came in and the lock was waited for, perhaps for
    # minutes, and meanwhile a role may have ended or a commune been merged (P27, P28)
    actor = replace(actor, device_state=device.state, grants=grants_of(connection, actor.user, day_of(now_ms)))
    visible = {} if actor.device_state == "lost" else partitions_of(connection, actor)
    held = held_of(connection, actor.device)
    readings = [read_operation(operation, actor.device) for operation in operations]
    mark = judgement_mark(visible)
    # most devices have nothing held, and most of what is held waits for the same cause as the last time
    waiting = waiting_for(connection, actor, visible) if may_be_waiting(held, visible) else []
    receipts: list[dict[str, Any]] = []
    if readings or waiting:
        facts = facts_for(connection, actor, [*readings, *(w.reading for w in waiting)], visible, now_ms, also_lock)
        touched = judge_waiting(connection, waiting, facts, actor.device, visible)
        # read after the judgement: what is sent again is told the receipt that it has now (P14)
        facts.stored = _stored(connection, device, [reading.n for reading in readings])
        plan = plan_push(readings, facts)
        for record, entries in plan.touched.items():
            touched.setdefault(record, []).extend(entries)
        _append(connection, actor, plan, facts, mark, ambient)
        store_records(connection, actor, facts.homes, touched, now_ms, ambient, rows=facts.rows)
        receipts = plan.receipts
        if waiting or any(row.status == HELD for row in plan.rows):
            held = held_of(connection, actor.device)
    reached = _numbers_after(connection, device, [reading.n for reading in readings])
    # what another phone brings says nothing of when this one was heard, or of what it still has
    heard = {} if holds is None else {"last_sync_ms": now_ms, "holds": holds}
    connection.execute(NOTE_HEARD, {**device.heard(), **heard, **reached, "of_device": device.id})
    return Pushed(
        visible, receipts, device_told(device.state, reached.get("seen_n", device.seen_n), held), device.epoch
    )


class HeldNow(NamedTuple):
    """A held operation of a device, and what it was last judged under."""

    n: int
    code: str | None
    judged_under: str | None


def held_of(connection: Connection, device: str) -> list[HeldNow]:
    """What the device has held now."""
    return [HeldNow(*row) for row in connection.execute(HELD_OF_DEVICE, {"of_device": device})]


def may_be_waiting(held: Sequence[HeldNow], visible: dict[str, PartitionAccess]) -> bool:
    """Whether it is worth asking what may be released: most devices have nothing held, and most of what is held was
    last judged under the same rights. Of more than are listed, those that wait may be beyond the list."""
    if not held:
        return False
    mark = judgement_mark(visible)
    return len(held) >= HELD_LISTED_MAX or any(row.judged_under != mark for row in held)


def device_told(state: str, seen_n: int, held: Sequence[HeldNow]) -> dict[str, Any]:
    """What a phone is told of itself (P13)."""
    return {"state": state, "seen_n": seen_n, "held": [{"n": row.n, "code": row.code} for row in held]}


def lock_device(connection: Connection, device: str) -> LockedDevice:
    """The first lock of every exchange: one batch of a device at a time."""
    return LockedDevice(*connection.execute(LOCKING_DEVICE, {"of_device": device}).one())


def facts_for(
    connection: Connection,
    actor: Actor,
    readings: Sequence[Reading],
    visible: dict[str, PartitionAccess],
    now_ms: int,
    also_lock: Collection[str] = (),
) -> StoredFacts:
    """What the decision needs, read after the partitions' counters are locked.

    Raises Unlocked where a record lives in a partition that is neither named nor in `also_lock`."""
    records = sorted({reading.record for reading in readings if reading.record})
    named = {r.operation.partition for r in readings if r.operation}
    writable = {partition for partition, access in visible.items() if access.access == "write"}
    successors = successors_of(connection, named - writable)
    # a held operation may be a link of a record that its author does not see: that one is written too (P8)
    locked = {p for p in named | set(successors.values()) if p in visible} | set(also_lock)
    lock_counters(connection, locked)
    rows = rows_of(connection, records) if records else {}
    # who waited for the lock may have waited for a merger: what is new would go where nobody looks any more (P27)
    if len(rows) < len(records) and connection.execute(MERGED, {"partitions": sorted(locked & writable)}).first():
        raise Moved
    unlocked = frozenset(row.partition for row in rows.values()) - locked
    if unlocked:
        raise Unlocked(unlocked)
    return StoredFacts(
        now_ms=now_ms,
        device_is_lost=actor.device_state == "lost",
        may_write=lambda kind, partition: may_write(kind, visible.get(partition)),
        homes=_homes(connection, rows, named),
        successors=successors,
        rows=rows,
    )


def successors_of(connection: Connection, partitions: Collection[str]) -> dict[str, str]:
    """What became of partitions that were merged into others (P27)."""
    if not partitions:
        return {}
    following: dict[str, str] = {}
    asked = set(partitions)
    for _ in range(MERGERS_MAX):
        merged = select(Area.id, Area.merged_into).where(Area.id.in_(asked), Area.merged_into.is_not(None))
        step = {row.id: str(row.merged_into) for row in connection.execute(merged)}
        following |= step
        asked = set(step.values())
        if not asked:
            break
    return {partition: _last_of(following, partition) for partition in partitions if partition in following}


def _last_of(following: Mapping[str, str], partition: str) -> str:
    while partition in following:
        partition = following[partition]
    return partition


def lock_counters(connection: Connection, partitions: Iterable[str]) -> None:
    """Lock the counters of partitions in ascending id, making those that are missing."""
    ids = sorted(partitions)
    if not ids:
        return
    if len(connection.execute(LOCKING_COUNTERS, {"partitions": ids}).all()) < len(ids):
        insert_missing(connection, Counter, [{"partition": partition, "seq": 0} for partition in ids])
        connection.execute(LOCKING_COUNTERS, {"partitions": ids})


def _homes(connection: Connection, rows: Mapping[str, Row[Any]], named: set[str]) -> dict[str, Home]:
    """Where the records live. Former homes are asked for only where an operation may name one."""
    is_foreign = any(partition != row.partition for row in rows.values() for partition in named)
    left = _partitions_left(connection, list(rows)) if is_foreign else {}
    return {row.id: Home(row.partition, row.kind, left.get(row.id, frozenset())) for row in rows.values()}


def _partitions_left(connection: Connection, records: Sequence[str]) -> dict[str, frozenset[str]]:
    left: dict[str, frozenset[str]] = {}
    for record, partition in connection.execute(LEFT, {"records": records}):
        left[record] = left.get(record, frozenset()) | {partition}
    return left


def _append(connection: Connection, actor: Actor, plan: Plan, facts: Facts, judged: str, ambient: Ambient) -> None:
    """Append the plan's rows to the log."""
    if plan.rows:
        unit = _unit_of(connection, actor)
        rows = [_log_row(actor, row, facts, unit, judged, ambient) for row in plan.rows]
        append_rows(connection, LOG, rows)


def _stored(connection: Connection, device: LockedDevice, ns: Sequence[int]) -> dict[int, list[Stored]]:
    """What the log holds under these numbers; nothing can be held beyond `last_n`."""
    repeated = [n for n in ns if n <= device.last_n]
    if not repeated:
        return {}
    found: dict[int, list[Stored]] = {}
    for row in connection.execute(STORED, {"of_device": device.id, "ns": repeated}):
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


def _numbers_after(connection: Connection, device: LockedDevice, ns: Sequence[int]) -> dict[str, int]:
    """`seen_n`, the n up to which every operation of the device is stored (P13), and `last_n`."""
    if not ns:
        return {}
    last = max(device.last_n, ns[-1])
    follows = [n for n in ns if n > device.seen_n]
    # compared one by one: a phone may name a number as large as it likes, and nothing is built up to that
    if device.seen_n == device.last_n and all(n == device.seen_n + k for k, n in enumerate(follows, 1)):
        return {"seen_n": last, "last_n": last}
    seen = device.seen_n
    while (step := _stored_run(connection, device.id, seen)) > seen:
        seen = step
    return {"seen_n": seen, "last_n": last}


def _stored_run(connection: Connection, device: str, after: int) -> int:
    """The end of the unbroken run of numbers after one, looking at a bounded part of it."""
    for n in connection.execute(STORED_AFTER, {"of_device": device, "after": after}).scalars():
        if n != after + 1:
            break
        after = n
    return after
