"""At most ten wrong guesses for an account and an address are ever looked at, however many come at once."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from backend.ambient import Ambient
from backend.config import Settings
from backend.database import reading, writing
from backend.errors import ProblemError
from backend.models import SignInFailure
from backend.services import sign_in
from backend.services.users import set_password
from tests.support.clock import Clock, app_under
from tests.support.world import build_world

# part of `make test` only: `make check` is to stay under a minute
pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery"
KNOWN = "knowndevice22222"
BUCKET = "ab" * 32


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(clock: Clock, settings: Settings) -> Iterator[Flask]:
    with app_under(clock, settings) as app:
        build_world(app)
        with app.app_context(), writing() as connection:
            set_password(connection, "an", PASSWORD, clock.now_ms)
        yield app


def try_once(app: Flask, password: str, **device: str) -> tuple[int, str]:
    body = {"username": "an", "password": password, "device": {"name": "Máy", **device}, "mode": "token"}
    response: Any = app.test_client().post("/api/v1/sessions", json=body)
    return response.status_code, response.json.get("type", "").removeprefix("/problems/")


def try_at_once(app: Flask, passwords: list[str], **device: str) -> Counter[tuple[int, str]]:
    with ThreadPoolExecutor(12) as threads:
        return Counter(threads.map(lambda password: try_once(app, password, **device), passwords))


def failures(app: Flask) -> int:
    with app.app_context(), reading() as connection:
        return int(connection.execute(select(func.count()).select_from(SignInFailure)).scalar_one())


def test_of_sixty_guesses_at_once_ten_are_looked_at(app: Flask) -> None:
    told = try_at_once(app, [f"wrong guess {n}" for n in range(60)])
    assert told == {(401, "credentials-wrong"): 10, (429, "too-many-attempts"): 50}
    assert failures(app) == 10
    assert try_once(app, PASSWORD)[0] == 429


def test_right_passwords_at_once_all_enter_and_leave_nothing(app: Flask) -> None:
    assert try_at_once(app, [PASSWORD] * 30) == {(201, ""): 30}
    assert failures(app) == 0


def test_right_and_wrong_at_once(app: Flask) -> None:
    told = try_at_once(app, [PASSWORD, PASSWORD, "wrong password!"] * 9)
    assert told == {(201, ""): 18, (401, "credentials-wrong"): 9}
    assert failures(app) == 9


def test_a_known_device_has_ten_of_its_own(app: Flask) -> None:
    assert try_once(app, PASSWORD, id=KNOWN)[0] == 201
    assert try_at_once(app, ["wrong password!"] * 15)[429, "too-many-attempts"] == 5
    assert try_once(app, PASSWORD, id=KNOWN)[0] == 201
    told = try_at_once(app, ["wrong password!"] * 15, id=KNOWN)
    assert told == {(401, "credentials-wrong"): 10, (429, "too-many-attempts"): 5}


def test_a_right_password_on_a_bound_device_is_no_failure(app: Flask) -> None:
    with app.app_context(), writing() as connection:
        set_password(connection, "binh", PASSWORD, 0)
    assert try_once(app, PASSWORD, id=KNOWN)[0] == 201
    body = {"username": "binh", "password": PASSWORD, "device": {"id": KNOWN, "name": ""}, "mode": "token"}
    assert app.test_client().post("/api/v1/sessions", json=body).status_code == 409
    assert failures(app) == 0


def begin(app: Flask, now_ms: int) -> str | None:
    with app.app_context(), writing() as connection:
        return sign_in.begin_try(connection, BUCKET, now_ms, Ambient())


def test_the_eleventh_waits_while_ten_are_under_way(app: Flask) -> None:
    tries = [begin(app, 1_000) for _ in range(10)]
    assert None not in tries
    assert begin(app, 1_000) is None
    with app.app_context(), writing() as connection:
        sign_in.settle_try(connection, BUCKET, str(tries[0]), is_right=True)
    assert begin(app, 1_000) is not None


def test_a_try_that_was_cut_short_counts_as_wrong(app: Flask) -> None:
    for _ in range(10):
        begin(app, 1_000)
    with pytest.raises(ProblemError) as refused:
        begin(app, 1_000 + sign_in.TRY_MS_MAX)
    assert refused.value.code == "too-many-attempts"
    assert begin(app, 1_000 + sign_in.FAILURE_WINDOW_MS) is not None


def test_a_clock_that_was_set_back_does_not_forget(app: Flask, clock: Clock) -> None:
    try_at_once(app, ["wrong password!"] * 10)
    with app.app_context(), writing() as connection:
        connection.execute(update(SignInFailure).values(at_ms=clock.now_ms + 60_000))
    assert try_once(app, PASSWORD)[0] == 429
