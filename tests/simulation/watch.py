"""What is looked at after every exchange, whether or not its answer ever arrives: receipts, numbers, access, status."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.phone import Wire
from tests.simulation.server import Reply, Server
from tests.simulation.world_rows import City

CLAMP_AHEAD_MS = 300_000
# device, n, hash or text of an operation
Told = tuple[str, int, str]


class Violation(AssertionError):
    """Something that must never be so."""


def demand(condition: object, message: str) -> None:
    if not condition:
        raise Violation(message)


@dataclass(slots=True)
class Watch:
    """What the server has said so far of operations and of its counters."""

    server: Server
    city: City
    told: dict[Told, tuple[int | None, bool]] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    # grows whenever something was written that phones may have to hear of
    writes: int = 0
    receipts: int = 0
    _hashes: dict[tuple[str, int, str], str | None] = field(default_factory=dict)

    def answered(self, login_device: str, user: str, request: Wire, reply: Reply, *, alone: bool = True) -> Wire | None:
        """Judge one reply to a whole request; the answer when it was one."""
        if reply.status != 200:
            self._refused(reply)
            # what came before the refusal may have been committed
            self._counters(alone=alone)
            return None
        answer: Wire = json.loads(reply.body)
        self._receipts(login_device, request, answer)
        self._access(user, answer)
        self._counters(alone=alone)
        return answer

    def _refused(self, reply: Reply) -> None:
        if reply.status == 503:
            demand(reply.headers.get("Retry-After", "").isdigit(), "503 without Retry-After")
        else:
            demand(reply.status == 401, f"status {reply.status}: {reply.body[:300]!r}")

    def _receipts(self, device: str, request: Wire, answer: Wire) -> None:
        sent = request["operations"]
        told = answer["receipts"]
        demand([r["n"] for r in told] == [o["n"] for o in sent], f"receipts {told} for {[o['n'] for o in sent]}")
        self.receipts += len(told)
        for operation, receipt in zip(sent, told, strict=True):
            hashed = self.own_hash(device, operation)
            demand(receipt["hash"] == hashed, f"hash of {device}.{operation['n']} is {receipt['hash']}, not {hashed}")
            self._fixed(device, operation, receipt, answer["now"])

    def own_hash(self, device: str, operation: Wire) -> str | None:
        """The same operation is sent and looked at many times."""
        name = device, operation["n"], str(operation["tag"])
        if name not in self._hashes:
            self._hashes[name] = own_hash(operation)
        return self._hashes[name]

    def _fixed(self, device: str, operation: Wire, receipt: Wire, now_ms: int) -> None:
        """What the first receipt fixed is told for ever (P12, P14)."""
        key = device, operation["n"], receipt["hash"] or json.dumps(operation, sort_keys=True)
        fixed = receipt["effective_ms"], receipt["suspect"]
        before = self.told.setdefault(key, fixed)
        demand(before == fixed, f"{device}.{operation['n']} was told {before}, now {fixed}")
        effective_ms = receipt["effective_ms"]
        if effective_ms is not None:
            ms = operation["stamp"][0]
            demand(effective_ms <= ms, f"{device}.{operation['n']} was lifted from {ms} to {effective_ms}")
            demand(receipt["suspect"] == (effective_ms < ms), f"suspect of {receipt} with {ms}")

    def _access(self, user: str, answer: Wire) -> None:
        """Exactly what the assignments say, and nothing of anywhere else (P19)."""
        listed = {p["id"]: p["access"] for p in answer["partitions"]}
        allowed = {} if answer["device"]["state"] == "lost" else self.city.allowed(user)
        demand(listed == allowed, f"{user} is told {listed}, allowed is {allowed}")
        for partition, pulled in answer["pull"].items():
            demand(partition in allowed, f"{user} reads {partition}")
            strangers = [r["id"] for r in pulled["records"] if r.get("partition", partition) != partition]
            demand(not strangers, f"records {strangers} came with partition {partition}")

    def _counters(self, *, alone: bool) -> None:
        """Each changed record took exactly one next value: no gap, none twice (P16)."""
        before = self.counters
        self.counters = now = read_counters(self.server)
        if now == before:
            return
        self.writes += 1
        for partition in now if alone else ():
            last = before.get(partition, 0)
            demand(now[partition] >= last, f"the counter of {partition} went back to {now[partition]} from {last}")
            if now[partition] > last:
                given = read_seqs(self.server, partition, last)
                wanted = list(range(last + 1, now[partition] + 1))
                demand(given == wanted, f"partition {partition} gave {given}, not {wanted}")

    def looked(self) -> None:
        """Something happened that has no answer: what it wrote must be whole all the same."""
        self._counters(alone=True)

    def restored(self) -> None:
        """The store is that of a backup: what it does not hold, it may judge anew (P20)."""
        rows = self.server.store.rows("SELECT device, n, hash, text FROM operation")
        kept = {(device, n, hashed or text) for device, n, hashed, text in rows}
        self.told = {key: fixed for key, fixed in self.told.items() if key in kept}
        self.counters = read_counters(self.server)
        self.writes += 1


def read_counters(server: Server) -> dict[str, int]:
    return dict(server.store.rows("SELECT partition, seq FROM counter"))


def read_seqs(server: Server, partition: str, after: int) -> list[int]:
    """Numbers given after one, to records and departures."""
    query = "SELECT seq FROM {} WHERE partition = ? AND seq > ?"
    rows = [
        row for table in ("record", "departure") for row in server.store.rows(query.format(table), partition, after)
    ]
    return sorted(seq for (seq,) in rows)


def own_hash(operation: Wire) -> str | None:
    """P14, without the server's code; null for what has no canonical form."""
    if not _is_plain(operation):
        return None
    text = json.dumps(operation, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    try:
        return hashlib.sha256(text.encode()).hexdigest()
    except UnicodeEncodeError:
        return None


def _is_plain(value: Any) -> bool:
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > 2**53 - 1):
        return False
    inner = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    return all(map(_is_plain, inner))
