"""The demo: accounts that work, areas that are there, activity of sixty days, and nothing twice."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

import backend
from backend.config import Settings
from backend.database import reading
from backend.demo.accounts import ACCOUNTS, PASSWORD
from backend.models import Area, DailyFigure, Device, DirtyCell, Operation, Record, User
from sync.days import day_of
from tests.support.clock import START_MS, Clock, app_under

# part of `make test` only: `make check` is to stay under a minute
pytestmark = pytest.mark.slow

TABLES = (Area, User, Device, Operation, Record, DailyFigure, DirtyCell)


def run(app: Flask, *arguments: str) -> str:
    outcome = app.test_cli_runner().invoke(args=["demo", *arguments])
    if outcome.exit_code != 0:
        raise AssertionError(outcome.output) from outcome.exception
    return outcome.output


def counts(app: Flask) -> dict[str, int]:
    with app.app_context(), reading() as connection:
        return {
            table.__tablename__: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in TABLES
        }


def test_the_empty_demo_has_areas_accounts_and_two_leaflets(app: Flask) -> None:
    printed = run(app, "--empty")
    assert PASSWORD in printed
    found = counts(app)
    assert found["area"] == 34 + 3321 + 24 + 96
    assert (found["user_account"], found["record"], found["dirty_cell"]) == (10, 2, 0)
    client = app.test_client()
    for username, (name, role, code) in ACCOUNTS.items():
        assert username in printed
        body = {"username": username, "password": PASSWORD, "device": {"name": "Máy"}, "mode": "token"}
        answer: Any = client.post("/api/v1/sessions", json=body).json
        assert (answer["user"]["name"], answer["user"]["role"]) == (name, role)
        if role != "team_member":
            assert answer["user"]["areas"][0]["code"] == code
    run(app, "--empty")
    assert counts(app) == found | {"device": 11}


@pytest.mark.slow
def test_the_full_demo_ends_yesterday_and_changes_nothing_the_second_time(settings: Settings) -> None:
    clock = Clock()
    with app_under(clock, settings) as app:
        run(app)
        found = counts(app)
        with app.app_context(), reading() as connection:
            kinds = set(connection.execute(select(Record.kind)).scalars())
            days = connection.execute(select(func.min(Record.day), func.max(Record.day)).where(Record.kind == "patrol"))
            first, last = days.one()
            late = connection.execute(
                select(func.max(Operation.received_ms - Operation.effective_ms)).where(
                    Operation.effective_ms.is_not(None)
                )
            ).scalar_one()
            states = set(connection.execute(select(Device.state)).scalars())
            statuses = set(connection.execute(select(Operation.status)).scalars())
        assert (first, last) == (day_of(START_MS - 60 * 86_400_000), day_of(START_MS - 86_400_000))
        assert {"patrol", "incident", "outreach", "handout", "meeting", "proposal", "inspection", "support", "group",
                "model", "stock", "campaign", "review"} <= kinds  # fmt: skip
        assert late < 10 * 60_000
        assert (states, statuses, found["dirty_cell"]) == ({"retired"}, {"accepted"}, 0)
        assert found["daily_figure"] > 100
        clock.advance(hours=3)
        run(app)
        assert counts(app) == found


def test_it_is_refused_in_production(settings: Settings) -> None:
    app = backend.create_app(replace(settings, env="production"))
    outcome = app.test_cli_runner().invoke(args=["demo"])
    assert outcome.exit_code == 1
    assert "DIABAN_ENV=demo" in outcome.output
