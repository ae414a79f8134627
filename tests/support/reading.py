"""A world under a clock that tests set, and short ways to write and to ask."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import update

import backend
from backend.ambient import Ambient
from backend.config import Settings
from backend.database import db, writing
from backend.models import Session
from backend.services.aggregate import drain
from sync.days import start_ms
from sync.periods import parse_day
from tests.support.phone import Phone, new_id
from tests.support.world import CAI_KHE, SignedIn, build_world, sign_in

HOUR_MS = 3_600_000
FAR_MS = 9_000_000_000_000


def at(day: str, hour: int = 8) -> int:
    """The ms of an hour of a day in Vietnam."""
    return start_ms(parse_day(day)) + hour * HOUR_MS


@dataclass
class Desk:
    """The application, its clock, and whoever is signed in."""

    app: Flask
    now_ms: int
    signed_in: dict[str, SignedIn] = field(default_factory=dict)
    phones: dict[str, Phone] = field(default_factory=dict)

    def who(self, user: str) -> SignedIn:
        if user not in self.signed_in:
            device = (user + "phone")[:16].ljust(16, "q")
            self.signed_in[user] = sign_in(self.app, user, device)
            # the desk's clock is set by hand and may be far from the one that sessions were opened by
            with self.app.app_context(), writing() as connection:
                connection.execute(update(Session).values(access_expires_ms=FAR_MS, ends_ms=FAR_MS))
        return self.signed_in[user]

    def phone(self, user: str) -> Phone:
        if user not in self.phones:
            self.phones[user] = Phone(self.app.test_client(), self.who(user))
        return self.phones[user]

    def write(
        self, user: str, kind: str, values: dict[str, Any], unit: str = CAI_KHE, record: str | None = None, **more: Any
    ) -> str:
        """One accepted operation of a user; the record's id."""
        phone, named = self.phone(user), record or new_id()
        operation = phone.operation(named, kind, unit, values, **({"stamp": [self.now_ms, phone.n]} | more))
        receipt = phone.sync([operation])["receipts"][0]
        assert receipt["status"] == "accepted", receipt
        return named

    def heads(self, user: str, record: str) -> dict[str, list[str]]:
        """The ids of the shown heads, as `prev` names them."""
        fields = self.ask(user, f"/records/{record}")["fields"]
        return {name: head[1:] for name, head in fields.items()}

    def drain(self) -> int:
        with self.app.app_context():
            return drain(self.now_ms)

    def get(self, user: str, path: str, headers: dict[str, str] | None = None, **arguments: Any) -> Any:
        names = {name.rstrip("_"): value for name, value in arguments.items()}
        address = f"/api/v1{path}" + (f"?{urlencode(names)}" if names else "")
        return self.app.test_client().get(address, headers=self.who(user).headers | (headers or {}))

    def post(self, user: str, path: str, body: Any) -> Any:
        """The answer to a JSON body."""
        return self.app.test_client().post(f"/api/v1{path}", json=body, headers=self.who(user).headers)

    def ask(self, user: str, path: str, **arguments: Any) -> Any:
        """The body of an answer that must be 200."""
        response = self.get(user, path, **arguments)
        assert response.status_code == 200, response.get_data(as_text=True)
        return response.get_json()

    def problem(self, user: str, path: str, **arguments: Any) -> tuple[int, str]:
        """Status and code of a refusal."""
        response = self.get(user, path, **arguments)
        return response.status_code, response.get_json()["type"].removeprefix("/problems/")


@contextmanager
def open_desk(settings: Settings, now_ms: int) -> Iterator[Desk]:
    """A world whose clock stands still until a test moves it."""
    desk = Desk(app=None, now_ms=now_ms)  # type: ignore[arg-type]
    desk.app = backend.create_app(settings, Ambient(now_ms=lambda: desk.now_ms))
    build_world(desk.app)
    yield desk
    with desk.app.app_context():
        for engine in db.engines.values():
            engine.dispose()
