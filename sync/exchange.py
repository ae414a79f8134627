"""Push, decided and not done (P8, P12, P14 to P16, P27, P28): from what came in and what stands, to receipts and rows.

The shell reads the facts under the locks of P16, calls `plan_push`, and writes the plan.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sync.merge import Logged
from sync.operation import Operation, Reading
from sync.stamp import clamp

ACCEPTED, HELD, CLOSED = "accepted", "held", "closed"


@dataclass(frozen=True, slots=True)
class Stored:
    """An operation of this device that the log already holds, with its present receipt."""

    n: int
    fork: int
    text: str
    hash: str | None
    status: str
    code: str | None
    effective_ms: int | None
    suspect: bool


@dataclass(frozen=True, slots=True)
class Home:
    """The partition and kind of a record (P27), and the partitions that it was moved from."""

    partition: str
    kind: str
    former: frozenset[str] = frozenset()


@dataclass(slots=True)
class Facts:
    """What stands when the batch is decided. `may_write(kind, partition)` is the policy as of now (P28);
    `successors` are the partitions that others were merged into (P27)."""

    now_ms: int
    device_is_lost: bool
    may_write: Callable[[str, str], bool]
    stored: Mapping[int, Sequence[Stored]] = field(default_factory=dict)
    homes: dict[str, Home] = field(default_factory=dict)
    successors: Mapping[str, str] = field(default_factory=dict)


class NewRow(NamedTuple):
    """An operation to append to the log."""

    reading: Reading
    fork: int
    status: str
    code: str | None
    effective_ms: int | None
    suspect: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """Receipts in the order of the batch, the rows to append, and the records whose log grows."""

    receipts: list[dict[str, Any]]
    rows: list[NewRow]
    touched: dict[str, list[Logged]]


def plan_push(readings: Sequence[Reading], facts: Facts) -> Plan:
    """Decide a batch. `facts.homes` gains the records that it creates."""
    receipts, rows = [], []
    touched: dict[str, list[Logged]] = {}
    for reading in readings:
        known = _same(reading, facts)
        if known is not None:
            receipts.append(receipt(known.n, known.hash, known.status, known.code, known.effective_ms, known.suspect))
            continue
        row = _decide(reading, facts)
        rows.append(row)
        receipts.append(receipt(reading.n, reading.hash, row.status, row.code, row.effective_ms, row.suspect))
        _touch(row, touched)
    return Plan(receipts, rows, touched)


def judge(operation: Operation, facts: Facts) -> str | None:
    """The code that holds a sound operation now, or null: it is accepted and its record has a home."""
    if facts.device_is_lost:
        return "device-lost"
    home = facts.homes.get(operation.record)
    # what a phone recorded for a commune that was merged meanwhile belongs to the one that took it in
    partition = facts.successors.get(operation.partition, operation.partition)
    if home is None:
        if not facts.may_write(operation.kind, partition):
            return "not-granted"
        facts.homes[operation.record] = Home(partition, operation.kind)
        return None
    if partition != home.partition and operation.partition not in home.former:
        return "partition-mismatch"
    if operation.kind != home.kind:
        return "kind-mismatch"
    return None if facts.may_write(home.kind, home.partition) else "not-granted"


def judge_again(reading: Reading, facts: Facts) -> str | None:
    """The code that holds an operation, read anew, now that its cause may be gone (P15); null releases it."""
    if reading.operation is None or reading.ms is None:
        return "operation-invalid"
    return reading.code or judge(reading.operation, facts)


def receipt(
    n: int, hashed: str | None, status: str, code: str | None, effective_ms: int | None, suspect: bool
) -> dict[str, Any]:
    """A receipt on the wire (P14); one that a person closed stays held for its author."""
    told: dict[str, Any] = {
        "n": n,
        "status": ACCEPTED if status == ACCEPTED else HELD,
        "hash": hashed,
        "effective_ms": effective_ms,
        "suspect": suspect,
    }
    if code is not None:
        told["code"] = code
    return told


def _same(reading: Reading, facts: Facts) -> Stored | None:
    """The stored operation that this one repeats, a fork kept aside among them."""
    for stored in facts.stored.get(reading.n, ()):
        if stored.hash == reading.hash and stored.text == reading.text:
            return stored
    return None


def _decide(reading: Reading, facts: Facts) -> NewRow:
    operation = reading.operation
    effective_ms, suspect = clamp(reading.ms, facts.now_ms) if reading.ms is not None else (None, False)
    forks = facts.stored.get(reading.n, ())
    if forks:
        code: str | None = "forked"
    elif facts.device_is_lost:
        code = "device-lost"
    else:
        code = reading.code or (judge(operation, facts) if operation else "operation-invalid")
    fork = max((stored.fork for stored in forks), default=-1) + 1
    return NewRow(reading, fork, HELD if code else ACCEPTED, code, effective_ms, suspect)


def _touch(row: NewRow, touched: dict[str, list[Logged]]) -> None:
    """A held operation, a fork too, grows the log of its record: accepted ones may name it (P8)."""
    operation = row.reading.operation
    if operation is None or row.effective_ms is None:
        return
    logged = Logged(operation, row.effective_ms, row.suspect, row.status == ACCEPTED)
    touched.setdefault(operation.record, []).append(logged)
