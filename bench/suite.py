"""The cases of `make bench`: the own server beside the driver in all of them, the others where they are comparable."""

from collections.abc import Iterator, Sequence
from typing import Final

from bench.case import CLIENTS_MAX, Case

BATCHES: Final = (25, 100)
LARGE: Final = 100
OWN: Final = ("diaban", "raw")


def suite(store: str, records: int, seed: int) -> Iterator[Case]:
    """All cases on PostgreSQL; on SQLite one client's."""
    if store == "sqlite":
        yield from (Case(workload, store, records, LARGE, 1, True, seed) for workload in ("push", "pull", "edit"))
        return
    for clients in (1, CLIENTS_MAX):
        for gzip in (True, False):
            for batch in BATCHES:
                yield Case("push", store, records, batch, clients, gzip, seed)
            for workload in ("pull", "follow"):
                yield Case(workload, store, records, LARGE, clients, gzip, seed)
        yield Case("edit", store, records, LARGE, clients, True, seed)
    for batch in BATCHES:
        yield Case("concurrent", store, records, batch, CLIENTS_MAX, True, seed)


def systems_for(case: Case, systems: Sequence[str]) -> list[str]:
    """Other servers are slow and know no other sizes: they are measured in large batches, compressed if they can, by
    one client, and by several where these write."""
    has_peers = case.batch == LARGE and case.gzip and (case.clients == 1 or case.workload in ("push", "concurrent"))
    return [name for name in systems if has_peers or name in OWN]
