"""`flask scheduler run` and `flask scheduler once`: the scheduler as a process of its own."""

import signal
import threading
from types import FrameType

import click
from apscheduler.schedulers.background import BackgroundScheduler
from flask import current_app
from flask.cli import with_appcontext

from backend.jobs.leader import leader_lock, run_as_leader
from backend.jobs.scheduler import run_all, start_scheduler, stop_scheduler
from backend.settings import settings


@click.group("scheduler")
def command() -> None:
    """The jobs that run by themselves."""


@command.command("run")
@with_appcontext
def run() -> None:
    """Run until told to stop; of several such processes one leads and the others wait."""
    # the application itself: threads outlive this context, in which alone the proxy works
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    leaving = threading.Event()

    def leave(_number: int, _frame: FrameType | None) -> None:
        leaving.set()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    click.echo("waiting to lead")
    run_as_leader(leader_lock(settings()), lambda: _announced(start_scheduler(app)), stop_scheduler, leaving)
    click.echo("stopped")


@command.command("once")
@with_appcontext
def once() -> None:
    """Run every job once, here and now."""
    # the application itself, as above
    run_all(current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001
    click.echo("every job ran once")


def _announced(started: BackgroundScheduler) -> BackgroundScheduler:
    click.echo("leading: the jobs run here")
    return started
