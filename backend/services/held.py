"""Held operations: visible to their author and to those who can release or close them (P15)."""

from typing import Any

import orjson
from sqlalchemy import Connection, Row, Select, case, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from backend.errors import ProblemError, sentence
from backend.i18n import pgettext
from backend.models import IS_CLOSED, IS_HELD, Device, Operation, User
from backend.services.access import Actor, scope_paths
from backend.services.keyset import decode_place, encode_place
from backend.services.scope import partitions_under
from sync import canonical
from sync.exchange import HELD
from sync.kinds import KINDS, accepts
from sync.limits import OPERATION_BYTES_MAX

AUTHORS = ("officer", "team_member", "commander", "coordinator")
OVERSEERS = ("commander", "coordinator")


def list_held(connection: Connection, actor: Actor, state: str, before: str | None, limit: int) -> dict[str, Any]:
    """The caller's own, and those of the units that the caller oversees, newest first; `state` is held or closed.

    Who has lost every role still sees the own (P15). Raises ProblemError: `role-not-allowed`, `parameter-invalid`."""
    if actor.grants and not actor.has_role(*AUTHORS):
        raise ProblemError("role-not-allowed")
    query = select_held(with_long_texts=False).where(
        IS_HELD if state == HELD else IS_CLOSED, is_visible_to(connection, actor)
    )
    if before is not None:
        place = decode_place(before, (int, str), "before")
        query = query.where(tuple_(Operation.received_ms, Operation.held_id) < tuple(place))
    order = (Operation.received_ms.desc(), Operation.held_id.desc())
    rows = connection.execute(query.order_by(*order).limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    following = encode_place((last.received_ms, last.held_id)) if last else None
    return {"items": [show_held(row, actor) for row in rows[:limit]], "next": following}


def select_held(*, with_long_texts: bool = True) -> Select[Any]:
    """Operations with the names of their author, their device, and of who decided on them.

    A page of texts larger than any that can be accepted would not fit into memory: there they are null."""
    decider = aliased(User)
    names = User.name.label("author_name"), Device.name.label("device_name"), decider.name.label("decider_name")
    columns = [column for column in Operation.__table__.columns if with_long_texts or column.key != "text"]
    short = case((func.length(Operation.text) <= OPERATION_BYTES_MAX, Operation.text)).label("text")
    return (
        select(*columns, *(() if with_long_texts else (short,)), *names)
        .join(User, User.id == Operation.author)
        .join(Device, Device.id == Operation.device)
        .outerjoin(decider, decider.id == Operation.decided_by)
    )


def is_visible_to(connection: Connection, actor: Actor) -> Any:
    """The caller's own operations, and those of the units that the caller oversees."""
    units = partitions_under(connection, scope_paths(actor, OVERSEERS))
    own = Operation.device.in_(select(Device.id).where(Device.user == actor.user))
    return or_(own, Operation.unit.in_(units))


def may_decide(actor: Actor, unit: str | None) -> bool:
    """Whether the caller releases and closes what is held of a unit: its commander; of a city, its coordinator."""
    return any(grant.role in OVERSEERS and grant.partition == unit for grant in actor.grants)


def show_held(row: Row[Any], actor: Actor) -> dict[str, Any]:
    """One operation that is or was held, as it was sent, with the sentence of its code and what was decided."""
    title, detail = held_sentence(row.code, row.n, row.text or "") if row.code else (None, None)
    return {
        "id": row.held_id,
        "device": row.device,
        "device_name": row.device_name,
        "n": row.n,
        "operation": _as_sent(row),
        "record": row.record,
        "status": row.status,
        "code": row.code,
        "title": title,
        "detail": detail,
        "author": {"id": row.author, "name": row.author_name},
        "unit": row.unit,
        "received_ms": row.received_ms,
        "effective_ms": row.effective_ms,
        "suspect": row.suspect,
        "may_decide": row.status == HELD and may_decide(actor, row.unit),
        "decision": show_decision(row),
    }


def show_decision(row: Row[Any]) -> dict[str, Any] | None:
    """Who decided on a held operation, when and why; null while nobody has."""
    if row.decided_by is None:
        return None
    by = {"id": row.decided_by, "name": row.decider_name or ""}
    return {"by": by, "at_ms": row.decided_ms, "reason": row.decided_reason}


def held_sentence(code: str, n: int, text: str) -> tuple[str, str]:
    """Title and detail of a held operation's code, in the caller's language."""
    return sentence(code, {"n": n, "field": name_faulty_field(text)})


def _as_sent(row: Row[Any]) -> orjson.Fragment | str | None:
    """Verbatim where it is canonical; else its text, which may hold what no reader of JSON could take; null where it is
    larger than any that can be accepted."""
    if row.text is None or len(row.text) > OPERATION_BYTES_MAX:
        return None
    return orjson.Fragment(row.text) if row.hash is not None else str(row.text)


def name_faulty_field(text: str) -> str:
    """The label of the first field whose value the protocol refuses, in the caller's language."""
    try:
        sent = canonical.read(text.encode("utf-8"))
    except canonical.Unreadable:
        return "?"
    kind = KINDS.get(str(sent.get("kind")))
    values = sent.get("set")
    if kind is None or not isinstance(values, dict):
        return "?"
    for name, value in values.items():
        field = kind.fields.get(name)
        if field is not None and not accepts(field, value):
            return pgettext(field.context, field.label)
    return "?"
