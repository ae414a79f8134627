"""The main job by a plain HTTP client, exactly as the protocol and the API are written, on both stores.

The answers are compared with what stands here by hand, so that both stores give the same feed and figures."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.config import Settings
from sync.days import day_of
from tests.support.server import Server, running_server, server_environment

pytestmark = pytest.mark.integration
PASSWORD = "diaban-demo-2026"
PATROL, OUTREACH, HANDOUT, MEETING = (f"0190f0a0-0000-7000-8000-00000000000{n}" for n in range(1, 5))
HOUR_MS = 3_600_000
FIGURES_WITHIN_S = 15


class Client:
    """One signed-in user in token mode."""

    def __init__(self, server: Server, username: str, device: str) -> None:
        self.url, self.headers = f"{server.url}/api/v1", {"Content-Type": "application/json"}
        body = {"username": username, "password": PASSWORD, "device": {"id": device, "name": "máy"}, "mode": "token"}
        self.me = self.call("POST", "/sessions", body)
        self.headers["Authorization"] = f"Bearer {self.me['access_token']}"
        self.device = device

    def call(self, method: str, path: str, body: Any = None) -> Any:
        payload = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, payload, self.headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)

    def status(self, path: str) -> int:
        try:
            self.call("GET", path)
        except urllib.error.HTTPError as error:
            return error.code
        return 200

    def sync(self, operations: list[Any], cursors: dict[str, str | None], pull: int = 500) -> Any:
        envelope = {
            "protocol": 1, "device": self.device, "batch": str(uuid.uuid4()), "now": 1, "holds": 0,
            "operations": operations, "cursors": cursors, "pull": pull,
        }  # fmt: skip
        return self.call("POST", "/sync", envelope)


@pytest.fixture
def server(settings: Settings, tmp_path: Path) -> Iterator[Server]:
    names = {
        "DIABAN_DATABASE_URL": settings.database_url,
        "DIABAN_SCHEDULER": "embedded",
        "DIABAN_AGGREGATE_EVERY_S": "1",
    }
    with running_server(server_environment(tmp_path, **names)) as running:
        running.flask("demo", "--empty")
        yield running


def operations(unit: str, leaflet: str, now_ms: int) -> list[dict[str, Any]]:
    start = now_ms - 2 * HOUR_MS
    shared = {"started_at": start, "ended_at": start + 90 * 60_000 + 59_999}
    made = [
        (PATROL, "patrol", {**shared, "officers": 3, "militia": 2, "patrol_type": "night"}),
        (OUTREACH, "outreach", {"started_at": start, "sessions": 1, "topics": ["drugs", "fire_safety"]}),
        (HANDOUT, "handout", {"parent": OUTREACH, "leaflet": leaflet, "leaflets": 40, "households": 25}),
        (MEETING, "meeting", {"started_at": start, "households_invited": 50, "households_present": 42}),
    ]
    return [
        {
            "n": n, "tag": f"tag{'abcd'[n - 1]}aaaa", "record": record, "kind": kind, "partition": unit, "set": values,
            "prev": {}, "stamp": [start, n], "observed": {"wall_ms": start}, "schema": 1,
        }
        for n, (record, kind, values) in enumerate(made, 1)
    ]  # fmt: skip


def wait_for_figures(client: Client, area: str, day: str) -> dict[str, Any]:
    """Figures of the day, once the patrol is counted."""
    deadline = time.monotonic() + FIGURES_WITHIN_S
    while True:
        answer: dict[str, Any] = client.call("GET", f"/figures?area={area}&from={day}&to={day}&by=none")
        if answer["total"]["figures"].get("patrols") or time.monotonic() > deadline:
            return answer
        time.sleep(0.3)


def test_three_records_reach_the_feed_and_the_figures(server: Server) -> None:
    officer = Client(server, "canbo.caikhe", "a" * 16)
    unit = officer.me["user"]["areas"][0]["id"]
    first = officer.sync([], {})
    assert {"canbo.caikhe", "officer"} == {officer.me["user"]["username"], officer.me["user"]["role"]}
    city = next(p["id"] for p in first["partitions"] if p["access"] == "read")
    pulled = officer.sync([], {city: None})["pull"][city]["records"]
    leaflet = next(record["id"] for record in pulled if record["kind"] == "leaflet")
    answer = officer.sync(operations(unit, leaflet, first["now"]), {})
    assert [receipt["status"] for receipt in answer["receipts"]] == ["accepted"] * 4

    commander = Client(server, "chihuy.caikhe", "b" * 16)
    feed = commander.call("GET", "/feed")
    assert {item["id"] for item in feed["items"]} == {PATROL, OUTREACH, MEETING}
    outreach = next(item for item in feed["items"] if item["id"] == OUTREACH)
    assert [child["fields"]["leaflets"][0] for child in outreach["children"]] == [40]
    assert outreach["created"]["by"]["name"] == officer.me["user"]["name"]

    day = day_of(first["now"] - 2 * HOUR_MS)
    figures = wait_for_figures(commander, unit, day)
    told = {name: value for name, value in figures["total"]["figures"].items() if value}
    assert told == {
        "patrols": 1, "patrol_minutes": 90, "officer_turns": 3, "militia_turns": 2, "outreach_sessions": 1,
        "leaflets": 40, "handout_households": 25, "meetings": 1, "households_invited": 50, "households_present": 42,
    }  # fmt: skip
    assert figures["as_of_ms"] >= first["now"]
    assert figures["complete"]["waiting_operations"] == 0

    foreign = Client(server, "canbo.phongdien", "c" * 16)
    assert foreign.call("GET", "/feed")["items"] == []
    assert foreign.status(f"/records/{PATROL}") == 404
    assert foreign.status(f"/figures?area={unit}") == 404
    assert foreign.sync([], {unit: None})["pull"] == {}


def test_the_contract_names_every_route(server: Server) -> None:
    with urllib.request.urlopen(f"{server.url}/api/v1/openapi.json", timeout=30) as response:
        contract = json.load(response)
    assert contract["openapi"].startswith("3.1")
    assert "post" in contract["paths"]["/api/v1/sync"]
