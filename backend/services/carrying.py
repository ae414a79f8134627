"""Pushing what another phone sealed (P29): as its own user on its own device, brought by somebody of the unit."""

import logging
from typing import Any, Final

from sqlalchemy import Connection, select

from backend.ambient import Ambient
from backend.database import reading
from backend.errors import ProblemError
from backend.models import Area, Assignment, Device, User
from backend.services.access import Actor, grants_of
from backend.services.exchange import push_batch
from backend.services.sealing import Sealed
from sync.days import day_of
from sync.limits import BATCH_OPERATIONS_MAX

# no session made these operations
NO_SESSION: Final = ""

log = logging.getLogger(__name__)


def push_sealed(carrier: Actor, sealed: Sealed, ambient: Ambient) -> list[dict[str, Any]]:
    """The receipts of everything in the file; they are durable when this returns (P14).

    Each batch is a transaction of its own: what fails half-way is simply brought again. Raises ProblemError
    `sealed-device-unknown`."""
    with reading() as connection:
        author = _author(connection, carrier, sealed.device, day_of(ambient.now_ms()))
    receipts: list[dict[str, Any]] = []
    for start in range(0, len(sealed.operations), BATCH_OPERATIONS_MAX):
        batch = sealed.operations[start : start + BATCH_OPERATIONS_MAX]
        receipts += push_batch(author, batch, None, ambient.now_ms(), ambient).receipts
    log.info("%s operations of device %s brought by user %s", len(receipts), author.device, carrier.user)
    return receipts


def _author(connection: Connection, carrier: Actor, device: str, today: str) -> Actor:
    """The device's user. One of another unit is the same to the carrier as one that does not exist."""
    people = select(User.id, User.username, User.name, Device.state).join(Device, Device.user == User.id)
    row = connection.execute(people.where(Device.id == device)).first()
    if row is None:
        raise ProblemError("sealed-device-unknown")
    grants = grants_of(connection, row.id, today)
    units = {grant.partition for grant in grants} or _former_units(connection, row.id)
    if row.id != carrier.user and units.isdisjoint(grant.partition for grant in carrier.grants):
        raise ProblemError("sealed-device-unknown")
    return Actor(row.id, row.username, row.name, device, row.state, NO_SESSION, grants)


def _former_units(connection: Connection, user: str) -> set[str]:
    """Where somebody worked who has no role today: colleagues may still bring what the phone has."""
    query = select(Area.partition).join(Assignment, Assignment.area == Area.id).where(Assignment.user == user)
    return set(connection.execute(query).scalars())
