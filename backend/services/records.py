"""One record: its present state, and everything that was ever said about it."""

from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, and_, or_, select, tuple_

from backend.errors import ProblemError
from backend.models import IS_HELD, Operation, Record
from backend.services.access import Actor, PartitionAccess, partitions_of
from backend.services.held import select_held, show_decision, show_held
from backend.services.keyset import decode_place, encode_place
from backend.services.showing import show_records
from sync import canonical

# who may see what of others was held (P15): the commander, and the coordinator of the units
OVERSEEING: Final = ("commander", "coordinator")


def read_record(connection: Connection, actor: Actor, record: str) -> dict[str, Any]:
    """The record with its children, photos, review and the caller's held operations. Raises `not-found`."""
    find_home(connection, actor, record)
    item = show_records(connection, [record], with_void=True)[0]
    mine = select_held(with_long_texts=False).where(Operation.record == record, IS_HELD, Operation.author == actor.user)
    return {**item, "held": [show_held(row, actor) for row in connection.execute(mine.order_by(Operation.received_ms))]}


def find_home(connection: Connection, actor: Actor, record: str) -> PartitionAccess:
    """The record's partition, when the caller may see it. Raises `not-found`, foreign and absent alike."""
    partition = connection.execute(select(Record.partition).where(Record.id == record)).scalar()
    home = partitions_of(connection, actor).get(partition) if partition else None
    if home is None:
        raise ProblemError("not-found")
    return home


def read_history(connection: Connection, actor: Actor, record: str, before: str | None, limit: int) -> dict[str, Any]:
    """Operations on a record in the order of their receipt. Raises `not-found`, `parameter-invalid`."""
    home = find_home(connection, actor, record)
    wanted = Operation.record == record
    if home.role not in OVERSEEING:
        wanted = and_(wanted, or_(Operation.status == "accepted", Operation.author == actor.user))
    order = (Operation.received_ms, Operation.device, Operation.n, Operation.fork)
    query = select_held()
    if before is not None:
        query = query.where(tuple_(*order) > tuple(decode_place(before, (int, str, int, int), "before")))
    rows = connection.execute(query.where(wanted).order_by(*order).limit(limit + 1)).all()
    page = rows[:limit]
    said = [_read(row) for row in page]
    values = _values_named(connection, wanted, said)
    items = [_show(row, operation, values) for row, operation in zip(page, said, strict=True)]
    last = page[-1] if len(rows) > limit else None
    following = encode_place((last.received_ms, last.device, last.n, last.fork)) if last else None
    return {"items": items, "next": following}


def _read(row: Any) -> dict[str, Any]:
    """The operation as sent; what cannot be made canonical is kept as text and shown as nothing."""
    try:
        operation = orjson.loads(row.text)
    except orjson.JSONDecodeError:
        return {}
    return operation if isinstance(operation, dict) else {}


def _values_named(connection: Connection, wanted: Any, said: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What the operations set that a page names in `prev`, by id."""
    names = {name for operation in said for ids in _named(operation).values() for name in ids}
    keys = sorted({key for name in names if (key := _device_and_n(name))})
    values: dict[str, dict[str, Any]] = {}
    for start in range(0, len(keys), 500):
        chunk = tuple_(Operation.device, Operation.n).in_(keys[start : start + 500])
        query = select(Operation.device, Operation.n, Operation.text).where(wanted, chunk)
        for row in connection.execute(query):
            operation = _read(row)
            values[f"{row.device}.{row.n}.{operation.get('tag')}"] = _mapping(operation.get("set"))
    return values


def _show(row: Row[Any], operation: dict[str, Any], values: dict[str, dict[str, Any]]) -> dict[str, Any]:
    replaced = {
        field: [{"id": name, "value": values[name].get(field)} if name in values else {"id": name} for name in ids]
        for field, ids in _named(operation).items()
    }
    return {
        "id": f"{row.device}.{row.n}.{operation.get('tag')}",
        "device": row.device,
        "device_name": row.device_name,
        "n": row.n,
        "author": {"id": row.author, "name": row.author_name},
        "set": _mapping(operation.get("set")),
        "replaced": replaced,
        "stamp": operation.get("stamp"),
        "observed": operation.get("observed"),
        "received_ms": row.received_ms,
        "effective_ms": row.effective_ms,
        "suspect": row.suspect,
        "status": row.status,
        "code": row.code,
        "decision": show_decision(row),
    }


def _named(operation: dict[str, Any]) -> dict[str, list[str]]:
    found = _mapping(operation.get("prev"))
    return {
        field: [name for name in ids if isinstance(name, str)] for field, ids in found.items() if isinstance(ids, list)
    }


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _device_and_n(name: str) -> tuple[str, int] | None:
    device, _, rest = name.partition(".")
    n = rest.partition(".")[0]
    known = len(device) == 16 and n.isascii() and n.isdigit() and len(n) <= 16
    return (device, int(n)) if known and canonical.is_integer(int(n)) else None
