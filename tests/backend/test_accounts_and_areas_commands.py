"""What an operator types: accounts, roles, areas."""

from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from tests.support.world import build_world

PASSWORD = "a long password"


@pytest.fixture
def world(app: Flask) -> Flask:
    build_world(app)
    return app


def run(app: Flask, *arguments: str, typed: str | None = None) -> Result:
    return app.test_cli_runner().invoke(args=list(arguments), input=typed)


def can_sign_in(app: Flask, username: str, password: str) -> bool:
    body = {"username": username, "password": password, "device": {"name": ""}, "mode": "token"}
    return app.test_client().post("/api/v1/sessions", json=body).status_code == 201


def test_an_account_is_added_given_a_role_and_disabled(world: Flask) -> None:
    added = run(world, "users", "add", "moi", "--name", "Nguyễn Mới", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert added.exit_code == 0, added.output
    assert PASSWORD not in added.output
    assert run(world, "users", "assign", "moi", "officer", "31120", "--from", "2026-01-01").exit_code == 0
    assert run(world, "users", "assign", "moi", "officer", "31120", "--from", "2026-01-01").exit_code == 0
    assert "moi  Nguyễn Mới  officer: Phường Cái Khế\n" in run(world, "users", "list").output
    assert can_sign_in(world, "moi", PASSWORD)
    assert run(world, "users", "password", "moi", "--password", "another password").exit_code == 0
    assert not can_sign_in(world, "moi", PASSWORD)
    assert can_sign_in(world, "moi", "another password")
    assert run(world, "users", "disable", "moi").exit_code == 0
    assert not can_sign_in(world, "moi", "another password")
    assert "moi (disabled)" in run(world, "users", "list").output


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("users", "add", "an", "--name", "x", "--password", PASSWORD), "id-taken"),
        (("users", "add", "AN ", "--name", "x", "--password", PASSWORD), "id-taken"),
        (("users", "add", "new", "--name", "x", "--password", "short"), "/password"),
        (("users", "disable", "nobody"), "not-found"),
        (("users", "assign", "an", "officer", "99999"), "not-found"),
        (("users", "assign", "an", "officer", "31120", "--to", "tomorrow"), "request-invalid"),
    ],
)
def test_what_cannot_be_done_is_told(world: Flask, arguments: tuple[str, ...], code: str) -> None:
    outcome = run(world, *arguments)
    assert outcome.exit_code == 1
    assert code in outcome.output


def test_areas_are_imported_from_a_file(world: Flask, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("loai,ten,cha\nKhu vực,5,\nTổ,1,Khu vực 5\nXã,x,\n", "utf-8")
    dry = run(world, "areas", "import", str(path), "--parent", "31120", "--dry-run")
    assert "added 2, already there 0, with errors 1\n" in dry.output
    real = run(world, "areas", "import", str(path), "--parent", "31120")
    assert "row 4: x: " in real.output
    assert "added 2, already there 0" in real.output
    assert "added 0, already there 2" in run(world, "areas", "import", str(path), "--parent", "31120").output
    assert run(world, "areas", "import", str(path), "--parent", "99999").exit_code == 1
    path.write_bytes(b"\xff\xff")
    assert run(world, "areas", "import", str(path), "--parent", "31120").exit_code == 1


def test_all_of_vietnam_is_loaded_once(app: Flask) -> None:
    assert run(app, "areas", "load").exit_code == 0
    assert run(app, "areas", "load").exit_code == 0
    assert app.test_client().get("/metrics").get_data(as_text=True).splitlines()[1] == "diaban_areas 3355"
