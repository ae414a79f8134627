"""One process of a campaign: a server over a database of its own, and range after range of seeds."""

import gc
import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import backend
from backend.config import Settings
from tests.simulation import faults
from tests.simulation.model_phone import ModelPhone
from tests.simulation.phone import Factory, Phone, Setup
from tests.simulation.phone_store import Store as PhoneStore
from tests.simulation.schedule import Outcome, run
from tests.simulation.server import Server, close_connections, running_server
from tests.simulation.store import AnyStore, PostgresStore, SqliteStore
from tests.simulation.tearing import tear
from tests.simulation.typescript_phone import APP_FAULTS, Phones
from tests.simulation.world import Options

MEMORY = Path("/dev/shm")
# a schedule makes no cycles worth looking for every few hundred objects
COLLECT_EVERY = 50_000
# the app's own deaths: the share of saves cut off by one, and how often an answer is, beside the other steps
TORN_SAVES = 0.1
TORN_WEIGHT = 3.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What a worker runs; a null `postgres_url` means SQLite."""

    options: Options
    postgres_url: str | None = None
    fault: str | None = None
    # "model"; "typescript": the app itself; "mixed": some of each
    phones: str = "model"


class Worker:
    """Runs schedules one by one; made once in its process."""

    def __init__(self, server: Server, plan: Plan, make: Factory) -> None:
        self._server, self._plan, self._make = server, plan, make
        self._more = [] if plan.phones == "model" else [(tear, TORN_WEIGHT)]

    def run(self, seed: int, *, is_loud: bool = False) -> Outcome:
        return run(self._server, seed, self._plan.options, self._make, is_loud=is_loud, more=self._more)


@contextmanager
def running_worker(plan: Plan) -> Iterator[Worker]:
    """A worker with a fresh, migrated store; everything goes with it."""
    logging.getLogger("backend").setLevel(logging.CRITICAL)
    gc.set_threshold(COLLECT_EVERY)
    if plan.fault is not None and plan.fault not in APP_FAULTS:
        faults.install(plan.fault)
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="diaban-simulation-", dir=MEMORY if MEMORY.is_dir() else None))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        (folder / "instance").mkdir()
        make = stack.enter_context(_factory(plan))
        store: AnyStore = PostgresStore(plan.postgres_url) if plan.postgres_url else SqliteStore(folder / "server.db")
        _migrate(store.url, folder)
        server = stack.enter_context(running_server(store, folder))
        # the application itself is never garbage: looking through it again and again would find nothing
        gc.collect()
        gc.freeze()
        stack.callback(gc.unfreeze)
        yield Worker(server, plan, make)


@contextmanager
def _factory(plan: Plan) -> Iterator[Factory]:
    if plan.phones != "model":
        with Phones(fault=plan.fault if plan.fault in APP_FAULTS else None, torn=TORN_SAVES) as phones:
            yield phones.make if plan.phones == "typescript" else phones.make_some
        return
    purges_unsent = plan.fault == "purge-unsent"

    def make(setup: Setup) -> Phone:
        return ModelPhone(setup, PhoneStore(setup.device, purges_unsent=purges_unsent))

    yield make


def _migrate(url: str, folder: Path) -> None:
    """By the command that an operator uses."""
    settings = Settings(
        instance_dir=folder / "instance", database_url=url, secret_key="a secret of the simulation alone", env="demo",
        scheduler="external",
    )  # fmt: skip
    app = backend.create_app(settings)
    outcome = app.test_cli_runner().invoke(args=["migrate"])
    close_connections(app)
    if outcome.exit_code != 0:
        raise RuntimeError(f"flask migrate: {outcome.output}")
