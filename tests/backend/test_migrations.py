"""The revisions build what the models say, on both stores, and running them again changes nothing."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import inspect, select

import backend
from backend.config import Settings
from backend.database import db, reading, writing
from backend.models import Base, Server
from backend.services.health import newest_revision
from tests.support.clock import Clock, app_under


def test_models_and_revisions_agree(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
        assert context.get_current_revision() == newest_revision()


def test_migrating_again_keeps_the_epoch(app: Flask) -> None:
    with app.app_context(), reading() as connection:
        before = connection.execute(select(Server.id, Server.epoch)).all()
    outcome = app.test_cli_runner().invoke(args=["migrate"])
    assert (outcome.exit_code, outcome.output) == (0, "the database is ready\n")
    with app.app_context(), reading() as connection:
        assert connection.execute(select(Server.id, Server.epoch)).all() == before
    assert len(before) == 1
    assert len(before[0].epoch) == 16


def test_the_direct_address_is_used_when_given(settings: Settings, tmp_path_factory: object) -> None:
    # the pooled address leads nowhere: only the direct one can have been used
    with app_under(Clock(), settings) as app:
        with app.app_context(), writing() as connection:
            names = inspect(connection).get_table_names()
        assert {"alembic_version", "server", "record", "operation"} <= set(names)
    if not settings.is_sqlite:
        from dataclasses import replace

        split = replace(
            settings,
            database_url="postgresql://nobody@127.0.0.1:9/none",
            database_direct_url=settings.database_url,
        )
        outcome = backend.create_app(split).test_cli_runner().invoke(args=["migrate"])
        assert (outcome.exit_code, outcome.output) == (0, "the database is ready\n")
