"""A person decides on a held operation: lets it in, or closes it with a reason (P15, P25).

The text is never touched. Locks are those of an exchange (P16): the device's row, then the counters; so a phone that
sends the same operation again meanwhile waits, and is told what came of it."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, select, update

from backend.ambient import Ambient
from backend.errors import ProblemError
from backend.models import Operation, User
from backend.services.access import Actor, grants_of, may_write, partitions_of, refresh_actor
from backend.services.held import OVERSEERS, held_sentence, is_visible_to, may_decide, select_held, show_held
from backend.services.merging import store_records
from backend.services.push import StoredFacts, facts_for, lock_device
from backend.services.release import judgement_mark
from backend.services.retrying import retried
from sync.canonical import read
from sync.days import day_of
from sync.exchange import ACCEPTED, CLOSED, HELD, judge_again
from sync.merge import Logged
from sync.operation import Reading, read_operation


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person wants to become of a held operation, and why."""

    by: Actor
    status: str
    reason: str
    now_ms: int
    ambient: Ambient

    def columns(self) -> dict[str, Any]:
        return {
            "status": self.status,
            "decided_by": self.by.user,
            "decided_ms": self.now_ms,
            "decided_reason": self.reason,
        }


def release(actor: Actor, held: str, reason: str, now_ms: int, ambient: Ambient) -> dict[str, Any]:
    """Let a held operation in; it keeps the `effective_ms` of its first receipt. Again changes nothing.

    What its author may not write (any more) is let in on the decider's own right to write it.
    Raises ProblemError: `not-found`, `role-not-allowed`, `already-decided`; `still-held` when it cannot be accepted,
    which has its present code in `errors`."""
    return _decide(Decision(actor, ACCEPTED, reason, now_ms, ambient), held)


def close(actor: Actor, held: str, reason: str, now_ms: int, ambient: Ambient) -> dict[str, Any]:
    """Put a held operation away; its text stays. Again changes nothing.

    Raises ProblemError: `not-found`, `role-not-allowed`, `already-decided`."""
    return _decide(Decision(actor, CLOSED, reason, now_ms, ambient), held)


def _decide(asked: Decision, held: str) -> dict[str, Any]:
    if not asked.by.has_role(*OVERSEERS):
        raise ProblemError("role-not-allowed")

    def work(connection: Connection, also_lock: Collection[str]) -> tuple[Row[Any], str | None]:
        lock_device(connection, _find(connection, asked.by, held).device)
        # rights and status as they are now, under the lock
        decision = replace(asked, by=refresh_actor(connection, asked.by, day_of(asked.now_ms)))
        row = _find(connection, decision.by, held)
        if not may_decide(decision.by, row.unit):
            raise ProblemError("role-not-allowed")
        if row.status not in (HELD, decision.status):
            raise ProblemError("already-decided")
        code = _settle(connection, decision, row, also_lock) if row.status == HELD else None
        return _find(connection, decision.by, held), code

    row, code = retried(work)
    if code is not None:
        raise _still_held(row, code)
    return show_held(row, asked.by)


def _find(connection: Connection, actor: Actor, held: str) -> Row[Any]:
    """Raises `not-found`, foreign and absent alike."""
    wanted = select_held().where(Operation.held_id == held, is_visible_to(connection, actor))
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise ProblemError("not-found")
    return row


def _settle(connection: Connection, decision: Decision, row: Row[Any], also_lock: Collection[str]) -> str | None:
    """Do what was decided; the code that keeps it from being accepted, which is then the code that it is held with."""
    if decision.status == CLOSED:
        _change(connection, row, decision.columns())
        return None
    author = _author(connection, row, decision.now_ms)
    reading = read_operation(read(row.text.encode()), row.device)
    facts, mark = _facts(connection, decision, author, reading, also_lock)
    code = _judge(row, reading, facts)
    if code is not None or reading.operation is None:
        _change(connection, row, {"code": code, "judged_under": mark})
        return code
    _change(connection, row, {"code": None, "judged_under": mark, **decision.columns()})
    touched = {reading.operation.record: [Logged(reading.operation, row.effective_ms, row.suspect, accepted=True)]}
    store_records(connection, author, facts.homes, touched, decision.now_ms, decision.ambient, rows=facts.rows)
    return None


def _facts(
    connection: Connection, decision: Decision, author: Actor, reading: Reading, also_lock: Collection[str]
) -> tuple[StoredFacts, str]:
    """What it is judged by, under the rights of its author and of who decides; and the mark of the author's alone."""
    of_author, of_decider = partitions_of(connection, author), partitions_of(connection, decision.by)
    visible = of_decider | of_author
    facts = facts_for(connection, author, [reading], visible, decision.now_ms, also_lock)
    facts.may_write = lambda kind, unit: may_write(kind, of_author.get(unit)) or may_write(kind, of_decider.get(unit))
    return facts, judgement_mark(of_author)


def _judge(row: Row[Any], reading: Reading, facts: StoredFacts) -> str | None:
    if row.fork:
        # another operation has this number, and perhaps this very id
        return "forked"
    return judge_again(reading, facts) if row.effective_ms is not None else "operation-invalid"


def _author(connection: Connection, row: Row[Any], now_ms: int) -> Actor:
    """Who made the operation, with the grants of today; that the device is lost is what the decision passes over."""
    user = connection.execute(select(User.id, User.username, User.name).where(User.id == row.author)).one()
    return Actor(*user, row.device, "active", "", grants_of(connection, row.author, day_of(now_ms)))


def _change(connection: Connection, row: Row[Any], values: dict[str, Any]) -> None:
    connection.execute(update(Operation).where(Operation.held_id == row.held_id).values(**values))


def _still_held(row: Row[Any], code: str) -> ProblemError:
    _, detail = held_sentence(code, row.n, row.text)
    fault = {"pointer": "/code", "code": code, "detail": detail}
    return ProblemError("still-held", params={"why": detail}, errors=[fault])
