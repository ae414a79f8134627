"""Before a push is answered 200, the store has called fsync: seen in the system calls of real processes (P14)."""

import json
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import backend
from backend.config import Settings
from tests.conftest import close_connections, migrate, settings_for
from tests.faults.processes import BROKEN, COMMAND, Master
from tests.support.phone import Phone, Wire, new_id
from tests.support.postgres import running_cluster
from tests.support.server import server_environment
from tests.support.strace import get_strace
from tests.support.world import CAI_KHE, build_world, sign_in

pytestmark = [pytest.mark.integration, pytest.mark.slow]
PUSHES = 5
CALLS = "trace=fsync,fdatasync,sendto,sendmsg,write"
SETTLE_S = 1.0
STOP_S_MAX = 20
SYNCED = re.compile(r"\b(fsync|fdatasync)\(.*= 0|<\.\.\. (fsync|fdatasync) resumed>.*= 0")
ANSWERED = re.compile(r'\b(sendto|sendmsg|write)\(.*"HTTP/1\.1 200 OK')


def prepared(folder: Path, url: str) -> tuple[Settings, Phone]:
    settings = settings_for(folder, url)
    migrate(settings)
    app = backend.create_app(settings)
    build_world(app)
    phone = Phone(app.test_client(), sign_in(app, "an", "a" * 16))
    close_connections(app)
    return settings, phone


def push(master: Master, phone: Phone) -> None:
    operation: Wire = phone.operation(new_id(), "patrol", CAI_KHE, {"officers": 2})
    body = json.dumps(phone.envelope([operation])).encode()
    headers = {**phone.who.headers, "Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{master.port}/api/v1/sync", body, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert json.load(answer)["receipts"][0]["status"] == "accepted"


@contextmanager
def traced(strace: str, log: Path, pids: list[int]) -> Iterator[None]:
    """The system calls of processes, and of all that they start, in the order of time."""
    attached = [part for pid in pids for part in ("-p", str(pid))]
    command = [strace, "-f", "-ttt", "-s", "24", "-e", CALLS, "-e", "signal=none", "-o", str(log), *attached]
    with log.with_suffix(".said").open("wb") as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    try:
        time.sleep(SETTLE_S)
        if process.poll() is not None:
            pytest.skip(f"strace may not trace here: {log.with_suffix('.said').read_text(errors='replace')}")
        yield
    finally:
        process.terminate()
        process.wait(STOP_S_MAX)


def answered_without_sync(log: Path) -> int:
    """How many of the pushes' answers came with no fsync since the answer before."""
    lines = [line.split(maxsplit=2) for line in log.read_text(errors="replace").splitlines()]
    calls = [parts[2] for parts in sorted((p for p in lines if len(p) == 3), key=lambda parts: float(parts[1]))]
    answers = missing = 0
    is_synced = False
    for call in calls:
        is_synced = is_synced or SYNCED.search(call) is not None
        if ANSWERED.search(call):
            answers, missing, is_synced = answers + 1, missing + (not is_synced), False
    assert answers >= PUSHES, "the answers were not seen"
    return missing


def missing_syncs(folder: Path, url: str, server_pids: list[int], *, broken: bool) -> int:
    strace = get_strace()
    if strace is None:
        pytest.skip("no strace here, and none could be installed")
    settings, phone = prepared(folder, url)
    names = {"DIABAN_DATABASE_URL": url, "DIABAN_SECRET_KEY": settings.secret_key, "DIABAN_SCHEDULER": "external"}
    environment = server_environment(folder, **names, **({"BROKEN": "no-fsync"} if broken else {}))
    log = folder / "calls"
    with (
        Master.running(environment, BROKEN if broken else COMMAND) as master,
        traced(strace, log, [*server_pids, *master.worker_pids()]),
    ):
        for _ in range(PUSHES):
            push(master, phone)
        time.sleep(SETTLE_S)
    return answered_without_sync(log)


@pytest.mark.parametrize("broken", [False, True], ids=["as it is", "control: no fsync"])
def test_sqlite_has_synced_before_each_answer(tmp_path: Path, broken: bool) -> None:
    missing = missing_syncs(tmp_path, f"sqlite:///{tmp_path}/durable.db", [], broken=broken)
    assert missing == (PUSHES if broken else 0)


@pytest.mark.postgresql
@pytest.mark.parametrize("broken", [False, True], ids=["as it is", "control: no fsync"])
def test_postgresql_has_synced_before_each_answer(tmp_path: Path, broken: bool) -> None:
    with running_cluster(durable=True) as cluster:
        children = Path(f"/proc/{cluster.pid}/task/{cluster.pid}/children").read_text(encoding="ascii").split()
        pids = [cluster.pid, *map(int, children)]
        missing = missing_syncs(tmp_path, cluster.create("durable"), pids, broken=broken)
    # the WAL writer may happen to sync in between: not every answer of the control lacks it
    assert missing > 0 if broken else missing == 0
