"""Held operations are released by themselves when their cause goes (P15): access given back, a new schema."""

from sqlalchemy import Connection, select, update

from backend.ambient import Ambient
from backend.models import Operation
from backend.services.access import Actor, PartitionAccess
from backend.services.merging import store_records
from backend.services.push import facts_for, judgement_mark
from sync.canonical import read
from sync.exchange import ACCEPTED, HELD, judge_again
from sync.merge import Logged
from sync.operation import Reading, read_operation

# lost devices are released by the commander, forks by nobody
NOT_BY_ITSELF = ("device-lost", "forked")
JUDGED_AT_ONCE_MAX = 200


def release_held(
    connection: Connection, actor: Actor, visible: dict[str, PartitionAccess], now_ms: int, ambient: Ambient
) -> int:
    """Judge again what the device has held under another access or schema; answers how many were released.

    The device's row is locked by the caller, who commits."""
    mark = judgement_mark(visible)
    rows = connection.execute(
        select(Operation.n, Operation.text, Operation.effective_ms, Operation.suspect)
        .where(Operation.device == actor.device, Operation.status == HELD, Operation.fork == 0)
        .where(Operation.code.not_in(NOT_BY_ITSELF), Operation.judged_under != mark)
        .order_by(Operation.n)
        .limit(JUDGED_AT_ONCE_MAX)
    ).all()
    if not rows:
        return 0
    readings = {row.n: read_operation(read(row.text.encode()), actor.device) for row in rows}
    facts = facts_for(connection, actor, list(readings.values()), visible, now_ms)
    touched: dict[str, list[Logged]] = {}
    for row in rows:
        operation = readings[row.n].operation
        code = judge_again(operation, facts) if operation and row.effective_ms is not None else "operation-invalid"
        _rejudge(connection, actor.device, row.n, code or _unsound(readings[row.n]), mark)
        if code is None and operation is not None:
            entry = Logged(operation, row.effective_ms, row.suspect, accepted=True)
            touched.setdefault(operation.record, []).append(entry)
    store_records(connection, actor, facts.homes, touched, now_ms, ambient)
    return sum(map(len, touched.values()))


def _unsound(reading: Reading) -> str | None:
    """A code that no change of access or schema takes away: what cannot be made canonical stays held."""
    return reading.code if reading.hash is None else None


def _rejudge(connection: Connection, device: str, n: int, code: str | None, mark: str) -> None:
    status = HELD if code else ACCEPTED
    own = Operation.device == device, Operation.n == n, Operation.fork == 0
    connection.execute(update(Operation).where(*own).values(status=status, code=code, judged_under=mark))
