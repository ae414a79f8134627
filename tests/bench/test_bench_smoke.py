"""The bench measures what it says, with tiny numbers: nothing missed, doubled or lost, and ratios; never a speed."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from bench.case import UNITS, WORKLOADS, Case
from bench.checking import feeds, judge
from bench.diaban import Diaban, pushed
from bench.loading import load
from bench.push import captured, plan
from bench.raw import Writing
from bench.run import measure_case
from bench.sample import Verdict
from bench.scale import main as measure_scale
from bench.stores import Store, connect_raw, open_store
from bench.system import Ground, Live, Loaded
from bench.table import lines_of
from bench.world import World, build_world

pytestmark = [pytest.mark.slow, pytest.mark.integration]

RECORDS, BATCH, CLIENTS = 60, 5, 2
TABLES = {
    "record": "id", "operation": "device, n", "counter": "partition", "feed_mark": "partition, last_seq",
    "dirty_cell": "area, day",
}  # fmt: skip


class Bench:
    """A store with a world in it."""

    def __init__(self, store: Store, world: World, directory: Path) -> None:
        self.store, self.world, self.directory = store, world, directory

    def ground(self, workload: str, *, gzip: bool = True) -> Ground:
        case = Case(workload, self.store.name, RECORDS, BATCH, CLIENTS, gzip)
        return Ground(case, self.store, self.world, self.directory)


STORES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
# what SQLite does differently is how it writes
CASES = [
    *(pytest.param("sqlite", workload) for workload in ("push", "edit")),
    *(pytest.param("postgresql", workload, marks=pytest.mark.postgresql) for workload in WORKLOADS),
]


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Bench]]:
    """One world for each store, made when it is first asked for."""
    made: dict[str, Bench] = {}
    with ExitStack() as stack:

        def bench_on(name: str) -> Bench:
            if name not in made:
                directory = tmp_path_factory.mktemp("bench")
                store = stack.enter_context(open_store(name, directory / "databases"))
                world = build_world(store, directory, time.time_ns() // 1_000_000, clients=CLIENTS, warmers=1)
                made[name] = Bench(store, world, directory)
            return made[name]

        yield bench_on


@pytest.fixture(params=STORES)
def bench(request: pytest.FixtureRequest, benches: Callable[[str], Bench]) -> Bench:
    return benches(request.param)


@pytest.mark.parametrize(("bench", "workload"), CASES, indirect=["bench"])
def test_the_server_misses_doubles_and_loses_nothing_beside_the_driver(bench: Bench, workload: str) -> None:
    result = measure_case(bench.ground(workload), ["diaban", "raw"], 1, {}, lambda _: None)
    own, raw = result.row("diaban"), result.row("raw")
    assert own is not None and raw is not None
    assert (own.error, raw.error, own.verdict) == (None, None, Verdict(0, 0, 0))
    readings = CLIENTS if workload in ("pull", "follow") else 1
    assert own.samples[0].records == raw.samples[0].records == RECORDS * readings
    assert result.ratio("diaban", "raw") is not None
    assert own.samples[0].peak_bytes > 0
    assert "diaban" in "\n".join(lines_of(result))


def test_the_driver_leaves_the_rows_that_the_server_left(bench: Bench) -> None:
    ground = bench.ground("push")
    batches = plan(ground)
    written = bench.store.copy(bench.world.url)
    with pushed(ground, batches) as url:
        for own in captured(ground, url, batches, are_edits=False):
            writer = Writing(written, own)
            writer.prepare()
            writer.run(lambda _: None)
        for table, key in TABLES.items():
            assert _rows(written, table, key) == _rows(url, table, key)
    bench.store.drop(written)


def test_a_row_that_vanishes_and_a_row_that_nobody_hears_of_are_seen(bench: Bench) -> None:
    """The control: the same check finds what is wrong when something is."""
    ground = bench.ground("push")
    batches = plan(ground)
    made = [operation["record"] for batch in batches for operation in batch.operations]
    with pushed(ground, batches) as url, Diaban().open(ground, Loaded(batches, url)) as live:
        assert judge(set(made), live.stored(), feeds(live, UNITS)) == Verdict(0, 0, 0)
        told = feeds(live, UNITS)
        _delete(live, made[0])
        assert judge(set(made), live.stored(), told).lost == 1
        assert judge(set(made[1:]), live.stored(), [one for one in told if one.record != made[1]]).missed == 1


def test_a_batch_that_is_loaded_twice_stands_once(bench: Bench) -> None:
    ground = bench.ground("push")
    batches = plan(ground)
    with Diaban().open(ground, None) as live:
        load(live, batches)
        load(live, batches)
        assert judge(set(), live.stored(), feeds(live, UNITS)) == Verdict(0, 0, 0)
        assert sum(live.stored().values()) == RECORDS


@pytest.mark.postgresql
def test_a_filled_store_takes_pushes_and_answers_empty_pulls(tmp_path: Path) -> None:
    output = tmp_path / "scale.json"
    sizes = ["--small", "5000", "--large", "10000"]
    assert measure_scale([*sizes, "--pushes", "10", "--pulls", "10", "--output", str(output)]) == 0
    small, large = json.loads(output.read_text("utf-8"))["sizes"]
    assert small["rows"]["record"] == small["rows"]["operation"] >= 5_000
    assert large["rows"]["record"] >= 10_000
    assert small["conflicts"] == large["conflicts"] == 0
    assert {"p50_ms", "p95_ms"} <= large["push_ratio"].keys() & large["empty_pull_ratio"].keys()


def _rows(url: str, table: str, key: str) -> list[Any]:
    connection = connect_raw(url)
    rows: list[Any] = connection.execute(f"SELECT * FROM {table} ORDER BY {key}").fetchall()
    connection.close()
    return rows


def _delete(live: Live, record: str) -> None:
    """Take a row away behind the server's back."""
    url = getattr(live, "url")  # noqa: B009 - only the own server has one
    connection = connect_raw(url)
    connection.execute(f"DELETE FROM record WHERE id = '{record}'")
    connection.commit()
    connection.close()
