"""`python -m tests.simulation --seeds 1..1000`: run schedules, say what they came to, tell how to run a failure again."""

import argparse
import os
import sys
from contextlib import ExitStack
from pathlib import Path

from tests.simulation.campaign import COUNTED, Totals, commit, run_campaign
from tests.simulation.faults import FAULTS, ON_POSTGRESQL_ONLY
from tests.simulation.schedule import Outcome
from tests.simulation.typescript_phone import APP_FAULTS
from tests.simulation.worker import Plan, running_worker
from tests.simulation.world import Options
from tests.support.postgres import running_cluster

# a set's order would be another one in each process
HASH_SEED = "0"
LOG_SHOWN = 400


def main() -> int:
    given = _arguments()
    with ExitStack() as stack:
        url = None
        if given.store == "postgresql":
            cluster = stack.enter_context(running_cluster())
            for number in range(1, given.workers + 1):
                cluster.create(f"simulation{number}")
            url = cluster.url("simulation")
        plan = Plan(Options(given.phones, given.steps), url, given.fault, given.client)
        if given.replay is not None:
            return _replay(plan, given.replay, is_loud=given.verbose)
        first, last = given.seeds
        totals = run_campaign(plan, first, last, given.workers, given.journal, goes_on=given.keep_going)
    _report(totals, given)
    return 1 if totals.failures else 0


def _replay(plan: Plan, seed: int, *, is_loud: bool) -> int:
    own = Plan(plan.options, plan.postgres_url and f"{plan.postgres_url}1", plan.fault, plan.phones)
    with running_worker(own) as worker:
        outcome = worker.run(seed, is_loud=is_loud)
    if outcome.failure is None:
        print(f"seed {seed}: {outcome.steps} steps, {outcome.exchanges} exchanges, everything held")
        return 0
    print(f"seed {seed}: {outcome.failure}")
    return 1


def _report(totals: Totals, given: argparse.Namespace) -> None:
    for outcome in totals.failures:
        _tell(outcome, given)
    told = {name: round(totals.sums[name], 1) for name in COUNTED}
    print(", ".join(f"{name} {value:,}" for name, value in told.items()), flush=True)
    if schedules := totals.sums["schedules"]:
        own_s = totals.sums["cpu_s"] - totals.sums["server_cpu_s"]
        print(
            f"of each schedule: {totals.sums['server_cpu_s'] / schedules * 1e3:.1f} ms CPU in the server's process, "
            f"{own_s / schedules * 1e3:.1f} ms in phones, network and oracle; commits: {', '.join(totals.commits)}"
        )


def _tell(outcome: Outcome, given: argparse.Namespace) -> None:
    """Everything that somebody needs to see it again."""
    print(f"\nseed {outcome.seed} at commit {commit()}: {outcome.failure}\n")
    print("\n".join(line[:LOG_SHOWN] for line in outcome.log))
    options = f"--store {given.store} --phones {given.phones} --steps {given.steps}"
    options += f" --fault {given.fault}" if given.fault else ""
    options += f" --client {given.client}" if given.client != "model" else ""
    print(f"\nagain: python -m tests.simulation {options} --replay {outcome.seed} -v\n", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=_seeds, default=(1, 1_000), metavar="A..B")
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument(
        "--client", choices=("model", "typescript", "mixed"), default="model", help="what the phones are"
    )
    parser.add_argument("--phones", type=int, default=3)
    parser.add_argument("--steps", type=int, default=40, help="so many in each schedule")
    parser.add_argument(
        "--fault", choices=sorted({*FAULTS, *APP_FAULTS}), help="a positive control: this build must fail"
    )
    parser.add_argument("--journal", type=Path, help="go on where this file ends")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--keep-going", action="store_true", help="do not stop at the first failure")
    parser.add_argument("--replay", type=int, metavar="SEED")
    parser.add_argument("-v", "--verbose", action="store_true", help="with --replay: say every step")
    given = parser.parse_args()
    if given.fault in ON_POSTGRESQL_ONLY and given.store == "sqlite":
        parser.error(f"{given.fault} shows on PostgreSQL only: --store postgresql")
    return given


def _seeds(text: str) -> tuple[int, int]:
    """`7`, which is 1 to 7, or `5..9`."""
    first, dots, last = text.partition("..")
    bounds = (int(first), int(last)) if dots else (1, int(first))
    if not 0 < bounds[0] <= bounds[1]:
        raise argparse.ArgumentTypeError(f"not a range of seeds: {text}")
    return bounds


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != HASH_SEED:
        os.execve(
            sys.executable,
            [sys.executable, "-m", "tests.simulation", *sys.argv[1:]],
            {**os.environ, "PYTHONHASHSEED": HASH_SEED},
        )
    sys.exit(main())
