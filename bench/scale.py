"""`python -m bench.scale`: what a push of 100 and an empty pull cost at few and at many stored records (PostgreSQL).

Both databases stand in one cluster with a server each and are measured in turn, so that whatever else the machine
does is shared by both.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import psycopg
from psycopg.rows import dict_row

from bench.case import Case
from bench.diaban import pushed
from bench.records import Batch
from bench.scale_fill import STEP_MS, Filling, Pattern, pattern_of
from bench.scale_measure import BATCH, Size, measure_in_turn, spread_of
from bench.stores import SETTINGS, Store, open_store
from bench.system import Ground
from bench.wire import Caller
from bench.world import World, build_world, environment
from tests.support.server import ROOT, running_server

OUTPUT: Final = ROOT / "build/bench"
# what is filled may pass by the write-ahead log
SERVER_SETTINGS: Final = {
    **SETTINGS, "wal_level": "minimal", "max_wal_senders": "0", "shared_buffers": "1GB", "max_wal_size": "16GB",
}  # fmt: skip
UNITS_MEASURED: Final = 30
MADE: Final = 200
# at few records in all the measured units hold this many each, so that there is something to edit
MEASURED_RECORDS: Final = 600


def main(arguments: Sequence[str]) -> int:
    """Fill two databases, measure them in turn, print."""
    chosen = _parser().parse_args(arguments)
    OUTPUT.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="diaban-bench-", dir=OUTPUT) as name, ExitStack() as stack:
        folder = Path(name)
        store = stack.enter_context(open_store("postgresql", folder, SERVER_SETTINGS))
        _progress("areas, accounts and sessions")
        world = build_world(store, folder, time.time_ns() // 1_000_000, UNITS_MEASURED, clients=1, warmers=1)
        patterns = _patterns(Ground(Case("push", store.name, MADE, BATCH, 1, gzip=True), store, world, folder))
        sizes, filled, urls = [], [], []
        for records in (chosen.small, chosen.large):
            filling = _filling(world, patterns, records)
            url, told = _fill(store, world, filling)
            filled.append(told)
            urls.append(url)
            sizes.append(stack.enter_context(_served(store, url, filling, world, folder / str(records))))
        _progress("measuring in turn")
        measure_in_turn(sizes, chosen.pushes, chosen.pulls)
        rows = zip(sizes, filled, urls, strict=True)
        told = {"sizes": [_told(size, fill | {"conflicts": _conflicts(url)}) for size, fill, url in rows]}
    return _print(told, chosen.output or OUTPUT / f"scale-{time.strftime('%Y%m%d-%H%M%S')}.json")


def _patterns(ground: Ground) -> tuple[Pattern, ...]:
    """What a real push leaves of records without a parent."""
    author = ground.world.authors(ground.world.phones, ground.case.seed)[0]
    made = [operation for _ in range(MADE) if (operation := author.create())["kind"] != "handout"]
    for n, operation in enumerate(made, start=1):
        operation["n"] = n
    batches = [Batch(0, 0, made[start : start + BATCH], is_retried=False) for start in range(0, len(made), BATCH)]
    with pushed(ground, batches) as url, psycopg.connect(url, row_factory=dict_row) as connection:
        records = {row["id"]: row for row in connection.execute("SELECT * FROM record").fetchall()}
        operations = {row["n"]: row for row in connection.execute("SELECT * FROM operation").fetchall()}
        connection.close()
    return tuple(pattern_of(o, author.device, records[o["record"]], operations[o["n"]]) for o in made)


def _filling(world: World, patterns: tuple[Pattern, ...], records: int) -> Filling:
    """Every commune of Vietnam, those first that are measured."""
    measured = [phone.place.unit for phone in world.phones]
    with psycopg.connect(world.url) as connection:
        listed = connection.execute(
            "SELECT id FROM area WHERE kind IN ('commune', 'ward', 'special') ORDER BY code"
        ).fetchall()
    units = [*measured, *(unit for (unit,) in listed if unit not in measured)]
    each = -(-records // len(units))
    of_first = max(each, min(MEASURED_RECORDS, records // len(measured)))
    of_others = -(-max(0, records - of_first * len(measured)) // (len(units) - len(measured)))
    base_ms = world.now_ms - (of_first + 2) * STEP_MS * len(units)
    return Filling(tuple(units), patterns, base_ms, len(measured), of_first, of_others)


def _fill(store: Store, world: World, filling: Filling) -> tuple[str, dict[str, Any]]:
    began, url = time.monotonic(), store.copy(world.url)
    filling.fill(url, _progress)
    seconds = time.monotonic() - began
    with psycopg.connect(url) as connection:
        rows = {table: connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() for table in COUNTED}
        size = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    counts = {table: row[0] for table, row in rows.items() if row}
    _progress(f"{counts} in {seconds:.0f} s")
    return url, {"rows": counts, "fill_s": seconds, "bytes": size[0] if size else 0, "units": len(filling.units)}


COUNTED: Final = ("record", "operation", "counter", "feed_mark")


@contextmanager
def _served(store: Store, url: str, filling: Filling, world: World, directory: Path) -> Iterator[Size]:
    authors = world.authors(world.phones, seed=1)
    chance = random.Random(1)
    unedited = [chance.sample(range(1, filling.of_first + 1), filling.of_first) for _ in world.phones]
    with running_server(environment(url, directory)) as server:
        pids, caller = [server.pid, *([] if store.pid is None else [store.pid])], Caller(server.port)
        try:
            yield Size(filling, caller, world.phones, authors, pids, unedited)
        finally:
            caller.close()


def _conflicts(url: str) -> int:
    """Edits name the heads of filled records rightly, or there would be some."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM record WHERE conflict").fetchone()
    return row[0] if row else 0


