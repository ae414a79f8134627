"""pouchdb-server: a database for each unit, `_bulk_docs` as a replicating phone sends them, followed by `_changes`."""

import hashlib
import os
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
from bench.loading import load
from bench.peer import FOLDER, address, document_of, install_once, running
from bench.records import Batch, Wire
from bench.system import Ground, Live, Loaded, Missing, Told, tries_of
from bench.wire import Answer, Caller, Try, request_bytes
from tests.support.loopback import free_port
from tests.support.server import ROOT

PIN: Final = "pouchdb-server@4.2.0"
HOME: Final = FOLDER / "pouchdb"
SERVER: Final = HOME / "node_modules/pouchdb-server/bin/pouchdb-server"
BACKEND: Final = "leveldown_fsync.js"
NOT_SYNCED: Final = "NOT fsynced before the answer, so that a power cut loses what it acknowledged"
PAGE_RECORDS: Final = 500
HEADERS: Final = {"Content-Type": "application/json", "Accept": "application/json"}
LAST: Final = re.compile(rb'"last_seq":\s*(\d+)')


@dataclass(slots=True)
class ChangesReader:
    """Follows a database with the documents in the feed, which spares it the second question of a replication."""

    unit: int
    gzip: bool
    since: int = 0

    def first(self) -> bytes:
        path = f"/u{self.unit}/_changes?since={self.since}&limit={PAGE_RECORDS}&include_docs=true"
        return request_bytes("GET", path, b"", HEADERS, zipped=self.gzip)

    def following(self, answer: Answer) -> tuple[bytes, bool]:
        found = LAST.search(answer.text())
        if answer.status != 200 or found is None:
            raise RuntimeError(f"a page was answered {answer.status}: {answer.body[:500]!r}")
        came_further = int(found[1]) > self.since
        self.since = int(found[1])
        return self.first(), came_further

    def is_empty(self, answer: Answer) -> bool:
        return not self.told(answer)

    def told(self, answer: Answer) -> list[Told]:
        results = orjson.loads(answer.text())["results"]
        return [Told(one["id"], one["changes"][0]["rev"], one.get("doc") or {}) for one in results]


@dataclass(slots=True)
class PouchdbLive:
    """One Node process."""

    port: int
    pid: int
    ground: Ground
    is_bare: bool
    made: dict[str, Wire]
    # how often each phone has written where it stands
    checkpoints: Counter[int]

    def root_pids(self) -> list[int]:
        return [self.pid]

    def worker_pids(self) -> list[int]:
        return [self.pid]

    def push_tries(self, batch: Batch, *, is_cut: bool = False) -> list[Try]:
        """Revisions are named by the phone, so that a second try is the same again."""
        return self._tries(batch, [_first_state(operation) for operation in batch.operations], is_cut=is_cut)

    def edit_tries(self, batch: Batch) -> list[Try]:
        """It has no change of one field: the whole document goes again."""
        return self._tries(batch, [_second_state(self.made[o["record"]], o) for o in batch.operations])

    def accepted(self, batch: Batch, answers: Sequence[Answer]) -> set[str]:
        """Of documents whose revisions the sender named only errors are told; a second try asks what is missing."""
        records = {operation["record"] for operation in batch.operations}
        bulk = next((answer for answer in answers if answer.status == 201 and answer.text().startswith(b"[")), None)
        if bulk is not None:
            return records - {one.get("id") for one in orjson.loads(bulk.text()) if one.get("error")}
        if answers[0].status == 200 and len(answers) > 2:
            missing: dict[str, Any] = orjson.loads(answers[0].text())
            return records - missing.keys()
        return set()

    def stored(self) -> Counter[str]:
        caller, found = Caller(self.port), Counter[str]()
        for unit in range(UNITS):
            answer = caller.call(request_bytes("GET", f"/u{unit}/_all_docs", b"", HEADERS, zipped=False))
            found.update(row["id"] for row in orjson.loads(answer.text())["rows"])
        caller.close()
        return found

    def reader(self, unit: int, *, from_nothing: bool) -> ChangesReader:
        return ChangesReader(unit, self.ground.case.gzip)

    def _tries(self, batch: Batch, documents: list[Wire], *, is_cut: bool = False) -> list[Try]:
        """What PouchDB sends to replicate a batch: what is missing, the documents, and where it stands, which it
        reads and writes. A second try finds nothing missing, unless it overtakes the first. With `is_bare` the
        documents alone."""
        bulk = self._post(batch, "_bulk_docs", {"docs": documents, "new_edits": False})
        if self.is_bare:
            return tries_of(batch, bulk)
        missing = self._post(batch, "_revs_diff", {one["_id"]: [one["_rev"]] for one in documents})
        place = self._checkpoint(batch)
        whole = (missing, bulk, *place)
        if not batch.is_retried:
            return [whole]
        return [(missing, bulk), whole if is_cut else (missing, *place)]

    def _checkpoint(self, batch: Batch) -> Try:
        self.checkpoints[batch.phone] += 1
        count, path = self.checkpoints[batch.phone], f"/u{batch.phone % UNITS}/_local/phone{batch.phone}"
        place = {"_id": f"_local/phone{batch.phone}", "last_seq": count, "session_id": "bench", "version": 1}
        if count > 1:
            place["_rev"] = f"0-{count - 1}"
        read = request_bytes("GET", path, b"", HEADERS, zipped=self.ground.case.gzip)
        return read, request_bytes("PUT", path, orjson.dumps(place), HEADERS, zipped=self.ground.case.gzip)

    def _post(self, batch: Batch, name: str, value: Any) -> bytes:
        path = f"/u{batch.phone % UNITS}/{name}"
        return request_bytes("POST", path, orjson.dumps(value), HEADERS, zipped=self.ground.case.gzip)


