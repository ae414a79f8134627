"""Databases to measure on: a durable PostgreSQL cluster of its own, or SQLite files; each run on a fresh copy."""

import itertools
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import psycopg
import pysqlite3

from tests.support.postgres import Cluster, running_cluster

# a small server's: a quarter of 2 GiB, and log enough that a run sees no forced checkpoint
SETTINGS: Final = {"shared_buffers": "512MB", "max_wal_size": "8GB", "checkpoint_timeout": "15min", "jit": "off"}
BUSY_TIMEOUT_S: Final = 30


class Store(Protocol):
    """Where databases are made, copied and dropped."""

    name: str
    durability: str

    @property
    def pid(self) -> int | None:
        """The process whose tree does the database's work; None when it works inside its callers."""

    def create(self) -> str:
        """The URL of an empty database."""

    def copy(self, url: str) -> str:
        """The URL of a copy of a database that nobody has open."""

    def drop(self, url: str) -> None:
        """Remove a database."""


@dataclass(slots=True)
class PostgresStore:
    """One cluster for the whole run."""

    cluster: Cluster
    name: str = "postgresql"
    durability: str = "fsync on, synchronous_commit on"
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def pid(self) -> int:
        return self.cluster.pid

    def create(self) -> str:
        return self.cluster.create(f"bench{next(self._numbers)}")

    def copy(self, url: str) -> str:
        return self.cluster.create(f"bench{next(self._numbers)}", url.rpartition("/")[2])

    def drop(self, url: str) -> None:
        self.cluster.drop(url.rpartition("/")[2])
        # so that no run pays for the writes of another
        self.cluster.execute("CHECKPOINT")


@dataclass(slots=True)
class SqliteStore:
    """Files in one directory."""

    directory: Path
    name: str = "sqlite"
    durability: str = "WAL, synchronous=FULL"
    pid: int | None = None
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def create(self) -> str:
        return f"sqlite:///{self.directory}/bench{next(self._numbers)}.db"

    def copy(self, url: str) -> str:
        copied = self.create()
        shutil.copyfile(_path(url), _path(copied))
        return copied

    def drop(self, url: str) -> None:
        for path in self.directory.glob(f"{_path(url).name}*"):
            path.unlink()


@contextmanager
def open_store(name: str, directory: Path, settings: Mapping[str, str] = SETTINGS) -> Iterator[Store]:
    """A store of one of the names in `case.STORES`."""
    if name == "sqlite":
        directory.mkdir(parents=True, exist_ok=True)
        yield SqliteStore(directory)
        return
    with running_cluster(durable=True, settings=settings) as cluster:
        yield PostgresStore(cluster)


def connect_raw(url: str) -> Any:
    """A connection of the driver itself, set as the server sets it; transactions are the caller's."""
    if not url.startswith("sqlite"):
        return psycopg.connect(url)
    connection = pysqlite3.connect(_path(url), timeout=BUSY_TIMEOUT_S, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()
    return connection


def close_files(url: str) -> None:
    """Bring what SQLite keeps beside its file into it, so that the file can be copied."""
    if url.startswith("sqlite"):
        connection = connect_raw(url)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
        connection.close()


def _path(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))
