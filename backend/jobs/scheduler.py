"""The jobs, as code: count changed cells, clean up, let go of stale uploads. Each may run twice without harm."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Final

from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from sqlalchemy import Connection

from backend.ambient import ambient
from backend.services.aggregate import drain
from backend.services.cleaning import clean_up
from backend.services.job_runs import HEARTBEAT_MS, note_beat, run_slot
from backend.services.photos.stale import forget_backlog, forget_stale, sweep_parts
from backend.services.photos.store import discard
from backend.settings import settings

# fixed, so that no time-zone database is needed; Vietnam has no summer time
VIETNAM: Final = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
CELLS_MAX: Final = 500
# a backlog, as after a restore, is worked off in one run, but no run lasts for ever
ROUNDS_MAX: Final = 100
HOUR_MS: Final = 3_600_000
# the defaults skip late jobs silently (grace of one second) and let slow ones pile up
JOB_DEFAULTS: Final = {"coalesce": True, "max_instances": 1, "misfire_grace_time": 3_600}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """One job: every `every_s` seconds (0 = as often as cells are counted), and once at the start."""

    name: str
    every_s: int
    run: Callable[[int], None]


def run_drain(now_ms: int) -> None:
    """Count the marked cells anew; one row per five minutes says that it runs."""
    counted = done = drain(now_ms, CELLS_MAX)
    for _ in range(ROUNDS_MAX):
        if done < CELLS_MAX:
            break
        done = drain(now_ms, CELLS_MAX)
        counted += done
    note_beat("drain", HEARTBEAT_MS, now_ms, ambient(), counted)


def run_cleaning(now_ms: int) -> None:
    """Once an hour, whoever leads."""
    run_slot("clean_up", now_ms // HOUR_MS, now_ms, ambient(), clean_up)


def run_stale_uploads(now_ms: int) -> None:
    """Once an hour: rows first, their bytes when the rows are gone for good."""
    forgotten: list[str] = []

    def forget(connection: Connection, at_ms: int) -> dict[str, int]:
        forgotten.extend(forget_stale(connection, at_ms))
        return {"parts": len(forgotten)}

    if run_slot("stale_uploads", now_ms // HOUR_MS, now_ms, ambient(), forget):
        discard(forgotten)
        forget_backlog(now_ms)
        sweep_parts(now_ms)


JOBS: Final = (
    Job("drain", 0, run_drain),
    Job("clean_up", 600, run_cleaning),
    Job("stale_uploads", 600, run_stale_uploads),
)


def run_all(app: Flask) -> None:
    """Every job, once, here and now."""
    for job in JOBS:
        run_job(app, job)


def run_job(app: Flask, job: Job) -> None:
    """One run with a clock of its own; a failure is logged, and the next run starts as if there had been none."""
    with app.app_context():
        try:
            job.run(ambient().now_ms())
        except Exception:
            log.exception("job %s failed", job.name)


def start_scheduler(app: Flask) -> BackgroundScheduler:
    """Start the jobs in threads of this process. Their plan is memory only: what is due follows from the tables."""
    scheduler = BackgroundScheduler(timezone=VIETNAM, job_defaults=JOB_DEFAULTS)
    with app.app_context():
        often_s = settings().aggregate_every_s
    for job in JOBS:
        scheduler.add_job(run_job, "interval", (app, job), seconds=job.every_s or often_s, id=job.name)
        # at once too: what was missed while no leader ran is due now
        scheduler.add_job(run_job, None, (app, job), id=f"{job.name}-first")
    scheduler.start()
    return scheduler


def stop_scheduler(scheduler: BackgroundScheduler) -> None:
    """Stop, and wait for what runs: whoever follows must not meet it."""
    scheduler.shutdown(wait=True)
