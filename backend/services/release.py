"""Held operations are released by themselves when their cause goes (P15): access given back, a new schema."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, func, select, update

from backend.models import IS_HELD, Operation
from backend.services.access import Actor, PartitionAccess
from sync.canonical import digest, read, write
from sync.exchange import ACCEPTED, HELD, Facts, judge_again
from sync.kinds import SCHEMA
from sync.limits import OPERATION_BYTES_MAX
from sync.merge import Logged
from sync.operation import Reading, read_operation

# lost devices are released by the commander, forks by nobody
NOT_BY_ITSELF = ("device-lost", "forked")
JUDGED_AT_ONCE_MAX = 200
WAITING: Final = (
    select(Operation.text, Operation.effective_ms, Operation.suspect)
    .where(Operation.device == bindparam("of_device"), IS_HELD, Operation.fork == 0)
    .where(Operation.code.not_in(NOT_BY_ITSELF), Operation.judged_under != bindparam("mark"))
    # what is larger can never be let in, and so many of it would not fit into memory
    .where(func.length(Operation.text) <= OPERATION_BYTES_MAX)
    .order_by(Operation.n)
    .limit(JUDGED_AT_ONCE_MAX)
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A held operation, read anew, with what its first receipt fixed."""

    reading: Reading
    effective_ms: int | None
    suspect: bool


def judgement_mark(visible: dict[str, PartitionAccess]) -> str:
    """What held operations of a user are judged under: another access or another schema asks again."""
    return digest(write([SCHEMA, [[p.id, p.access, p.role] for p in visible.values()]]))


def waiting_for(connection: Connection, actor: Actor, visible: dict[str, PartitionAccess]) -> list[Waiting]:
    """What the device has held under another access or schema than the present one."""
    if actor.device_state == "lost":
        return []
    rows = connection.execute(WAITING, {"of_device": actor.device, "mark": judgement_mark(visible)})
    return [
        Waiting(read_operation(read(row.text.encode()), actor.device), row.effective_ms, row.suspect) for row in rows
    ]


def judge_waiting(
    connection: Connection,
    waiting: Sequence[Waiting],
    facts: Facts,
    device: str,
    visible: dict[str, PartitionAccess],
) -> dict[str, list[Logged]]:
    """Judge held operations again; answers what was released, by record. It keeps its effective_ms (P15)."""
    mark = judgement_mark(visible)
    released: dict[str, list[Logged]] = {}
    for held in waiting:
        code = judge_again(held.reading, facts) if held.effective_ms is not None else "operation-invalid"
        status = HELD if code else ACCEPTED
        own = Operation.device == device, Operation.n == held.reading.n, Operation.fork == 0
        connection.execute(update(Operation).where(*own).values(status=status, code=code, judged_under=mark))
        operation = held.reading.operation
        if code is None and operation is not None and held.effective_ms is not None:
            entry = Logged(operation, held.effective_ms, held.suspect, accepted=True)
            released.setdefault(operation.record, []).append(entry)
    return released
