"""Kinto on the same PostgreSQL cluster: a collection for each unit, batches of PUT, followed by `_since`."""

import base64
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from bench.case import UNITS
from bench.checking import read_feed
from bench.loading import load
from bench.peer import FOLDER, address, document_of, install_once, run_command, running
from bench.processes import children
from bench.records import Batch
from bench.system import Ground, Live, Loaded, Missing, Told, tries_of
from bench.wire import Answer, Caller, Try, request_bytes
from tests.support.loopback import HOST, free_port

PINS: Final = ("kinto[postgresql]==26.5.0", "psycopg2-binary==2.9.13", "gunicorn==27.0.1", "setuptools<82")
HOME: Final = FOLDER / "kinto"
WORKERS: Final = 2
THREADS: Final = 8
BATCH_MAX: Final = 100
PAGE_RECORDS: Final = 500
LOGIN: Final = "Basic " + base64.b64encode(b"bench:bench").decode()
HEADERS: Final = {"Authorization": LOGIN, "Content-Type": "application/json"}
NEXT_PAGE: Final = re.compile(rb"\r\nnext-page: https?://[^/]+(/[^\r]+)\r\n", re.IGNORECASE)
ETAG: Final = re.compile(rb'\r\netag: "(\d+)"\r\n', re.IGNORECASE)
APPLICATION: Final = """
import configparser
from kinto import main
config = configparser.ConfigParser()
config.read("kinto.ini")
application = main({}, **dict(config.items("app:main")))
"""


def ini_text(url: str) -> str:
    """Everything in PostgreSQL but the cache; signing in costs one HMAC."""
    backends = "\n".join(
        f"kinto.{name}_backend = kinto.core.{name}.postgresql\nkinto.{name}_url = {url}\nkinto.{name}_pool_size = 10"
        for name in ("storage", "permission")
    )
    return f"""[app:main]
use = egg:kinto
kinto.userid_hmac_secret = for the bench only
kinto.bucket_create_principals = system.Authenticated
kinto.batch_max_requests = {BATCH_MAX}
kinto.paginate_by = {PAGE_RECORDS}
kinto.cache_backend = kinto.core.cache.memory
{backends}
multiauth.policies = basicauth
multiauth.policy.basicauth.use = kinto.core.authentication.BasicAuthAuthenticationPolicy
"""


@dataclass(slots=True)
class CollectionReader:
    """Follows a collection as its own client does: pages of what is new, and then the first page's ETag."""

    unit: int
    since: str = "0"
    etag: str | None = None

    def first(self) -> bytes:
        path = f"/v1/buckets/bench/collections/u{self.unit}/records"
        query = f"?_since={self.since}&_sort=last_modified&_limit={PAGE_RECORDS}"
        return request_bytes("GET", path + query, b"", HEADERS, zipped=False)

    def following(self, answer: Answer) -> tuple[bytes, bool]:
        tag = ETAG.search(answer.head)
        if answer.status != 200 or tag is None:
            raise RuntimeError(f"a page was answered {answer.status}: {answer.body[:500]!r}")
        self.etag = self.etag or tag[1].decode()
        if page := NEXT_PAGE.search(answer.head):
            return request_bytes("GET", page[1].decode(), b"", HEADERS, zipped=False), True
        self.since, self.etag = self.etag, None
        return self.first(), False

    def is_empty(self, answer: Answer) -> bool:
        return answer.text().endswith(b'"data":[]}')

    def told(self, answer: Answer) -> list[Told]:
        return [Told(one["id"], str(one["last_modified"]), one) for one in orjson.loads(answer.text())["data"]]


