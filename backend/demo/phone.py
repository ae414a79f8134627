"""A phone that was: it numbers and stamps operations as P5 says, and pushes them when they were made."""

import random
import uuid
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection

from backend.ambient import Ambient
from backend.services.access import Actor
from backend.services.push import push
from sync.kinds import SCHEMA

TAG_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz234567"
SENT_AFTER_MS: Final = 90_000


@dataclass(slots=True)
class DemoPhone:
    """One retired device; `send` pushes what was recorded since."""

    actor: Actor
    chance: random.Random
    n: int = 0
    outbox: list[dict[str, Any]] = field(default_factory=list)

    def record(self, kind: str, partition: str, values: dict[str, Any], at_ms: int) -> str:
        """A new record; returns its id."""
        record = self._record_id(at_ms)
        self._note(record, kind, partition, values, {}, at_ms)
        return record

    def edit(self, made: dict[str, Any], values: dict[str, Any], at_ms: int) -> None:
        """Change fields of a record that this device made by the operation `made`."""
        named = f"{self.actor.device}.{made['n']}.{made['tag']}"
        prev = {name: [named] for name in values if name in made["set"]}
        self._note(made["record"], made["kind"], made["partition"], values, prev, at_ms)

    def send(self, connection: Connection, at_ms: int) -> None:
        """Push the outbox, received a little after `at_ms`."""
        if not self.outbox:
            return
        now_ms = at_ms + SENT_AFTER_MS
        door = Ambient(now_ms=lambda: now_ms, random_bytes=self.chance.randbytes)
        receipts = push(connection, self.actor, self.outbox, now_ms, door).receipts
        refused = [receipt for receipt in receipts if receipt["status"] != "accepted"]
        if refused:
            raise ValueError(f"the demo wrote what the server holds: {refused[0]}")
        self.outbox = []

    def _note(
        self, record: str, kind: str, partition: str, values: dict[str, Any], prev: dict[str, Any], at_ms: int
    ) -> None:
        self.n += 1
        self.outbox.append({
            "n": self.n, "tag": "".join(self.chance.choices(TAG_LETTERS, k=8)), "record": record, "kind": kind,
            "partition": partition, "set": {name: value for name, value in values.items() if value is not None},
            "prev": prev, "stamp": [at_ms, 0], "schema": SCHEMA,
            "observed": {"wall_ms": at_ms, "offset_ms": 0, "offset_age_ms": 60_000, "mono_ms": self.n * 60_000},
        })  # fmt: skip

    def _record_id(self, at_ms: int) -> str:
        value = (at_ms & (1 << 48) - 1) << 80 | self.chance.getrandbits(80)
        value = value & ~(0xF << 76) | 0x7 << 76
        return str(uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62))
