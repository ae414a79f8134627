"""What a campaign of a phone that was long offline is made of: what is asked, where it runs, and what it came to."""

import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import backend
from backend.database import reading
from backend.demo import places, reference
from tests.conftest import close_connections, migrate, settings_for
from tests.faults.field_month import Month, write_month
from tests.faults.other_time import OtherTime
from tests.faults.photo_roll import RollPhoto, take_photos
from tests.support.postgres import running_cluster
from tests.support.server import server_environment


@dataclass(slots=True)
class Given:
    """What is to be done."""

    records: int = 2_000
    photos: int = 500
    days: int = 30
    haste: float = 50.0
    seed: int = 1
    store: str = "sqlite"
    control: str | None = None


@dataclass(slots=True)
class Told:
    """What it came to."""

    faults: list[str] = field(default_factory=list)
    records: int = 0
    operations: int = 0
    edits: int = 0
    operation_bytes: int = 0
    photos: int = 0
    photo_bytes: int = 0
    photo_bytes_quartiles: list[int] = field(default_factory=list)
    asked_for_sign_in: bool = False
    lives_while_sending: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    bytes_up_to_content: float = 0.0
    torn_bytes: int = 0
    cuts: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    resent_finished: list[str] = field(default_factory=list)
    batches: int = 0
    repeated_batches: int = 0
    repeated_operations: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    largest_answer_bytes: int = 0
    hours_of_bytes: float = 0.0
    hours_of_phone: float = 0.0
    offline_wall_s: float = 0.0
    online_wall_s: float = 0.0
    worker_peak_mb: int = 0


@dataclass(slots=True)
class Site:
    """A store with areas and accounts, what the officer will record, and the account of all of it."""

    given: Given
    environment: dict[str, str]
    url: str
    month: Month
    roll: list[RollPhoto]
    folder: Path
    from_ms: int
    told: Told = field(default_factory=Told)

    def server(self, time_: OtherTime) -> dict[str, str]:
        return self.environment | time_.environment


@contextmanager
def prepared(given: Given) -> Iterator[Site]:
    """Everything but the processes that are watched."""
    with tempfile.TemporaryDirectory(prefix="diaban-offline-") as name, _database(given.store, Path(name)) as url:
        folder = Path(name)
        settings = settings_for(folder, url)
        own = {"DIABAN_DATABASE_URL": url, "DIABAN_SECRET_KEY": settings.secret_key, "DIABAN_SCHEDULER": "external"}
        environment = server_environment(folder, **own)
        migrate(settings)
        app = backend.create_app(settings)
        app.test_cli_runner().invoke(args=["demo", "--empty"], catch_exceptions=False)
        with app.app_context(), reading() as connection:
            unit, leaflets = places.read_units(connection)[0], reference.read_leaflets(connection)
        close_connections(app)
        roll = take_photos(folder / "roll", given.photos, given.seed)
        from_ms = time.time_ns() // 1_000_000
        month = write_month(given.seed, unit, leaflets, from_ms, given.days, given.records, roll)
        yield Site(given, environment, url, month, roll, folder, from_ms, _begin(month, roll))


def _begin(month: Month, roll: Sequence[RollPhoto]) -> Told:
    sizes = sorted(photo.bytes for photo in roll) or [0]
    quartiles = [sizes[round(part * (len(sizes) - 1) / 4)] for part in range(5)]
    return Told(
        records=len(month.expected) - len(roll), operations=month.operations, edits=month.edits, photos=len(roll),
        photo_bytes=month.photo_bytes, photo_bytes_quartiles=quartiles,
    )  # fmt: skip


@contextmanager
def _database(store: str, folder: Path) -> Iterator[str]:
    with running_cluster(durable=True) if store == "postgresql" else nullcontext() as cluster:
        yield cluster.create("offline") if cluster else f"sqlite:///{folder}/offline.db"
