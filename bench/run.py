"""Measures a case: every system in turn, several times over, each time on a fresh copy."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from subprocess import SubprocessError
from typing import Final, Protocol

from bench.concurrent import Concurrent
from bench.diaban import Diaban
from bench.edit import Edit
from bench.kinto import Kinto
from bench.pouchdb import Pouchdb
from bench.pull import Follow, Pull
from bench.push import Push
from bench.result import CaseResult, Row
from bench.sample import Sample
from bench.system import Ground, Live, Loaded, Missing, Progress, System
from tests.support.server import ServerFailed

RAW: Final = "raw"
WORDS_MAX: Final = 1_000


class Workload(Protocol):
    """One kind of work, planned for a case."""

    ground: Ground
    loaded: Loaded | None

    def prepared(self) -> AbstractContextManager[None]:
        """Whatever must stand before the first run."""

    def measure(self, live: Live) -> Sample:
        """One run against a server."""

    def measure_raw(self) -> Sample:
        """One run of the driver alone."""


SYSTEMS: Final[dict[str, Callable[[], System]]] = {
    "diaban": Diaban, "kinto": Kinto, "pouchdb": Pouchdb,
    "pouchdb-bulk": lambda: Pouchdb(is_bare=True), "pouchdb-fsync": lambda: Pouchdb(is_synced=True),
}  # fmt: skip
WORKLOADS: Final[dict[str, Callable[[Ground], Workload]]] = {
    "push": Push, "pull": Pull, "follow": Follow, "edit": Edit, "concurrent": Concurrent,
}  # fmt: skip
NAMES: Final = ("diaban", RAW, "kinto", "pouchdb", "pouchdb-bulk", "pouchdb-fsync")


def measure_case(
    ground: Ground, systems: Sequence[str], repeats: int, records_max: Mapping[str, int], progress: Progress
) -> CaseResult:
    """Rows in the order of `systems`; a system that cannot be had leaves its reason.

    `records_max`: systems so slow that they are given fewer records."""
    workload = WORKLOADS[ground.case.workload](ground)
    result = CaseResult(ground.case, [])
    runs: list[tuple[Row, Callable[[], Sample]]] = []
    for name in systems:
        row, run = _row_of(name, _smaller(ground, records_max.get(name)), workload)
        result.rows.append(row)
        runs.append((row, run))
    with workload.prepared():
        for number in range(1, repeats + 1):
            for row, run in runs:
                if row.error is None:
                    progress(f"{ground.case.title()}: {row.system}, run {number} of {repeats}")
                    _measure(row, run)
    return result


def _smaller(ground: Ground, records_max: int | None) -> Ground:
    if records_max is None or ground.case.records <= records_max:
        return ground
    return replace(ground, case=replace(ground.case, records=records_max))


def _row_of(name: str, ground: Ground, workload: Workload) -> tuple[Row, Callable[[], Sample]]:
    if name == RAW:
        return Row(RAW, ground.store.durability), workload.measure_raw
    system = SYSTEMS[name]()
    if ground.case != workload.ground.case:
        workload = WORKLOADS[ground.case.workload](ground)
    row = Row(name, system.durability(ground))
    try:
        system.install(ground)
    except (Missing, RuntimeError, OSError, SubprocessError, ServerFailed) as error:
        row.error = f"{type(error).__name__}: {error}"[:WORDS_MAX]

    def run() -> Sample:
        with system.open(ground, workload.loaded) as live:
            return workload.measure(live)

    return row, run


def _measure(row: Row, run: Callable[[], Sample]) -> None:
    try:
        row.samples.append(run())
    except (Missing, RuntimeError, OSError, SubprocessError, ServerFailed) as error:
        row.error = f"{type(error).__name__}: {error}"[:WORDS_MAX]