def _told(size: Size, fill: dict[str, Any]) -> dict[str, Any]:
    pushes, pulls = spread_of(size.push_ms), spread_of(size.pull_ms)
    return {
        "records": size.filling.records, **fill, "push": asdict(pushes), "empty_pull": asdict(pulls),
        "push_cpu_ms": 1000 * size.push_cpu_s / pushes.count, "pull_cpu_ms": 1000 * size.pull_cpu_s / pulls.count,
    }  # fmt: skip


def _print(told: dict[str, Any], path: Path) -> int:
    small, large = told["sizes"]
    for size in (small, large):
        counts = ", ".join(f"{count:,} in {table}" for table, count in size["rows"].items())
        print(f"{size['records']:,} records over {size['units']:,} units: {counts}")
        print(f"  {size['bytes'] / 2**30:.1f} GiB, filled in {size['fill_s']:.0f} s")
    for name, title in (("push", f"push of {BATCH}, half edits"), ("empty_pull", "empty pull")):
        one, other = small[name], large[name]
        ratios = {key: other[key] / one[key] for key in ("p50_ms", "p95_ms")}
        large[f"{name}_ratio"] = ratios
        print(
            f"{title}: p50 {one['p50_ms']:.1f} -> {other['p50_ms']:.1f} ms (x {ratios['p50_ms']:.2f}),"
            f" p95 {one['p95_ms']:.1f} -> {other['p95_ms']:.1f} ms (x {ratios['p95_ms']:.2f}),"
            f" {one['count']} and {other['count']} times"
        )
    for name in ("push_cpu_ms", "pull_cpu_ms"):
        print(f"{name}: {small[name]:.1f} -> {large[name]:.1f} (x {large[name] / small[name]:.2f})")
    path.write_text(json.dumps(told, indent=1), encoding="utf-8")
    print(f"every figure: {path}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--small", type=int, default=50_000)
    parser.add_argument("--large", type=int, default=5_000_000)
    parser.add_argument("--pushes", type=int, default=200)
    parser.add_argument("--pulls", type=int, default=1_000)
    parser.add_argument("--output", type=Path)
    return parser


def _progress(text: str) -> None:
    print(f"· {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
