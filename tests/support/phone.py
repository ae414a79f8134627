"""A plain client of the protocol: builds operations as P5 says and pushes them over HTTP."""

import json
import time
import uuid
from collections.abc import Sequence
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from tests.support.world import SignedIn, sign_in

Wire = dict[str, Any]


class Phone:
    """One device: numbers its operations, remembers what it pulled."""

    def __init__(self, client: FlaskClient, who: SignedIn) -> None:
        self.client, self.who = client, who
        self.n = 0
        self.cursors: dict[str, str | None] = {}
        self.records: dict[tuple[str, str], Wire] = {}

    def operation(self, record: str, kind: str, partition: str, values: Wire, **more: Any) -> Wire:
        """The next operation of this device."""
        self.n += 1
        now_ms = time.time_ns() // 1_000_000
        return {
            "n": self.n, "tag": f"{self.n:08d}".translate(str.maketrans("0189", "abcd")), "record": record,
            "kind": kind, "partition": partition, "set": values, "prev": {}, "stamp": [now_ms, 0],
            "observed": {"wall_ms": now_ms, "offset_ms": 0, "offset_age_ms": 0, "mono_ms": 1}, "schema": 1,
        } | more  # fmt: skip

    def id_of(self, operation: Wire) -> str:
        return f"{self.who.device}.{operation['n']}.{operation['tag']}"

    def envelope(self, operations: Sequence[Wire] = (), pull: int = 0, **more: Any) -> Wire:
        return {
            "protocol": 1, "device": self.who.device, "batch": str(uuid.uuid4()), "now": time.time_ns() // 1_000_000,
            "holds": 0, "operations": list(operations), "cursors": {}, "pull": pull,
        } | more  # fmt: skip

    def sync(self, operations: Sequence[Wire] = (), **more: Any) -> Wire:
        """One exchange that must succeed."""
        body = json.dumps(self.envelope(operations, **more)).encode()
        response = self.client.post(
            "/api/v1/sync", data=body, content_type="application/json", headers=self.who.headers
        )
        assert response.status_code == 200, response.get_data(as_text=True)
        answer: Wire = response.get_json()
        return answer

    def pull_all(self, partition: str, page: int = 500) -> dict[str, Wire]:
        """Everything of a partition that is new since the last time, by record id."""
        for _ in range(1_000):
            answer = self.sync(cursors={partition: self.cursors.get(partition)}, pull=page)
            told = answer["pull"][partition]
            for record in told["records"]:
                self.records[partition, record["id"]] = record
            self.cursors[partition] = None if told["reset"] else told["cursor"]
            if not told["more"] and not told["reset"]:
                break
        return {record: wire for (of, record), wire in self.records.items() if of == partition}


def new_id() -> str:
    """A record id, UUIDv7."""
    now_ms = time.time_ns() // 1_000_000
    value = now_ms << 80 | uuid.uuid4().int & ((1 << 80) - 1)
    value = value & ~(0xF << 76) | 0x7 << 76
    return str(uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62))


def phone(app: Flask, user: str, device: str) -> Phone:
    """A phone of a user of the test world; `device` is 16 characters `[a-z2-7]`."""
    return Phone(app.test_client(), sign_in(app, user, device))