@dataclass(slots=True)
class KintoLive:
    """One gunicorn with Kinto."""

    port: int
    pid: int
    ground: Ground

    def root_pids(self) -> list[int]:
        database = self.ground.store.pid
        return [self.pid] if database is None else [self.pid, database]

    def worker_pids(self) -> list[int]:
        return children(self.pid)

    def push_tries(self, batch: Batch, *, is_cut: bool = False) -> list[Try]:
        """As its client creates records: a record that is there already is not overwritten."""
        new = {"method": "PUT", "headers": {"If-None-Match": "*"}}
        return self._batch(new, batch, [document_of(operation) for operation in batch.operations])

    def edit_tries(self, batch: Batch) -> list[Try]:
        return self._batch({"method": "PATCH"}, batch, [operation["set"] for operation in batch.operations])

    def accepted(self, batch: Batch, answers: Sequence[Answer]) -> set[str]:
        """Created, changed, or there already (412) because the first try had come through."""
        if answers[-1].status != 200:
            return set()
        told = [response["status"] for response in orjson.loads(answers[-1].text())["responses"]]
        done = [status in (200, 201, 412) for status in told]
        return {o["record"] for o, is_done in zip(batch.operations, done, strict=True) if is_done}

    def stored(self) -> Counter[str]:
        feeds = [read_feed(self.port, CollectionReader(unit)) for unit in range(UNITS)]
        return Counter(one.record for told in feeds for one in told)

    def reader(self, unit: int, *, from_nothing: bool) -> CollectionReader:
        return CollectionReader(unit)

    def _batch(self, defaults: dict[str, Any], batch: Batch, data: Sequence[Any]) -> list[Try]:
        path = f"/buckets/bench/collections/u{batch.phone % UNITS}/records"
        requests = [
            {"path": f"{path}/{operation['record']}", "body": {"data": values}}
            for operation, values in zip(batch.operations, data, strict=True)
        ]
        body = orjson.dumps({"defaults": defaults, "requests": requests})
        # it cannot read a compressed body, nor does it compress
        return tries_of(batch, request_bytes("POST", "/v1/batch", body, HEADERS, zipped=False))


@dataclass(slots=True)
class Kinto:
    """The system."""

    _loaded: str | None = field(default=None)

    def durability(self, ground: Ground) -> str:
        return (
            f"kinto 26.5.0 on the same PostgreSQL ({ground.store.durability}), one commit for each batch, gunicorn "
            f"{WORKERS} x {THREADS} threads, basic sign-in, no validation, no figures; bodies not compressed"
        )

    def install(self, ground: Ground) -> None:
        if ground.store.name != "postgresql":
            raise Missing("its durable store is PostgreSQL")
        pip = HOME / "bin/pip"
        venv = [shutil.which("python3") or "python3", "-m", "venv", str(HOME)]
        flags = ["--disable-pip-version-check", "--no-input", "--quiet"]
        install_once(HOME, "\n".join(PINS), [venv, [pip, "install", *flags, *PINS]])

    @contextmanager
    def open(self, ground: Ground, loaded: Loaded | None) -> Iterator[Live]:
        url = ground.store.copy(self._template(ground, loaded)) if loaded else ground.store.create()
        try:
            with _started(ground, url) as live:
                if not loaded:
                    _make_collections(live)
                yield live
        finally:
            ground.store.drop(url)

    def _template(self, ground: Ground, loaded: Loaded) -> str:
        """A database that holds some batches already; made once."""
        if self._loaded is None:
            url = ground.store.create()
            with _started(ground, url) as live:
                _make_collections(live)
                load(live, loaded.batches)
            self._loaded = url
        return self._loaded


@contextmanager
def _started(ground: Ground, url: str) -> Iterator[KintoLive]:
    folder = ground.directory / "kinto"
    folder.mkdir(exist_ok=True)
    (folder / "kinto.ini").write_text(ini_text(url), encoding="utf-8")
    (folder / "kinto_application.py").write_text(APPLICATION, encoding="utf-8")
    environment = {"PATH": f"{HOME}/bin", "HOME": str(folder), "LC_ALL": "C.UTF-8", "PYTHONPATH": str(folder)}
    run_command([HOME / "bin/kinto", "migrate", "--ini", "kinto.ini"], folder, environment)
    port = free_port()
    command: list[str | Path] = [
        HOME / "bin/gunicorn", "--bind", f"{HOST}:{port}", "--workers", str(WORKERS), "--worker-class", "gthread",
        "--threads", str(THREADS), "--keep-alive", "15", "--no-control-socket", "kinto_application:application",
    ]  # fmt: skip
    with running(command, folder, environment, address(port, "/v1/__lbheartbeat__")) as pid:
        yield KintoLive(port, pid, ground)


def _make_collections(live: KintoLive) -> None:
    paths = ["/v1/buckets/bench", *(f"/v1/buckets/bench/collections/u{unit}" for unit in range(UNITS))]
    caller = Caller(live.port)
    for path in paths:
        answer = caller.call(request_bytes("PUT", path, b"{}", HEADERS, zipped=False))
        if answer.status not in (200, 201):
            raise Missing(f"{path}: {answer.status} {answer.body[:300]!r}")
    caller.close()
