"""The built app: its page on every path, its assets, its service worker; nothing else of the disk."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from backend.routes import pages

APP_PATHS = [
    "/", "/record", "/record/patrol", "/patrol/01a2", "/list", "/records/01a2", "/sync", "/feed", "/figures", "/areas",
    "/more", "/sign-in",
]  # fmt: skip


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "built" / "app"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html>app", "utf-8")
    (folder / "sw.js").write_text("// worker", "utf-8")
    (folder / "manifest.webmanifest").write_text("{}", "utf-8")
    (folder / "assets" / "main-1a2b.js").write_text("plain", "utf-8")
    (folder / "assets" / "main-1a2b.js.br").write_text("small", "utf-8")
    (folder / "assets" / "main-1a2b.js.gz").write_text("middle", "utf-8")
    (folder / "assets" / "main-1a2b.js.map").write_text("map", "utf-8")
    (folder / "icons").mkdir()
    (folder / "icons" / "icon-192.png").write_bytes(b"png")
    (folder / ".ok").write_text("", "utf-8")
    (folder.parent / "secret.txt").write_text("secret", "utf-8")
    monkeypatch.setattr(pages, "APP", folder)
    return folder


@pytest.mark.parametrize("path", APP_PATHS)
def test_the_app_s_paths_answer_with_its_page(built: Path, client: FlaskClient, path: str) -> None:
    response = client.get(f"{path}?from=2026-11-01")
    assert (response.status_code, response.get_data(as_text=True)) == (200, "<!doctype html>app")
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.mimetype == "text/html"
    response.close()


@pytest.mark.parametrize(
    ("accepted", "encoding", "body"),
    [("br, gzip", "br", "small"), ("gzip", "gzip", "middle"), ("", None, "plain"), ("br;q=0", None, "plain")],
)
def test_assets_are_kept_for_a_year_and_come_compressed(
    built: Path, client: FlaskClient, accepted: str, encoding: str | None, body: str
) -> None:
    response = client.get("/assets/main-1a2b.js", headers={"Accept-Encoding": accepted})
    assert response.get_data(as_text=True) == body
    assert response.headers.get("Content-Encoding") == encoding
    assert response.mimetype == "text/javascript"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Accept-Encoding" in response.headers["Vary"]
    response.close()


@pytest.mark.parametrize("path", ["/sw.js", "/manifest.webmanifest", "/icons/icon-192.png"])
def test_what_has_no_hash_is_asked_for_again(built: Path, client: FlaskClient, path: str) -> None:
    with client.get(path) as response:
        assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-cache")
        tag = response.headers["ETag"]
    with client.get(path, headers={"If-None-Match": tag}) as again:
        assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/nothing.js", "/assets/none.js", "/assets/", "/assets", "/../secret.txt", "/assets/../../secret.txt",
        "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/assets/..%5c..%5csecret.txt", "/.ok",
        "/assets/main-1a2b.js.map", "/assets/main-1a2b.js.br", "/index.html%00", "/assets/%00",
    ],
)  # fmt: skip
def test_nothing_else_is_served(built: Path, client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.content_type) == (404, "application/problem+json")


def test_without_a_build_a_plain_page_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: FlaskClient
) -> None:
    monkeypatch.setattr(pages, "APP", tmp_path / "none")
    response = client.get("/")
    assert response.status_code == 503
    assert "make build" in response.get_data(as_text=True)
    assert client.get("/sw.js").status_code == 404
