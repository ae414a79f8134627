"""What the jobs did, and that a slot is worked once, whoever leads."""

from collections.abc import Callable
from typing import Final

import orjson
from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from backend.ambient import Ambient
from backend.database import reading, writing
from backend.models import JobRun

HEARTBEAT_MS: Final = 5 * 60_000


def claim_slot(connection: Connection, name: str, slot: int, now_ms: int, ambient: Ambient) -> bool:
    """Whether this process is the first to take a slot of a job."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = {"id": ambient.uuid(), "name": name, "slot": slot, "started_ms": now_ms}
    claiming = dialect.insert(JobRun).values(**row).on_conflict_do_nothing().returning(JobRun.id)
    return connection.execute(claiming).first() is not None


def run_slot(
    name: str, slot: int, now_ms: int, ambient: Ambient, work: Callable[[Connection, int], dict[str, int]]
) -> bool:
    """Claim a slot and do its work in one transaction, so that a crash gives the slot back."""
    with reading() as connection:
        taken = connection.execute(select(JobRun.id).where(JobRun.name == name, JobRun.slot == slot)).first()
    if taken is not None:
        return False
    with writing() as connection:
        if not claim_slot(connection, name, slot, now_ms, ambient):
            return False
        done = work(connection, now_ms)
        _finish(connection, name, slot, ambient.now_ms(), done)
    return True


def note_beat(name: str, every_ms: int, now_ms: int, ambient: Ambient, counted: int) -> None:
    """One row per `every_ms`: that the job runs, and what it last did; a quiet run in a noted slot writes nothing."""
    slot = now_ms // every_ms
    with reading() as connection:
        noted = connection.execute(select(JobRun.id).where(JobRun.name == name, JobRun.slot == slot)).first()
    if noted is not None and counted == 0:
        return
    with writing() as connection:
        claim_slot(connection, name, slot, now_ms, ambient)
        _finish(connection, name, slot, ambient.now_ms(), {"cells": counted})


def _finish(connection: Connection, name: str, slot: int, finished_ms: int, done: dict[str, int]) -> None:
    finished = update(JobRun).where(JobRun.name == name, JobRun.slot == slot)
    connection.execute(finished.values(finished_ms=finished_ms, ok=True, detail=orjson.dumps(done).decode()))
