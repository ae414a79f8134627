"""Held operations: visible to their author and to those who can release them (P15)."""

from typing import Any

import orjson
from sqlalchemy import Connection, Row, or_, select, tuple_

from backend.errors import ProblemError, sentence
from backend.i18n import pgettext
from backend.models import Device, Operation, User
from backend.services.access import Actor, scope_paths
from backend.services.keyset import decode_place, encode_place
from backend.services.scope import partitions_under
from sync import canonical
from sync.kinds import KINDS, accepts

AUTHORS = ("officer", "team_member", "commander", "coordinator")
OVERSEERS = ("commander", "coordinator")


def list_held(connection: Connection, actor: Actor, before: str | None, limit: int) -> dict[str, Any]:
    """The caller's own, and those of the units that the caller oversees, newest first.

    Raises ProblemError: `role-not-allowed`, `parameter-invalid`."""
    if not actor.has_role(*AUTHORS):
        raise ProblemError("role-not-allowed")
    units = partitions_under(connection, scope_paths(actor, OVERSEERS))
    own = Operation.device.in_(select(Device.id).where(Device.user == actor.user))
    query = (
        select(Operation.__table__, User.name)
        .join(User, User.id == Operation.author)
        .where(Operation.status == "held", or_(own, Operation.unit.in_(units)))
    )
    if before is not None:
        place = decode_place(before, (int, str), "before")
        query = query.where(tuple_(Operation.received_ms, Operation.held_id) < tuple(place))
    order = (Operation.received_ms.desc(), Operation.held_id.desc())
    rows = connection.execute(query.order_by(*order).limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    following = encode_place((last.received_ms, last.held_id)) if last else None
    return {"items": [show_held(row) for row in rows[:limit]], "next": following}


def show_held(row: Row[Any]) -> dict[str, Any]:
    """One held operation, as it was sent, with the sentence of its code."""
    title, detail = sentence(row.code, {"n": row.n, "field": name_faulty_field(row.text)})
    return {
        "id": row.held_id,
        "device": row.device,
        "n": row.n,
        "operation": _as_sent(row),
        "record": row.record,
        "code": row.code,
        "title": title,
        "detail": detail,
        "author": {"id": row.author, "name": row.name},
        "unit": row.unit,
        "received_ms": row.received_ms,
    }


def _as_sent(row: Row[Any]) -> orjson.Fragment | str:
    """Verbatim where it is canonical; else its text, which may hold what no reader of JSON could take."""
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
