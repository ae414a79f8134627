"""The server as a commander's client reads it: by the protocol, from where it read last."""

import json
import time
import urllib.request
import uuid
from typing import Any

from tests.e2e.browser import PASSWORD

COMMANDER = "chihuy.caikhe"
PULL_RECORDS = 500
ANSWER_S_MAX = 30
Wire = dict[str, Any]


class Office:
    """Everything that the unit's commander may see, by record."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._cursors: dict[str, str | None] = {}
        self.records: dict[str, Wire] = {}
        body = {"username": COMMANDER, "password": PASSWORD, "device": {"name": "oracle"}, "mode": "token"}
        answer = self._post("/api/v1/sessions", body, {})
        self._device: str = answer["device"]["id"]
        self._token: str = answer["access_token"]

    def read(self) -> dict[str, Wire]:
        """What is there now."""
        while True:
            answer = self._sync()
            for partition in answer["partitions"]:
                self._cursors.setdefault(partition["id"], None)
            pulls = answer["pull"]
            for partition, told in pulls.items():
                self.records.update((record["id"], record) for record in told["records"])
                self._cursors[partition] = told["cursor"]
            if pulls.keys() == self._cursors.keys() and not any(told["more"] for told in pulls.values()):
                return self.records

    def picture(self, sha256: str) -> bytes:
        """A photo as it is served, by the hash of the bytes that were uploaded."""
        own = {"Authorization": f"Bearer {self._token}"}
        request = urllib.request.Request(f"{self._url}/api/v1/photos/{sha256}?size=full", headers=own)
        with urllib.request.urlopen(request, timeout=ANSWER_S_MAX) as response:
            content: bytes = response.read()
        return content

    def _sync(self) -> Wire:
        request = {
            "protocol": 1, "device": self._device, "batch": str(uuid.uuid4()), "now": time.time_ns() // 1_000_000,
            "holds": 0, "operations": [], "cursors": self._cursors, "pull": PULL_RECORDS,
        }  # fmt: skip
        return self._post("/api/v1/sync", request, {"Authorization": f"Bearer {self._token}"})

    def _post(self, path: str, body: Wire, headers: dict[str, str]) -> Wire:
        own = {"Content-Type": "application/json", "X-Diaban": "1", **headers}
        request = urllib.request.Request(self._url + path, json.dumps(body).encode(), own)
        with urllib.request.urlopen(request, timeout=ANSWER_S_MAX) as response:
            answer: Wire = json.load(response)
        return answer
