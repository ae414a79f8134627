"""The application under cProfile, and the run that looks at it: where one worker's time goes while batches are pushed.

The profiler makes every call dearer, so shares are told, never a speed."""

import atexit
import cProfile
import io
import os
import pstats
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from flask import Flask

import backend
from bench.diaban import pushed
from bench.push import plan
from bench.system import Ground

STATS: Final = "BENCH_PROFILE"
LINES: Final = 40
# the first requests open connections and compile statements
SKIPPED_REQUESTS: Final = 3
COMMAND: Final = (
    "-m", "gunicorn", "-c", "backend/gunicorn.conf.py", "--workers", "1", "bench.profiled:create_app()",
)  # fmt: skip


class Profiled:
    """A WSGI application whose calls are profiled; it is called by one client, so one at a time."""

    def __init__(self, application: Any, path: Path) -> None:
        self._application, self._path = application, path
        self._profiler = cProfile.Profile()
        self._requests = 0
        atexit.register(self._write)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"].endswith("/sync"):
            self._requests += 1
        if self._requests <= SKIPPED_REQUESTS:
            answer: Iterable[bytes] = self._application(environ, start_response)
            return answer
        profiled: Iterable[bytes] = self._profiler.runcall(self._application, environ, start_response)
        return profiled

    def _write(self) -> None:
        if self._requests > SKIPPED_REQUESTS:
            self._profiler.dump_stats(self._path)


def create_app() -> Flask:
    """What gunicorn runs in a profile."""
    app = backend.create_app()
    app.wsgi_app = Profiled(app.wsgi_app, Path(os.environ[STATS]))  # type: ignore[method-assign]
    return app


def profile_push(ground: Ground, path: Path) -> str:
    """The top of the push path, by own time and by time with what was called."""
    os.environ[STATS] = str(path)
    with pushed(ground, plan(ground), command=COMMAND):
        pass
    told = io.StringIO()
    stats = pstats.Stats(str(path), stream=told).strip_dirs()
    for order in ("tottime", "cumulative"):
        stats.sort_stats(order).print_stats(LINES)
    return told.getvalue()
