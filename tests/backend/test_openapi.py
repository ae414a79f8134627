"""The contract is generated, so it must say what the application does."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sync.problems import PROBLEMS
from tests.support.phone import Phone
from tests.support.world import build_world, sign_in


@pytest.fixture
def contract(client: FlaskClient) -> dict[str, Any]:
    response = client.get("/api/v1/openapi.json")
    assert response.status_code == 200
    found: dict[str, Any] = response.json
    return found


def test_the_contract_has_exactly_the_routes(app: Flask, contract: dict[str, Any]) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if not rule.endpoint.startswith("pages.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    methods = {"get", "post", "put", "patch", "delete"}
    described = {(path, name) for path, item in contract["paths"].items() for name in item if name in methods}
    assert described == routes


def test_it_is_openapi_3_1_with_both_ways_to_sign_in(contract: dict[str, Any]) -> None:
    assert contract["openapi"].startswith("3.1")
    assert set(contract["components"]["securitySchemes"]) == {"bearer", "cookie"}
    assert contract["paths"]["/api/v1/sessions"]["post"]["security"] == []
    assert "security" not in contract["paths"]["/api/v1/me"]["get"]


def test_every_operation_says_what_it_is_for_and_how_it_fails(contract: dict[str, Any]) -> None:
    for path, item in contract["paths"].items():
        for name, operation in item.items():
            if name == "parameters":
                continue
            assert operation.get("summary"), (name, path)
            assert "default" in operation["responses"], (name, path)


def test_problems_are_described_as_they_are_sent(client: FlaskClient, contract: dict[str, Any]) -> None:
    schema = contract["components"]["schemas"]["Problem"]["properties"]
    sent = client.get("/api/v1/me").json
    assert sent.keys() <= schema.keys()
    content = contract["components"]["responses"]["DEFAULT_ERROR"]["content"]
    assert list(content) == ["application/problem+json"]
    assert sent["type"].removeprefix("/problems/") in PROBLEMS


def test_every_reference_leads_somewhere(contract: dict[str, Any]) -> None:
    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return own + [found for inner in value.values() for found in references(inner)]
        return [found for inner in value for found in references(inner)] if isinstance(value, list) else []

    for reference in set(references(contract)):
        place: Any = contract
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def test_what_a_version_that_is_not_spoken_gets_is_described(
    app: Flask, client: FlaskClient, contract: dict[str, Any]
) -> None:
    build_world(app)
    who = sign_in(app, "an", "a" * 16)
    body = Phone(client, who).envelope(protocol=99)
    sent = client.post("/api/v1/sync", json=body, headers=who.headers)
    assert (sent.status_code, sent.json["type"]) == (400, "/problems/protocol-unsupported")
    schema = contract["components"]["schemas"]["Problem"]
    assert sent.json.keys() <= schema["properties"].keys()
    assert schema["properties"]["versions"]["items"] == {"type": "integer"}
    assert "versions" not in schema["required"]
    assert all(type(version) is int for version in sent.json["versions"])
