"""The real application on a real store, called as WSGI in this process: two nodes, one clock, no sockets."""

import io
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask

import backend
from backend.ambient import Ambient
from backend.config import Settings
from backend.database import db, writing
from backend.services import moving
from backend.services.aggregate import drain
from backend.services.backup import write_backup
from backend.services.restore import restore_backup
from sync.days import date_of
from tests.simulation.failpoints import Crash, Failpoints, watch
from tests.simulation.store import AnyStore
from tests.support.world import build_world, sign_in

START_MS = 1_795_000_000_000
# for every user of the test world
DEVICES_EACH = 2
FAR_MS = 9_000_000_000_000
SYNC = "/api/v1/sync"
NODES = 2


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it left the server; `died` when the process was gone before it was all done."""

    status: int
    headers: dict[str, str]
    body: bytes
    died: bool = False


@dataclass(frozen=True, slots=True)
class Login:
    """One registered device of the template, with the token of its session."""

    name: str
    user: str
    device: str
    token: str


@dataclass(slots=True)
class Time:
    """True time, and how far the server's clock is off."""

    now_ms: int = START_MS
    server_offset_ms: int = 0

    def true_ms(self) -> int:
        return self.now_ms

    def server_ms(self) -> int:
        return self.now_ms + self.server_offset_ms


