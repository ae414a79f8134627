"""A receipt means that it is stored, however PostgreSQL is set, and whatever becomes of its standby (P14)."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text

import backend
from backend.database import reading, writing
from tests.conftest import close_connections, migrate, settings_for
from tests.support.phone import Phone, new_id, phone
from tests.support.postgres import Cluster, running_cluster
from tests.support.world import CAI_KHE, build_world

pytestmark = [pytest.mark.postgresql, pytest.mark.integration]
COMMITTING = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
WAIT_S_MAX = 20


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A server that would answer before it has written: `synchronous_commit` is off."""
    with running_cluster() as running:
        yield running


@pytest.fixture
def app(cluster: Cluster, tmp_path: Path) -> Iterator[Flask]:
    url = cluster.create(tmp_path.name)
    settings = settings_for(tmp_path, url)
    migrate(settings)
    made = backend.create_app(settings)
    build_world(made)
    yield made
    close_connections(made)


def test_a_write_waits_for_its_log_whatever_the_servers_default(app: Flask, cluster: Cluster) -> None:
    with psycopg.connect(cluster.url()) as connection:
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("off",)
    with app.app_context(), writing() as writer:
        assert writer.execute(text("SHOW synchronous_commit")).scalar_one() == "on"
        assert writer.execute(text("SHOW lock_timeout")).scalar_one() == "30s"
    with app.app_context(), reading() as reader:
        assert reader.execute(text("SHOW lock_timeout")).scalar_one() == "0"


def test_no_receipt_is_given_while_the_standby_has_nothing(app: Flask, cluster: Cluster) -> None:
    an = phone(app, "an", "a" * 16)
    made = an.operation(new_id(), "patrol", CAI_KHE, {"officers": 2})
    set_standby(cluster, "nobody")
    try:
        refused = push_until_cancelled(an, made, cluster)
    finally:
        set_standby(cluster, "")
    assert (refused.status_code, refused.get_json()["type"]) == (503, "/problems/not-durable")
    assert "Retry-After" in refused.headers
    assert [receipt["status"] for receipt in an.sync([made])["receipts"]] == ["accepted"]
    assert list(an.pull_all(CAI_KHE)) == [made["record"]]


def push_until_cancelled(an: Phone, made: dict[str, Any], cluster: Cluster) -> Any:
    """Somebody cancels the commit that waits for a standby: PostgreSQL commits it then, and only warns."""
    told: list[Any] = []
    body = an.envelope([made])
    pushing = threading.Thread(
        target=lambda: told.append(an.client.post("/api/v1/sync", json=body, headers=an.who.headers))
    )
    pushing.start()
    deadline = time.monotonic() + WAIT_S_MAX
    with psycopg.connect(cluster.url(), autocommit=True) as other:
        while pushing.is_alive():
            assert time.monotonic() < deadline
            for (pid,) in other.execute(COMMITTING).fetchall():
                other.execute("SELECT pg_cancel_backend(%s)", (pid,))
            pushing.join(0.02)
    return told[0]


def set_standby(cluster: Cluster, name: str) -> None:
    cluster.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
    cluster.execute("SELECT pg_reload_conf()")
    time.sleep(0.2)
