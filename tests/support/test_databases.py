"""The fixtures themselves: every test gets a database of its own."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from backend.database import reading, writing
from tests.support.postgres import Cluster

PROCESSES = Path("/proc")


@pytest.mark.parametrize("_round", [1, 2])
def test_a_database_is_migrated_and_nobody_elses(app: Flask, _round: int) -> None:
    with app.app_context(), reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM server")).scalar_one() == 1
    with app.app_context(), writing() as connection:
        connection.execute(text("DELETE FROM server"))


@pytest.mark.postgresql
@pytest.mark.skipif(not PROCESSES.is_dir(), reason="this system does not show processes as files")
def test_the_cluster_does_not_run_as_root(postgres: Cluster) -> None:
    assert (PROCESSES / str(postgres.pid)).stat().st_uid != 0