@dataclass(slots=True)
class Server:
    """Nodes of one server over one store. `calls` counts the requests that it was sent."""

    store: AnyStore
    folder: Path
    settings: Settings
    logins: list[Login]
    time: Time = field(default_factory=Time)
    points: Failpoints = field(default_factory=Failpoints)
    nodes: list[Flask] = field(default_factory=list)
    calls: int = 0
    # what the application itself has used
    cpu_s: float = 0.0
    _chance: random.Random = field(default_factory=random.Random)
    _static_changed: bool = False

    def __post_init__(self) -> None:
        self.nodes = [self._start() for _ in range(NODES)]

    def begin(self, chance: random.Random) -> None:
        """A new schedule: the template's rows, the clock at its start, chance of its own."""
        self._chance = chance
        self.time.now_ms, self.time.server_offset_ms = START_MS, 0
        self.points.disarm()
        self.store.reset(whole=self._static_changed)
        self._static_changed = False
        self.calls = 0

    def post(self, body: bytes, token: str, node: int = 0, more: dict[str, str] | None = None) -> Reply | None:
        """One `POST /api/v1/sync`; null when the process died before it had answered."""
        self.calls += 1
        with self._measured():
            try:
                return self._answer(node, _environ(body, token, more or {}))
            except Crash:
                self.restart(node)
                return None

    def restart(self, node: int) -> None:
        """Another process takes the node's place; once in a while everything it had in memory is made anew."""
        close_connections(self.nodes[node])
        if self._chance.random() < 0.02:
            self.nodes[node] = self._start()

    def drain(self) -> None:
        """Count every marked cell of the figures."""
        with self._measured(), self.nodes[0].app_context():
            while drain(self.time.server_ms()):
                pass

    def back_up(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        with self._measured(), self.nodes[0].app_context():
            write_backup(path, self.folder / "instance", None, self.time.server_ms(), _nothing)

    def restore(self, path: Path) -> None:
        self._static_changed = True
        with self._measured(), self.nodes[0].app_context():
            restore_backup(path, self.folder / "instance", None, self._ambient(), _nothing, lambda: None)

    def forget_device(self, login: Login) -> None:
        """The device was never registered, or was forgotten."""
        self.store.run("DELETE FROM session WHERE device = ?", login.device)
        self.store.run("DELETE FROM device WHERE id = ?", login.device)

    def sign_in(self, login: Login) -> None:
        """The user signs in on this device: a good session, and the device registered if it is unknown (P24).

        Without the password, which would cost more than the rest of the schedule."""
        self.store.put_back("device", "id", login.device)
        self.store.run("DELETE FROM session WHERE device = ?", login.device)
        self.store.put_back("session", "device", login.device)

    def move_hamlet(self, hamlet: str, to: str) -> int:
        """How many records went over with a hamlet."""
        self._static_changed = True
        with self._measured(), self.nodes[0].app_context(), writing() as connection:
            return moving.move_hamlet(connection, hamlet, to, self.time.server_ms(), self._ambient())

    def merge_communes(self, source: str, into: str) -> int:
        """How many records went over with a commune."""
        self._static_changed = True
        now_ms = self.time.server_ms()
        with self._measured(), self.nodes[0].app_context(), writing() as connection:
            return moving.merge_communes(connection, source, into, date_of(now_ms), now_ms, self._ambient())

    def close(self) -> None:
        for node in self.nodes:
            close_connections(node)
        self.store.close()

    @contextmanager
    def _measured(self) -> Iterator[None]:
        began = time.thread_time()
        try:
            yield
        finally:
            self.cpu_s += time.thread_time() - began

    def _answer(self, node: int, environ: dict[str, Any]) -> Reply:
        told: list[Any] = []

        def begin(status: str, headers: list[tuple[str, str]], error: Any = None, /) -> Callable[[bytes], object]:
            told[:] = [int(status[:3]), dict(headers)]
            return told.append

        parts = self.nodes[node](environ, begin)
        content = b"".join(parts)
        died = self._finish(parts, node)
        return Reply(told[0], told[1], content, died)

    def _finish(self, parts: Any, node: int) -> bool:
        """What a server does once the answer is out."""
        try:
            getattr(parts, "close", lambda: None)()
        except Crash:
            self.restart(node)
            return True
        return False

    def _start(self) -> Flask:
        app = backend.create_app(self.settings, self._ambient())
        watch(app, self.points)
        return app

    def _ambient(self) -> Ambient:
        return Ambient(now_ms=self.time.server_ms, random_bytes=lambda count: self._chance.randbytes(count))


def close_connections(app: Flask) -> None:
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@contextmanager
def running_server(store: AnyStore, folder: Path) -> Iterator[Server]:
    """A server over a migrated, empty store, which becomes the template of every schedule."""
    settings = Settings(
        instance_dir=folder / "instance", database_url=store.url, secret_key="a secret of the simulation alone",
        env="demo", scheduler="external",
    )  # fmt: skip
    app = backend.create_app(settings, Ambient(now_ms=lambda: START_MS))
    build_world(app)
    logins = list(_log_in_everybody(app))
    store.run("UPDATE session SET access_expires_ms = ?, refresh_expires_ms = ?, ends_ms = ?", FAR_MS, FAR_MS, FAR_MS)
    store.run("UPDATE server SET epoch = ?, epoch_ms = ?", "a" * 16, START_MS)
    close_connections(app)
    store.take_template()
    server = Server(store, folder, settings, logins)
    try:
        yield server
    finally:
        server.close()


def _log_in_everybody(app: Flask) -> Iterator[Login]:
    from tests.support.world import USERS

    letters = random.Random(1)
    for user in USERS:
        for number in range(DEVICES_EACH):
            device = "".join(letters.choices("abcdefghijklmnopqrstuvwxyz234567", k=16))
            signed_in = sign_in(app, user, device)
            yield Login(f"{user}{number + 1}", user, device, signed_in.token)


def _environ(body: bytes, token: str, more: dict[str, str]) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST", "PATH_INFO": SYNC, "SCRIPT_NAME": "", "QUERY_STRING": "",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "localhost",
        "REMOTE_ADDR": "127.0.0.1", "HTTP_AUTHORIZATION": f"Bearer {token}", "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)), "wsgi.version": (1, 0), "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr, "wsgi.multithread": True,
        "wsgi.multiprocess": True, "wsgi.run_once": False, **more,
    }  # fmt: skip


def _nothing(_: str) -> None:
    return
