"""Readiness speaks of pushes only; what is late is said beside it. Metrics are not for everybody."""

import shutil
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select, text
from sqlalchemy.schema import DropTable

import backend
import locales
from backend.config import Settings
from backend.database import db, reading, writing
from backend.models import Base, DirtyCell, JobRun, Server
from tests.support.clock import Clock, app_under

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(clock: Clock, settings: Settings) -> Iterator[Flask]:
    with app_under(clock, settings) as app:
        yield app


def note_run(app: Flask, at_ms: int) -> None:
    with app.app_context(), writing() as connection:
        connection.execute(insert(JobRun).values(id=f"run {at_ms}", name="x", slot=at_ms, started_ms=at_ms))


def test_alive(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}


def test_ready_names_version_epoch_and_nothing_late(app: Flask, client: FlaskClient, clock: Clock) -> None:
    note_run(app, clock.now_ms)
    with app.app_context(), reading() as connection:
        epoch = connection.execute(select(Server.epoch)).scalar()
    expected = {"status": "ok", "version": backend.__version__, "epoch": epoch, "degraded": []}
    assert client.get("/readyz").json == expected


def test_a_silent_scheduler_and_late_figures_do_not_make_it_unready(
    app: Flask, client: FlaskClient, clock: Clock
) -> None:
    note_run(app, clock.now_ms)
    with app.app_context(), writing() as connection:
        connection.execute(insert(DirtyCell).values(area="a", day="2026-11-01", marked_ms=clock.now_ms))
    clock.advance(minutes=2)
    assert client.get("/readyz").json["degraded"] == ["figures"]
    clock.advance(minutes=20)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["degraded"]) == (200, ["figures", "scheduler"])


def problem(response: Any) -> tuple[int, str]:
    assert "Retry-After" in response.headers
    return response.status_code, response.json["type"].removeprefix("/problems/")


def test_tables_of_another_version_are_not_ready(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert problem(client.get("/readyz")) == (503, "busy")


def test_an_empty_store_is_not_ready(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), writing() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    assert problem(client.get("/readyz")) == (503, "busy")


def test_a_store_that_cannot_be_reached_is_not_ready(settings: Settings, tmp_path: Any) -> None:
    gone = replace(settings, database_url="postgresql://nobody@127.0.0.1:9/none")
    app = backend.create_app(gone)
    assert problem(app.test_client().get("/readyz")) == (503, "busy")
    assert app.test_client().get("/healthz").status_code == 200
    with app.app_context():
        db.engine.dispose()


def test_a_full_disk_is_not_ready(client: FlaskClient, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(100, 99, 63 * 1024 * 1024))
    response = client.get("/readyz")
    if settings.is_sqlite:
        assert problem(response) == (503, "disk-low")
    else:
        assert response.status_code == 200


def test_metrics_for_this_machine_but_not_through_a_proxy(client: FlaskClient) -> None:
    response = client.get("/metrics")
    assert response.mimetype == "text/plain"
    assert "# TYPE diaban_operations_held gauge\ndiaban_operations_held 0\n" in response.get_data(as_text=True)
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
        assert client.get("/metrics", headers={name: "127.0.0.1"}).status_code == 401
    away = client.get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.1"})
    assert away.status_code == 401


def test_metrics_for_whoever_has_the_token(clock: Clock, settings: Settings) -> None:
    with app_under(clock, replace(settings, metrics_token="a token for metrics")) as app:
        client = app.test_client()
        far: dict[str, Any] = {"environ_base": {"REMOTE_ADDR": "10.0.0.1"}}
        assert client.get("/metrics", headers={"Authorization": "Bearer a token for metrics"}, **far).status_code == 200
        assert client.get("/metrics", headers={"Authorization": "Bearer another"}, **far).status_code == 401


def test_about_is_the_deployment_s_own_text(clock: Clock, settings: Settings) -> None:
    with app_under(clock, settings) as app:
        assert app.test_client().get("/api/v1/about").json["demo"] is True
    production = replace(settings, env="production")
    with app_under(clock, production) as app:
        client = app.test_client()
        empty = {"authority": "", "document": "", "data_class": "", "demo": False}
        assert client.get("/api/v1/about").json == empty
        path = settings.instance_dir / "about.json"
        path.write_text('{"authority": "Công an phường", "document": "QĐ 1", "more": 1}', "utf-8")
        assert client.get("/api/v1/about").json == empty | {"authority": "Công an phường", "document": "QĐ 1"}
        path.write_text("{broken", "utf-8")
        assert client.get("/api/v1/about").json == empty


def test_without_compiled_sentences_it_says_so(
    app: Flask, client: FlaskClient, clock: Clock, settings: Settings, tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    note_run(app, clock.now_ms)
    assert client.get("/readyz").json["degraded"] == []
    assert not caplog.records
    monkeypatch.setattr(locales, "DIRECTORY", tmp_path)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["status"], answer.json["degraded"]) == (
        200, "degraded", ["catalogues-missing"]
    )  # fmt: skip
    with app_under(clock, settings):
        pass
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "vi, en" in caplog.text


@pytest.mark.parametrize("path", ["/api/v1/me", "/api/v1/areas", "/api/v1/sessions", "/metrics"])
def test_without_tables_it_is_busy(app: Flask, client: FlaskClient, path: str) -> None:
    with app.app_context(), writing() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(DropTable(table))
    body = {"username": "an", "password": "x", "device": {}, "mode": "token"}
    headers = {"Authorization": "Bearer of nobody"}
    response = client.post(path, json=body) if path.endswith("sessions") else client.get(path, headers=headers)
    assert problem(response) == (503, "busy")
