"""The scheduler inside a web worker, for one-command servers: gunicorn's `post_worker_init` calls `start`."""

import threading

from flask import Flask

EXTENSION = "diaban_scheduler_quit"


def init_embedded(app: Flask) -> None:
    """Only the command: nothing runs by itself, since commands and tests make applications too."""
    from backend.jobs.command import command

    app.extensions[EXTENSION] = None
    app.cli.add_command(command)


def start(app: Flask) -> None:
    """Start this worker's election thread, once, when the settings say `embedded`."""
    if app.extensions["diaban_settings"].scheduler != "embedded" or app.extensions[EXTENSION] is not None:
        return
    from backend.jobs.leader import leader_lock, run_as_leader
    from backend.jobs.scheduler import start_scheduler, stop_scheduler

    leaving = threading.Event()
    app.extensions[EXTENSION] = leaving
    threading.Thread(
        target=run_as_leader,
        args=(leader_lock(app.extensions["diaban_settings"]), lambda: start_scheduler(app), stop_scheduler, leaving),
        name="leader-election",
        daemon=True,
    ).start()


def stop(app: Flask) -> None:
    """Let go of the leadership before the worker exits."""
    leaving = app.extensions[EXTENSION]
    if leaving is not None:
        leaving.set()
