"""Fixtures for every test: a fresh migrated database on either engine, and an application on it."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings

import backend
from backend.config import Settings
from backend.database import db
from tests.support.postgres import Cluster, running_cluster

TEMPLATE = "template_diaban"
# A busy machine is slow, not wrong; `make check` tries fewer examples than `make test`.
hypothesis_settings.register_profile("full", deadline=None)
hypothesis_settings.register_profile("quick", deadline=None, max_examples=25)
hypothesis_settings.load_profile("full")
ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


def settings_for(instance_dir: Path, database_url: str) -> Settings:
    """What a test's application runs with: demo rules, and no scheduler unless the test turns it."""
    return Settings(
        instance_dir=instance_dir,
        database_url=database_url,
        secret_key="a secret for tests only, long enough",
        env="demo",
        scheduler="external",
    )


def migrate(settings: Settings) -> None:
    """Bring a database to the newest revision by the command an operator uses."""
    app = backend.create_app(settings)
    outcome = app.test_cli_runner().invoke(args=["migrate"])
    close_connections(app)
    if outcome.exit_code != 0:
        raise AssertionError(f"flask migrate: {outcome.output}") from outcome.exception


def close_connections(app: Flask) -> None:
    """Let go of every pooled connection, so that files and databases can be copied or dropped."""
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """One throw-away cluster for each process that runs tests."""
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def postgres_template(postgres: Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated database that is copied, never opened."""
    url = postgres.create(TEMPLATE)
    migrate(settings_for(tmp_path_factory.mktemp("postgres-template"), url))
    return TEMPLATE


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that is copied, never opened."""
    directory = tmp_path_factory.mktemp("sqlite-template")
    path = directory / "template.db"
    migrate(settings_for(directory, f"sqlite:///{path}"))
    return path


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh migrated database, once on each engine."""
    if request.param == "sqlite":
        path = tmp_path / "diaban.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    template: str = request.getfixturevalue("postgres_template")
    cluster: Cluster = request.getfixturevalue("postgres")
    name = f"test_{uuid.uuid4().hex}"
    yield cluster.create(name, template)
    cluster.drop(name)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Override in a module to run the same tests under other settings."""
    return settings_for(tmp_path, database_url)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application on a fresh database."""
    application = backend.create_app(settings)
    yield application
    close_connections(application)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A caller without a session."""
    return app.test_client()