@dataclass(slots=True)
class Pouchdb:
    """The system."""

    is_bare: bool = False
    is_synced: bool = False
    _template: Path | None = field(default=None)
    _checkpoints: Counter[int] = field(default_factory=Counter)

    def durability(self, ground: Ground) -> str:
        sent = (
            "_bulk_docs alone" if self.is_bare else "_revs_diff, _bulk_docs and the checkpoint, as PouchDB sends them"
        )
        synced = "each write fsynced by a backend of the bench" if self.is_synced else NOT_SYNCED
        lacks = "no sign-in, no validation, no figures"
        return f"pouchdb-server 4.2.0 on LevelDB, one Node process, {synced}; {lacks}; {sent}"

    def install(self, ground: Ground) -> None:
        npm = _tool("npm")
        flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        install_once(HOME, PIN, [[npm, "init", "-y"], [npm, "install", "--save-exact", *flags, PIN]])
        shutil.copyfile(Path(__file__).with_name(BACKEND), HOME / "node_modules" / BACKEND)

    @contextmanager
    def open(self, ground: Ground, loaded: Loaded | None) -> Iterator[Live]:
        folder = ground.directory / "pouchdb"
        shutil.rmtree(folder, ignore_errors=True)
        if loaded:
            shutil.copytree(self._loaded(ground, loaded), folder)
        else:
            folder.mkdir()
        with self._started(ground, folder, loaded) as live:
            yield live

    def _loaded(self, ground: Ground, loaded: Loaded) -> Path:
        """A folder of databases that hold some batches already; made once."""
        if self._template is None:
            folder = ground.directory / "pouchdb-loaded"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            with self._started(ground, folder, loaded) as live:
                load(live, loaded.batches)
                self._checkpoints = live.checkpoints
            self._template = folder
        return self._template

    @contextmanager
    def _started(self, ground: Ground, folder: Path, loaded: Loaded | None) -> Iterator[PouchdbLive]:
        port = free_port()
        command: list[str | Path] = [_tool("node"), SERVER, "--port", str(port), "--dir", str(folder), "-n"]
        if self.is_synced:
            # it puts the prefix before the names of databases in place of the folder
            command += ["--level-backend", BACKEND, "--level-prefix", f"{folder}/"]
        with running(command, folder, os.environ | {"HOME": str(folder)}, address(port, "/")) as pid:
            caller = Caller(port)
            for unit in range(UNITS):
                caller.call(request_bytes("PUT", f"/u{unit}", b"", HEADERS, zipped=False))
            caller.close()
            made = [operation for batch in (loaded.batches if loaded else ()) for operation in batch.operations]
            by_record = {operation["record"]: operation for operation in made}
            yield PouchdbLive(port, pid, ground, self.is_bare, by_record, Counter(self._checkpoints))


def _first_state(operation: Wire) -> Wire:
    return {"_id": operation["record"], "_rev": f"1-{_digest(operation, 1)}", **document_of(operation)}


def _second_state(made: Wire, edit: Wire) -> Wire:
    ids = [_digest(edit, 2), _digest(made, 1)]
    history: dict[str, Any] = {"_rev": f"2-{ids[0]}", "_revisions": {"start": 2, "ids": ids}}
    return {"_id": made["record"], **history, **document_of(made), **edit["set"]}


def _digest(operation: Wire, state: int) -> str:
    return hashlib.md5(f"{state}/{operation['record']}/{operation['tag']}".encode(), usedforsecurity=False).hexdigest()


def _tool(name: str) -> str:
    """The Node of the build, else the system's."""
    own = ROOT / ".venv/bin" / name
    found = str(own) if own.exists() else shutil.which(name)
    if found is None:
        raise Missing(f"no {name} here")
    return found
