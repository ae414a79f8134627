"""gunicorn: two processes of eight threads fill two cores, and an upload may take its time (docs/operations.md)."""

import os
from typing import Any

# gunicorn ships no types
from gunicorn import util  # type: ignore[import-untyped]

_is_demo = os.environ.get("DIABAN_ENV") == "demo"

# a demo has accounts with a known password, so it is never offered to the network
bind = f"{'127.0.0.1' if _is_demo else '0.0.0.0'}:{os.environ.get('PORT', '8000')}"  # noqa: S104
workers = 2
worker_class = "gthread"
threads = 8
timeout = 60
graceful_timeout = 20
keepalive = 15
max_requests = 5000
max_requests_jitter = 500
limit_request_line = 8190
limit_request_fields = 60
limit_request_field_size = 8190
# `backend.config` counts the proxies; gunicorn itself believes none
forwarded_allow_ips = ""
# the operator's socket of gunicorn 27 would lie in the home folder
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """Each worker stands for election; one of them runs the scheduler, when the settings say `embedded`."""
    from backend.jobs import embedded

    # gunicorn's own page has neither our headers nor a code
    util.write_error = write_problem
    embedded.start(worker.wsgi)


def write_problem(sock: Any, status: int, _reason: str, _message: str) -> None:
    """Answer what is refused before the application sees it: a request line or headers too long or malformed."""
    from backend.raw_problems import raw_problem

    util.write_nonblock(sock, raw_problem(status, bytes_max=limit_request_line, is_demo=_is_demo))


def worker_exit(_server: Any, worker: Any) -> None:
    """Let go of the leadership, so that the other worker need not wait for it."""
    from backend.jobs import embedded

    app = getattr(worker, "wsgi", None)
    if app is not None:
        embedded.stop(app)
