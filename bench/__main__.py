"""`python -m bench`: measure workloads and print a table (docs/bench.md)."""

import argparse
import itertools
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.case import CLIENTS_MAX, STORES, Case
from bench.profiled import profile_push
from bench.result import CaseResult
from bench.run import NAMES, WORKLOADS, measure_case
from bench.stores import open_store
from bench.suite import suite, systems_for
from bench.system import Ground
from bench.table import LEGEND, lines_of, write_file
from bench.world import build_world
from tests.support.server import ROOT

OUTPUT = ROOT / "build/bench"
# an access token lasts an hour, and a case must end before
WORLD_S_MAX = 1_800.0


def main(arguments: Sequence[str]) -> int:
    """Measure every combination that is asked for."""
    chosen = _parser().parse_args(arguments)
    path = chosen.output or OUTPUT / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    before = {"load_before": os.getloadavg(), "repeats": chosen.repeats}
    results: list[CaseResult] = []
    for store in chosen.store:
        for result in _measure_store(store, chosen):
            print("\n".join(lines_of(result)), flush=True)
            results.append(result)
            write_file(results, path, before)
    if results:
        print(f"{LEGEND}\nload before: {before['load_before']}; every run: {path}")
    return int(not all(result.is_sound for result in results))


def _measure_store(name: str, chosen: argparse.Namespace) -> Iterator[CaseResult]:
    with TemporaryDirectory(prefix="diaban-bench-", dir=_scratch()) as folder, open_store(name, Path(folder)) as store:
        world, built_s = None, 0.0
        for case, systems in _cases(name, chosen):
            if world is None or time.monotonic() - built_s > WORLD_S_MAX:
                _progress(f"{name}: areas, accounts and sessions")
                world, built_s = build_world(store, Path(folder), time.time_ns() // 1_000_000), time.monotonic()
            ground = Ground(case, store, world, Path(folder))
            if chosen.profile:
                print(profile_push(ground, OUTPUT / "push.prof"))
            else:
                yield measure_case(ground, systems, chosen.repeats, {"kinto": chosen.kinto_records}, _progress)


def _cases(store: str, chosen: argparse.Namespace) -> list[tuple[Case, list[str]]]:
    if chosen.suite:
        cases = list(suite(store, chosen.records, chosen.seed))
        return [(case, systems_for(case, chosen.systems)) for case in cases]
    asked = (
        Case(workload, store, chosen.records, batch, clients, gzip == "on", chosen.seed)
        for workload, batch, clients, gzip in itertools.product(
            chosen.workload, chosen.batch, chosen.clients, chosen.gzip
        )
    )
    return [(case, chosen.systems) for case in asked]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--suite", action="store_true", help="the cases of `make bench`, in place of workload, gzip, batch and clients"
    )
    parser.add_argument("--workload", type=_listed(WORKLOADS), default=["push"])
    parser.add_argument("--store", type=_listed(STORES), default=["postgresql"])
    parser.add_argument("--systems", type=_listed(NAMES), default=list(NAMES))
    parser.add_argument("--gzip", type=_listed(("on", "off")), default=["on"])
    parser.add_argument("--batch", type=_numbers(1, 100), default=[100])
    parser.add_argument("--clients", type=_numbers(1, CLIENTS_MAX), default=[1])
    parser.add_argument("--records", type=int, default=2_000)
    parser.add_argument("--kinto-records", type=int, default=500, help="fewer, because it takes a second for a batch")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--profile", action="store_true", help="tell where a push spends its time, and measure nothing")
    parser.add_argument("--output", type=Path, help="the file for every run's figures")
    return parser


def _listed(allowed: Iterable[str]) -> Callable[[str], list[str]]:
    names = list(allowed)

    def parse(text: str) -> list[str]:
        parts = text.split(",")
        if unknown := [part for part in parts if part not in names]:
            raise argparse.ArgumentTypeError(f"{unknown[0]}: choose from {', '.join(names)}")
        return parts

    return parse


def _numbers(low: int, high: int) -> Callable[[str], list[int]]:
    def parse(text: str) -> list[int]:
        numbers = [int(part) for part in text.split(",")]
        if not all(low <= number <= high for number in numbers):
            raise argparse.ArgumentTypeError(f"from {low} to {high}")
        return numbers

    return parse


def _scratch() -> Path:
    OUTPUT.mkdir(parents=True, exist_ok=True)
    return OUTPUT


def _progress(text: str) -> None:
    print(f"· {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
