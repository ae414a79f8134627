"""`flask migrate`: bring the database to the newest revision and name its history. Running it again changes nothing."""

from pathlib import Path
from typing import Any

import click
from alembic import command as alembic
from alembic.config import Config
from flask.cli import with_appcontext
from sqlalchemy import Engine, create_engine, insert, select

from backend.ambient import ambient
from backend.database import db
from backend.models import Server
from backend.settings import settings

SCRIPTS = Path(__file__).resolve().parents[1] / "migrations"


@click.command("migrate")
@with_appcontext
def command() -> None:
    """Create or upgrade the tables."""
    migrate_store()
    click.echo("the database is ready")


def migrate_store() -> None:
    """Bring the store to the newest revision."""
    engine = _direct_engine()
    # one transaction: a migration that fails leaves the store as it was
    with engine.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        config.attributes["on_version_apply"] = _say
        alembic.upgrade(config, "head")
        if connection.execute(select(Server.id)).first() is None:
            epoch = ambient().letters(16)
            connection.execute(insert(Server).values(id=1, epoch=epoch, epoch_ms=ambient().now_ms()))
            click.echo("named the history of this server")
    if engine is not db.engine:
        engine.dispose()


def alembic_config() -> Config:
    """Where the revisions are, without any file of settings."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _direct_engine() -> Engine:
    """Past a pooler, when one stands between: it cannot carry locks and DDL of a session."""
    url = settings().database_direct_url
    return create_engine(url) if url else db.engine


def _say(step: Any, **_rest: object) -> None:
    click.echo(f"revision {step.up_revision_id}")
