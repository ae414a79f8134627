"""Positive controls: a build with exactly one fault, which the simulation must catch, else it is blind.

A fault of the server replaces one rule of the application when a worker starts; one of the phone is in the model.
A name that is no longer there raises: a control that replaces nothing would prove nothing.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import get_ident
from types import ModuleType
from typing import Any

from flask import after_this_request
from flask.wrappers import Response
from sqlalchemy import Connection

import backend.services.exchange
import backend.services.merging
import backend.services.push
import backend.services.retrying
import sync.exchange
import sync.merge
from backend.ambient import Ambient
from backend.database import db
from backend.models import Counter
from backend.services.upsert import insert_missing
from sync.stamp import clamp
from tests.simulation.server import Server

PHONE_FAULTS = ("purge-unsent",)


def install(name: str) -> None:
    """Make this process a build with that fault; phones' faults need nothing here."""
    if name not in PHONE_FAULTS:
        SERVER_FAULTS[name]()


def _replace(of: ModuleType | type, name: str, build: Callable[[Any], Any]) -> None:
    original = getattr(of, name)
    setattr(of, name, build(original))


def _receipt_before_commit() -> None:
    """The answer leaves before the transaction is durable: a crash in between loses what was acknowledged."""
    # by thread; a process that dies takes them with it
    unfinished: dict[int, Connection] = {}

    @contextmanager
    def writing() -> Iterator[Connection]:
        unfinished[get_ident()] = connection = db.engine.connect()
        transaction = connection.begin()
        try:
            yield connection
        except BaseException:
            transaction.rollback()
            unfinished.pop(get_ident()).close()
            raise

        def finish() -> None:
            with unfinished.pop(get_ident()):
                transaction.commit()

        @after_this_request
        def later(response: Response) -> Response:
            response.call_on_close(finish)
            return response

    def build_reading(reading: Any) -> Any:
        """The pull of the same request sees what its push wrote: nothing but the commit is late."""

        @contextmanager
        def reading_own() -> Iterator[Connection]:
            if (own := unfinished.get(get_ident())) is not None:
                yield own
                return
            with reading() as connection:
                yield connection

        return reading_own

    def build_restart(restart: Any) -> Any:
        def restarted(server: Server, node: int) -> None:
            if (own := unfinished.pop(get_ident(), None)) is not None:
                own.close()
            restart(server, node)

        return restarted

    _replace(backend.services.retrying, "writing", lambda _: writing)
    _replace(backend.services.exchange, "reading", build_reading)
    _replace(Server, "restart", build_restart)


def _no_idempotency() -> None:
    """An operation that comes again is taken for another one under its number."""
    _replace(sync.exchange, "_same", lambda _: lambda reading, facts: None)


def _clamp_at_every_delivery() -> None:
    """A stamp is clamped against the clock of each delivery, not of the first (A9)."""

    def build(same: Any) -> Any:
        def judged_again(reading: Any, facts: Any) -> Any:
            stored = same(reading, facts)
            if stored is None or reading.ms is None:
                return stored
            values = {name: getattr(stored, name) for name in ("n", "fork", "text", "hash", "status", "code")}
            effective_ms, suspect = clamp(reading.ms, facts.now_ms)
            return type(stored)(**values, effective_ms=effective_ms, suspect=suspect)

        return judged_again

    _replace(sync.exchange, "_same", build)


def _plain_sequence_cursor() -> None:
    """Numbers are drawn as from a sequence, outside the transaction and without the counter's lock (A1)."""

    def lock_nothing(connection: Connection, partitions: Iterable[str]) -> None:
        return

    def build(number_changes: Any) -> Any:
        def drawn(
            connection: Connection,
            added: Mapping[str, int],
            cells: Collection[tuple[str, str]],
            now_ms: int,
            ambient: Ambient,
        ) -> dict[str, int]:
            with db.engine.begin() as own:
                insert_missing(own, Counter, [{"partition": p, "seq": 0} for p in sorted(added)])
                reached: dict[str, int] = number_changes(own, added, cells, now_ms, ambient)
            return reached

        return drawn

    _replace(backend.services.push, "lock_counters", lambda _: lock_nothing)
    _replace(backend.services.merging, "number_changes", build)


def _conflict_by_base_sequence() -> None:
    """An edit replaces everything up to the newest value that its author saw, seen or not (A12)."""

    def build(merge_field: Any) -> Any:
        def by_base(field: str, accepted: Sequence[Any], held: Any) -> Any:
            setting = [entry for entry in accepted if field in entry.operation.set]
            keys = {entry.operation.id: entry.key for entry in setting}
            bases = [
                (entry.key, max(keys[i] for i in names))
                for entry in setting
                if (names := [i for i in entry.operation.prev.get(field, ()) if i in keys])
            ]
            left = [entry for entry in setting if not any(entry.key <= base < key for key, base in bases)]
            return merge_field(field, left or accepted, held)

        return by_base

    _replace(sync.merge, "merge_field", build)


SERVER_FAULTS: dict[str, Callable[[], None]] = {
    "receipt-before-commit": _receipt_before_commit,
    "no-idempotency": _no_idempotency,
    "plain-sequence-cursor": _plain_sequence_cursor,
    "clamp-at-every-delivery": _clamp_at_every_delivery,
    "conflict-by-base-sequence": _conflict_by_base_sequence,
}
FAULTS = (*SERVER_FAULTS, *PHONE_FAULTS)
# without real concurrency this one cannot show
ON_POSTGRESQL_ONLY = ("plain-sequence-cursor",)
