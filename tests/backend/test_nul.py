"""NUL, which PostgreSQL takes in no text: wherever a caller may put one, the answer is a refusal and never a fault."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.photo import TUS
from tests.support.world import SignedIn, build_world, sign_in

METHODS = ("get", "post", "put", "patch", "delete")
ID = "0193a0e0-0000-7000-8000-000000000000"


@pytest.fixture
def who(app: Flask) -> SignedIn:
    build_world(app)
    return sign_in(app, "chi", "a" * 16)


@pytest.fixture
def contract(client: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/v1/openapi.json").json
    return found


def operations(contract: dict[str, Any]) -> Iterator[tuple[str, str, list[dict[str, Any]], dict[str, Any]]]:
    """Path, method, parameters and the whole of every operation."""
    for path, item in contract["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item.get("parameters", []) + item[method].get("parameters", []), item[method]


def names(parameters: list[dict[str, Any]], place: str) -> list[str]:
    return [told["name"] for told in parameters if told.get("in") == place]


def filled(path: str, names_: list[str], at: str | None = None) -> str:
    for name in names_:
        path = path.replace(f"{{{name}}}", "%00" if name == at else ID)
    return path


def ask(client: FlaskClient, who: SignedIn, method: str, address: str, **body: Any) -> int:
    # HEAD has no description of its own, and is asked wherever GET or POST is
    methods = {method, "head"} if method in ("get", "patch") else {method}
    return max(client.open(address, method=m, headers=who.headers | TUS, **body).status_code for m in sorted(methods))


def test_no_part_of_a_path(client: FlaskClient, who: SignedIn, contract: dict[str, Any]) -> None:
    seen = []
    for path, method, parameters, _ in operations(contract):
        for name in names(parameters, "path"):
            address = filled(path, names(parameters, "path"), name)
            seen.append((method, address, ask(client, who, method, address)))
    assert {address for _, address, _ in seen} >= {"/api/v1/uploads/%00", "/api/v1/photos/%00"}
    assert [found for found in seen if found[2] >= 500] == []
    # as it is for every name that nothing has
    assert client.get("/api/v1/photos/%00", headers=who.headers).status_code == 404
    for method in ("HEAD", "PATCH", "DELETE"):
        answer = client.open("/api/v1/uploads/%00", method=method, headers=who.headers | TUS)
        assert (answer.status_code, answer.headers["Tus-Resumable"]) == (404, "1.0.0")


def test_no_parameter(client: FlaskClient, who: SignedIn, contract: dict[str, Any]) -> None:
    seen = []
    for path, method, parameters, _ in operations(contract):
        for name in names(parameters, "query"):
            address = f"{filled(path, names(parameters, 'path'))}?{name}=%00"
            seen.append((method, address, ask(client, who, method, address)))
    assert len(seen) > 20
    assert [found for found in seen if found[2] >= 500] == []


def bodies(schema: dict[str, Any], contract: dict[str, Any]) -> Iterator[Any]:
    """Values of a schema: one that is whole, and for each text in it one that has NUL there."""
    if "$ref" in schema:
        schema = contract["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    kinds = schema.get("type", "string")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if kind == "object":
        members = {name: list(bodies(inner, contract)) for name, inner in schema.get("properties", {}).items()}
        whole = {name: values[0] for name, values in members.items()}
        yield whole
        yield from (whole | {name: value} for name, values in members.items() for value in values[1:])
    elif kind == "string":
        yield schema.get("enum", [ID if schema.get("format") == "uuid" else "a" * 16])[0]
        yield "\0"
        yield "Công an\0"
    else:
        yield {"integer": 1, "number": 1, "boolean": True, "array": []}.get(kind, "x")


def test_no_text_of_a_body(client: FlaskClient, who: SignedIn, contract: dict[str, Any]) -> None:
    seen = []
    for path, method, parameters, operation in operations(contract):
        told = operation.get("requestBody", {}).get("content", {}).get("application/json")
        for body in bodies(told["schema"], contract) if told else ():
            address = filled(path, names(parameters, "path"))
            seen.append((method, address, str(body), ask(client, who, method, address, json=body)))
    assert len(seen) > 20
    assert [found for found in seen if found[3] >= 500] == []
