"""A browser that has erased what a phone had stored: noticed when its user signs in anew, and told to the commander.

Cookies are not among what a browser erases to make room: whoever signs in without a device, with a living session of
their own device, has lost that device's store, and with it whatever had not been sent."""

from typing import Any

from sqlalchemy import Connection, distinct, func, or_, select, update

from backend.models import Device, Operation, Session
from backend.services.sessions import hash_token
from sync.exchange import ACCEPTED


def note_lost_store(
    connection: Connection, user: str, device: str, tokens: tuple[str, ...], now_ms: int
) -> dict[str, int] | None:
    """Mark the device whose cookies `tokens` are as having lost its store; null where none has.

    Answers `received`, the records of it that are here, and `unsent`, the operations that it still had when it was
    last heard."""
    lost = _device_of(connection, user, device, tokens)
    if lost is None:
        return None
    connection.execute(update(Device).where(Device.id == lost.id).values(lost_store_ms=now_ms))
    known = select(func.count(distinct(Operation.record)))
    received = connection.execute(known.where(Operation.device == lost.id, Operation.status == ACCEPTED)).scalar_one()
    return {"received": received, "unsent": lost.holds}


def _device_of(connection: Connection, user: str, device: str, tokens: tuple[str, ...]) -> Any:
    """The device of this user, another than the one that signs in, whose session lives on in the browser."""
    hashes = [hash_token(token) for token in tokens]
    own = or_(Session.access_hash.in_(hashes), Session.refresh_hash.in_(hashes))
    query = select(Device.id, Device.holds).join(Session, Session.device == Device.id)
    # one that has never been heard had nothing yet: the answer to its own sign-in was lost
    living = Session.revoked_ms.is_(None), Session.mode == "cookie", Device.state == "active", Device.last_sync_ms > 0
    return connection.execute(query.where(own, *living, Session.user == user, Device.id != device)).first()
