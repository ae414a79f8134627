"""What a stranger, another site or a hostile body gets: a problem document, never a failure."""

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backend.headers import FIXED
from tests.support.world import CAI_KHE, build_world, sign_in

PUBLIC = {"about.show_about", "about.show_contract", "health.show_liveness", "health.show_readiness",
          "health.show_metrics", "sessions.create_session", "sessions.refresh_session"}  # fmt: skip
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
HOSTILE: dict[str, bytes] = {
    "not JSON": b"{",
    "nothing": b"",
    "deep": b"[" * 100_000,
    "deep and closed": b"[" * 50_000 + b"]" * 50_000,
    "NaN": b'{"username":NaN}',
    "huge number": b'{"username":' + b"9" * 5_000 + b"}",
    "2^70": b'{"username":1180591620717411303424}',
    "float": b'{"kind":1.5}',
    "infinite": b'{"kind":1e999}',
    "lone surrogate": rb'{"username":"\ud800","password":"\ud800","device":{"name":"\ud800"},"mode":"token"}',
    "lone surrogate in a name": rb'{"kind":"hamlet","name":"\ud800","parent":"' + CAI_KHE.encode() + b'"}',
    "surrogate key": rb'{"\ud800":1}',
    "NUL": rb'{"username":"\u0000","password":"\u0000","device":{"name":"\u0000"},"mode":"token"}',
    "NUL in a name": rb'{"kind":"quarter","name":"a\u0000","parent":"' + CAI_KHE.encode() + b'"}',
    "objects for text": b'{"username":{},"password":[],"device":5,"mode":null}',
    "objects for areas": b'{"kind":{},"name":[],"parent":{}}',
    "truth for text": b'{"kind":true,"name":false,"parent":true}',
    "null": b"null",
    "list": b"[]",
    "text": b'"x"',
    "number": b"5",
    "repeated key": b'{"mode":"token","mode":"token"}',
    "not UTF-8": b'{"name":"\xff"}',
    "BOM": b"\xef\xbb\xbf{}",
    "prototype": b'{"__proto__":{},"constructor":1}',
    "pointer characters": b'{"a/b~c":1}',
}


@pytest.fixture
def world(app: Flask) -> Flask:
    build_world(app)
    return app


