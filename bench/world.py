"""The world that is measured in: all areas of Vietnam, some units with hamlets, one officer with one phone for each
client and unit. Made once for a store and copied for each run."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid5

from flask import Flask
from sqlalchemy import insert, select

import backend
from backend.config import Settings
from backend.database import db, writing
from backend.models import Area, Assignment, User
from backend.services.passwords import hash_password
from bench.case import CLIENTS_MAX, UNITS
from bench.records import TAG_LETTERS, Author, Place
from bench.stores import Store, close_files
from bench.wire import Caller, request_bytes
from tests.support.server import run_flask, running_server, server_environment

HAMLETS: Final = 6
PASSWORD: Final = "a password for the bench only"
SECRET: Final = "a secret for the bench only, long enough"
JSON: Final = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Phone:
    """A signed-in device of one officer, and where the feed of its unit began."""

    device: str
    token: str
    place: Place
    cursor: str


@dataclass(frozen=True, slots=True)
class World:
    """`url` is the database to copy. Phone `client * units + unit` writes for that client in that unit, watcher `unit`
    reads its feed; the warmers warm the server up in a unit that is not measured."""

    url: str
    phones: tuple[Phone, ...]
    watchers: tuple[Phone, ...]
    warmers: tuple[Phone, ...]
    now_ms: int

    def authors(self, phones: tuple[Phone, ...], seed: int) -> list[Author]:
        """Who writes on each of some phones."""
        return [
            Author(phone.device, phone.place, random.Random(f"{seed}/{number}"), self.now_ms)
            for number, phone in enumerate(phones)
        ]


def environment(url: str, directory: Path) -> dict[str, str]:
    """What a measured server runs with: as in production, but figures are not counted meanwhile."""
    names = {"DIABAN_DATABASE_URL": url, "DIABAN_SCHEDULER": "external", "DIABAN_SECRET_KEY": SECRET}
    return server_environment(directory, **names)


def build_world(
    store: Store,
    directory: Path,
    now_ms: int,
    units: int = UNITS,
    clients: int = CLIENTS_MAX,
    warmers: int = CLIENTS_MAX,
) -> World:
    """Migrate, load areas and accounts, sign every phone in."""
    url = store.create()
    own = environment(url, directory)
    run_flask(own, "migrate")
    run_flask(own, "areas", "load")
    settings = Settings(directory, url, SECRET, env="demo", scheduler="external")
    places = _write_accounts(backend.create_app(settings), units, clients, warmers)
    with running_server(own) as server:
        phones = list(_sign_in_all(server.port, places))
    close_files(url)
    writers, rest = phones[: clients * units], phones[clients * units :]
    return World(url, tuple(writers), tuple(rest[:units]), tuple(rest[units:]), now_ms)


def device_of(number: int) -> str:
    """The device id of a phone."""
    return "".join(random.Random(f"phone/{number}").choices(TAG_LETTERS, k=16))


def _write_accounts(app: Flask, units: int, clients: int, warmers: int) -> list[Place]:
    """One officer for each phone; returns where each works."""
    with app.app_context():
        with writing() as connection:
            communes = select(Area).where(Area.kind == "commune").order_by(Area.code).limit(units + 1)
            places = [_write_hamlets(connection, row) for row in connection.execute(communes).all()]
            # the clients' phones and the watchers unit by unit, then the warmers in the unit that is left
            of_phones = places[:units] * (clients + 1) + [places[units]] * warmers
            hashed = hash_password(PASSWORD)
            for number, place in enumerate(of_phones):
                user = {"id": f"user-{number}", "username": f"bench{number}", "name": f"Đồng chí {number}"}
                connection.execute(insert(User).values(**user, password_hash=hashed, created_ms=0))
                grant = {"id": f"grant-{number}", "user": user["id"], "role": "officer", "area": place.unit}
                connection.execute(insert(Assignment).values(**grant))
        for engine in db.engines.values():
            engine.dispose()
    return of_phones


def _write_hamlets(connection: Any, unit: Any) -> Place:
    hamlets = [str(uuid5(UUID(unit.id), str(number))) for number in range(HAMLETS)]
    for number, hamlet in enumerate(hamlets):
        row = {
            "id": hamlet, "code": None, "kind": "hamlet", "type_word": "Ấp", "name": str(number),
            "full_name": f"Ấp {number}", "folded": f"ap {number}", "parent": unit.id, "path": f"{unit.path}{hamlet}/",
            "partition": unit.id, "changed_ms": 0,
        }  # fmt: skip
        connection.execute(insert(Area).values(**row))
    return Place(unit.id, tuple(hamlets))


def _sign_in_all(port: int, places: list[Place]) -> Iterator[Phone]:
    caller = Caller(port)
    for number, place in enumerate(places):
        device = device_of(number)
        who = {"username": f"bench{number}", "password": PASSWORD, "device": {"id": device, "name": "bench"}}
        told = _post(caller, "/api/v1/sessions", who | {"mode": "token"}, {})
        token = told["access_token"]
        envelope = {
            "protocol": 1, "device": device, "batch": place.unit, "now": 0, "holds": 0, "operations": [],
            "cursors": {place.unit: None}, "pull": 1,
        }  # fmt: skip
        pulled = _post(caller, "/api/v1/sync", envelope, {"Authorization": f"Bearer {token}"})
        yield Phone(device, token, place, pulled["pull"][place.unit]["cursor"])
    caller.close()


def _post(caller: Caller, path: str, value: Any, headers: dict[str, str]) -> Any:
    answer = caller.call(request_bytes("POST", path, json.dumps(value).encode(), JSON | headers, zipped=False))
    told = json.loads(answer.text())
    if answer.status not in (200, 201):
        raise RuntimeError(f"{path}: {answer.status} {told}")
    return told
