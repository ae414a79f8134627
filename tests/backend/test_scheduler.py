"""The jobs: what they do, that slots are worked once, and that failures stay inside."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import Connection, func, insert, select

from backend.ambient import Ambient
from backend.config import Settings
from backend.database import reading, writing
from backend.jobs import embedded
from backend.jobs.scheduler import Job, run_all, run_drain, run_job, start_scheduler, stop_scheduler
from backend.models import DailyFigure, DirtyCell, JobRun, Session, SignInFailure
from backend.services.cleaning import clean_up
from backend.services.job_runs import HEARTBEAT_MS, run_slot
from tests.support.reading import Desk, at, open_desk

# part of `make test` only: `make check` is to stay under a minute
pytestmark = pytest.mark.slow

DAY_MS = 86_400_000


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings, at("2026-11-23", 20)) as opened:
        yield opened


def runs(app: Flask, name: str) -> list[tuple[int, bool | None, str | None]]:
    with app.app_context(), reading() as connection:
        query = select(JobRun.slot, JobRun.ok, JobRun.detail).where(JobRun.name == name).order_by(JobRun.slot)
        return [tuple(row) for row in connection.execute(query)]


def test_a_drain_leaves_one_row_each_five_minutes(desk: Desk) -> None:
    desk.write("an", "patrol", {"started_at": at("2026-11-20")})
    with desk.app.app_context():
        for _ in range(3):
            run_drain(desk.now_ms)
        slot = desk.now_ms // HEARTBEAT_MS
        assert runs(desk.app, "drain") == [(slot, True, '{"cells":1}')]
        run_drain(desk.now_ms + HEARTBEAT_MS)
    assert runs(desk.app, "drain") == [(slot, True, '{"cells":1}'), (slot + 1, True, '{"cells":0}')]


def test_a_slot_is_worked_once_by_whoever_comes_first(app: Flask) -> None:
    worked: list[int] = []

    def work(_connection: Connection, now_ms: int) -> dict[str, int]:
        worked.append(now_ms)
        return {"rows": 1}

    def claim(now_ms: int) -> bool:
        with app.app_context():
            return run_slot("report", 7, now_ms, Ambient(), work)

    with ThreadPoolExecutor(4) as pool:
        won = list(pool.map(claim, range(4)))
    assert (sum(won), len(worked)) == (1, 1)
    assert runs(app, "report") == [(7, True, '{"rows":1}')]


def test_a_crash_gives_the_slot_back(app: Flask) -> None:
    def crash(_connection: Connection, _now_ms: int) -> dict[str, int]:
        raise RuntimeError("midway")

    with app.app_context():
        with pytest.raises(RuntimeError):
            run_slot("report", 7, 1, Ambient(), crash)
        assert run_slot("report", 7, 2, Ambient(), lambda *_: {})


def test_cleaning_forgets_what_is_old_and_nothing_else(desk: Desk) -> None:
    now_ms = desk.now_ms
    desk.who("an")
    with desk.app.app_context(), writing() as connection:
        for age_days in (0, 2, 31):
            at_ms = now_ms - age_days * DAY_MS
            connection.execute(insert(SignInFailure).values(id=f"f{age_days}", bucket="b", at_ms=at_ms))
            connection.execute(insert(JobRun).values(id=f"r{age_days}", name="x", slot=age_days, started_ms=at_ms))
        assert clean_up(connection, now_ms) == {"sign_in_failures": 2, "sessions": 0, "job_runs": 1}
        assert connection.execute(select(func.count()).select_from(Session)).scalar() == 1


def test_a_job_that_fails_is_logged_and_ends_nothing(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_now_ms: int) -> None:
        raise RuntimeError("bad luck")

    run_job(app, Job("unlucky", 1, fail))
    assert "job unlucky failed" in caplog.text


def test_every_job_runs_on_an_empty_store(app: Flask) -> None:
    run_all(app)
    assert [len(runs(app, name)) for name in ("drain", "clean_up")] == [1, 1]


def test_the_command_runs_every_job_once(app: Flask) -> None:
    outcome = app.test_cli_runner().invoke(args=["scheduler", "once"])
    assert (outcome.exit_code, outcome.output) == (0, "every job ran once\n")


def test_a_running_scheduler_counts_what_is_pushed(desk: Desk) -> None:
    desk.app.extensions["diaban_settings"] = replace(desk.app.extensions["diaban_settings"], aggregate_every_s=1)
    scheduler = start_scheduler(desk.app)
    try:
        desk.write("an", "patrol", {"started_at": at("2026-11-20")})
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with desk.app.app_context(), reading() as connection:
                if connection.execute(select(DailyFigure.area)).first() is not None:
                    break
            time.sleep(0.1)
    finally:
        stop_scheduler(scheduler)
    with desk.app.app_context(), reading() as connection:
        assert connection.execute(select(func.count()).select_from(DirtyCell)).scalar() == 0
        assert connection.execute(select(func.count()).select_from(DailyFigure)).scalar() == 1


def test_an_application_starts_no_scheduler_by_itself(app: Flask) -> None:
    embedded.start(app)
    assert app.extensions[embedded.EXTENSION] is None
    assert not any(thread.name == "leader-election" for thread in threading.enumerate())
