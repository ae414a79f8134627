"""Whether a push could be stored now, and what is late. Only the first may take a server out of service."""

import shutil
from functools import cache
from pathlib import Path
from typing import Final

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError

from backend.errors import ProblemError, missing_catalogues
from backend.models import IS_HELD, Area, Device, DirtyCell, JobRun, Operation, Record, Server, Session
from backend.services.photos.store import StoreFailed, StoreFull, photo_store

DISK_FREE_BYTES_MIN: Final = 64 * 1024 * 1024
FIGURES_LATE_MS: Final = 60_000
SCHEDULER_LATE_MS: Final = 15 * 60_000
MIGRATIONS: Final = Path(__file__).resolve().parents[1] / "migrations"


def find_epoch(connection: Connection) -> str:
    """The epoch of a migrated store. Raises `busy` when the tables are not those of this version."""
    try:
        revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        epoch = connection.execute(select(Server.epoch)).scalar()
    except DBAPIError:
        raise ProblemError("busy") from None
    if revision != newest_revision() or epoch is None:
        raise ProblemError("busy")
    return str(epoch)


def refuse_full_disk(folder: Path) -> None:
    """Raise `disk-low` before the store itself finds out."""
    if shutil.disk_usage(folder).free < DISK_FREE_BYTES_MIN:
        raise ProblemError("disk-low")


def late_parts(connection: Connection, now_ms: int) -> list[str]:
    """`figures` when cells wait too long to be counted again, `scheduler` when it has been silent."""
    oldest = connection.execute(select(func.min(DirtyCell.marked_ms))).scalar()
    last_run = connection.execute(select(func.max(JobRun.started_ms))).scalar()
    late = []
    if oldest is not None and now_ms - oldest > FIGURES_LATE_MS:
        late.append("figures")
    if last_run is None or now_ms - last_run > SCHEDULER_LATE_MS:
        late.append("scheduler")
    return late


def missing_parts() -> list[str]:
    """`catalogues-missing` when a language has no compiled sentences: answers are in English meanwhile."""
    return ["catalogues-missing"] if missing_catalogues() else []


def short_parts() -> list[str]:
    """`photos` while new ones have to wait because their store has too little room, or none that can be written."""
    try:
        photo_store().refuse_when_low()
    except (StoreFull, StoreFailed):
        return ["photos"]
    return []


def read_gauges(connection: Connection, now_ms: int) -> dict[str, int]:
    """Numbers to watch, by name."""
    oldest = connection.execute(select(func.min(DirtyCell.marked_ms))).scalar()
    last_run = connection.execute(select(func.max(JobRun.started_ms))).scalar()
    counts = {
        "areas": select(func.count()).select_from(Area),
        "devices": select(func.count()).select_from(Device).where(Device.state == "active"),
        "sessions": select(func.count()).select_from(Session).where(Session.revoked_ms.is_(None)),
        "records": select(func.count()).select_from(Record),
        "operations_held": select(func.count()).select_from(Operation).where(IS_HELD),
        "dirty_cells": select(func.count()).select_from(DirtyCell),
    }
    gauges = {name: int(connection.execute(query).scalar() or 0) for name, query in counts.items()}
    gauges["dirty_cell_age_ms"] = now_ms - oldest if oldest is not None else 0
    gauges["scheduler_silent_ms"] = now_ms - last_run if last_run is not None else -1
    return gauges


@cache
def newest_revision() -> str | None:
    """The revision that this version's tables have."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config).get_current_head()