def rules(app: Flask) -> list[tuple[str, str, str]]:
    """(endpoint, method, path) of every rule of the API, its variables filled with something absent."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("pages."):
            continue
        names = dict.fromkeys(rule.arguments, "00000000-0000-4000-8000-000000000000")
        path = rule.rule
        for name in names:
            start = path.index("<")
            path = path[:start] + names[name] + path[path.index(">") + 1 :]
        found += [(rule.endpoint, method, path) for method in sorted(rule.methods or ()) if method != "OPTIONS"]
    return found


def assert_problem(response: Any, status: int, code: str) -> None:
    assert (response.status_code, response.content_type) == (status, "application/problem+json")
    assert response.json["type"] == f"/problems/{code}"
    assert response.json["status"] == status


def test_every_route_but_the_public_ones_asks_for_a_session(world: Flask, client: FlaskClient) -> None:
    assert {endpoint for endpoint, _, _ in rules(world)} >= PUBLIC
    for endpoint, method, path in rules(world):
        if endpoint in PUBLIC:
            continue
        response = client.open(path, method=method)
        assert response.status_code == 401, (method, path)
        if method != "HEAD":
            assert_problem(response, 401, "not-signed-in")


def test_every_route_refuses_a_parameter_that_it_does_not_know(world: Flask, client: FlaskClient) -> None:
    headers = sign_in(world, "quan", "q" * 16).headers
    for _, method, path in rules(world):
        if method != "HEAD":
            response = client.open(f"{path}?colour=red", method=method, headers=headers)
            assert_problem(response, 400, "parameter-unknown")
            assert "colour" in response.json["title"]


def test_every_unsafe_route_refuses_a_page_of_another_site(world: Flask, client: FlaskClient) -> None:
    headers = sign_in(world, "quan", "q" * 16).headers
    for _, method, path in rules(world):
        if method in UNSAFE:
            for site in ("cross-site", "same-site"):
                response = client.open(path, method=method, headers={**headers, "Sec-Fetch-Site": site})
                assert_problem(response, 403, "header-missing")


def test_the_page_itself_is_let_through(world: Flask, client: FlaskClient) -> None:
    headers = {**sign_in(world, "quan", "q" * 16).headers, "Sec-Fetch-Site": "same-origin"}
    assert client.delete("/api/v1/sessions", headers=headers).status_code == 204


def test_every_answer_has_the_fixed_headers(world: Flask, client: FlaskClient) -> None:
    answers = [client.open(path, method=method) for _, method, path in rules(world)]
    answers += [client.get("/"), client.get("/nothing"), client.get("/api/nothing"), client.put("/healthz")]
    answers += [client.post("/api/v1/sessions", data=b"{"), client.get("/healthz?colour=red")]
    for response in answers:
        response.close()
        for name, value in FIXED.items():
            assert response.headers[name] == value, (response.request.path, name)


def test_what_is_not_there_is_a_problem_document(client: FlaskClient) -> None:
    for path in ("/api/nothing", "/api", "/api/v2/me", "/api/v1/me/", "/api//v1/me", "/api/v1/areas/x", "/nothing"):
        assert_problem(client.get(path), 404, "not-found")


def test_a_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    response = client.put("/api/v1/me")
    assert_problem(response, 405, "method-not-allowed")
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    refused = client.get("/api/v1/sessions")
    assert_problem(refused, 405, "method-not-allowed")
    assert set(refused.headers["Allow"].split(", ")) == {"DELETE", "OPTIONS", "POST"}
    assert set(client.options("/api/v1/sessions").headers["Allow"].split(", ")) == {"DELETE", "OPTIONS", "POST"}
    options = client.options("/api/v1/areas")
    assert (options.status_code, options.data) == (200, b"")
    assert set(options.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_the_language_follows_the_caller(client: FlaskClient) -> None:
    vietnamese = client.get("/api/v1/me").json["title"]
    english = client.get("/api/v1/me", headers={"Accept-Language": "en"}).json["title"]
    assert english == "Not signed in"
    assert vietnamese


@pytest.mark.parametrize("path", ["/api/v1/sessions", "/api/v1/sessions/refresh", "/api/v1/areas", "area"])
def test_no_body_makes_the_server_fail(world: Flask, client: FlaskClient, path: str) -> None:
    headers = sign_in(world, "quan", "q" * 16).headers | {"Content-Type": "application/json"}
    for name, raw in HOSTILE.items():
        method, target = ("PATCH", f"/api/v1/areas/{CAI_KHE}") if path == "area" else ("POST", path)
        response = client.open(target, method=method, data=raw, headers=headers)
        assert 400 <= response.status_code < 500, (name, response.get_data(as_text=True))
        json.loads(response.data)


def test_a_body_of_another_type_or_size_is_refused(world: Flask, client: FlaskClient) -> None:
    headers = sign_in(world, "quan", "q" * 16).headers
    form = client.post("/api/v1/sessions", data={"username": "an"})
    assert_problem(form, 415, "media-type-unsupported")
    packed = {**headers, "Content-Type": "application/json", "Content-Encoding": "br"}
    assert_problem(client.post("/api/v1/areas", data=b"{}", headers=packed), 415, "media-type-unsupported")
    large = {**headers, "Content-Type": "application/json"}
    response = client.post("/api/v1/areas", data=b" " * (4 * 1024 * 1024 + 1), headers=large)
    assert_problem(response, 413, "body-too-large")


@pytest.mark.parametrize(
    "value", ["Bearer", "Bearer ", "Basic YTpi", "bearer \u00ff", "Bearer a b c", "Bearer " + "x" * 5000]
)
def test_a_malformed_token_is_not_signed_in(client: FlaskClient, value: str) -> None:
    assert_problem(client.get("/api/v1/me", headers={"Authorization": value}), 401, "not-signed-in")


def test_a_name_that_is_not_ours_is_refused(client: FlaskClient) -> None:
    for host in ("elsewhere.example", "localhost.elsewhere.example", "a b", ""):
        response = client.get("/api/v1/about", headers={"Host": host})
        assert_problem(response, 400, "parameter-invalid")
        assert "Host" in response.json["title"]


def test_an_answer_without_a_body_has_no_type(world: Flask, client: FlaskClient) -> None:
    response = client.delete("/api/v1/sessions", headers=sign_in(world, "an", "a" * 16).headers)
    assert (response.status_code, response.data) == (204, b"")
    assert "Content-Type" not in response.headers
