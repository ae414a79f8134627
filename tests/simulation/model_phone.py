"""The phone in Python: the client rules of the protocol (P1, P3, P5, P10, P13, P17 to P21, P25, P30), no network.

A `ModelPhone` is one page; its store survives `kill`, the rest is that page's memory.
"""

import json
from collections.abc import Mapping, Sequence

from tests.simulation.phone import Acknowledged, Change, Phone, Setup, Shown, Wire
from tests.simulation.phone_store import Store
from tests.simulation.seen import name_heads, saw, see, show, stamp

LOST_GRACE_MS = 60_000
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
GATEWAY_ERRORS = (502, 503, 504)


class ModelPhone:
    """One page of one device."""

    can = frozenset({"tab", "clone", "update", "sizes"})

    def __init__(self, setup: Setup, store: Store | None = None) -> None:
        self._setup = setup
        self._store = store or Store(setup.device)
        self._pull_max, self._batch_max = setup.pull_max, setup.batch_max
        self._clock_offset_ms = 0
        self._begin()

    def _begin(self) -> None:
        """Memory, as a page has it that has just started."""
        self._sent_wall_ms = 0
        self._is_signed_out = False
        self._not_before_ms = 0
        self._batch_now = self._batch_max
        self._lost_since_ms: int | None = None

    # ── what the simulation reads ────────────────────────────────────────────────────────────────

    @property
    def device(self) -> str:
        return self._setup.device

    @property
    def user(self) -> str:
        return self._setup.user

    def outbox(self) -> list[Wire]:
        return [self._store.outbox[n] for n in sorted(self._store.outbox)]

    def is_offering(self) -> bool:
        """What it offers again is in its outbox."""
        return False

    def acknowledged(self) -> set[Acknowledged]:
        return self._store.ledger

    def copies(self) -> dict[tuple[str, str], Wire]:
        return {key: wire for key, (_, wire) in self._store.records.items()}

    def shown(self, record: str) -> Shown | None:
        known, own = self._store.known(record)
        return show(see(self.device, known, own), own) if known is not None or own else None

    def partitions(self) -> dict[str, str]:
        return self._store.partitions

    def is_complete(self, partition: str) -> bool:
        place = self._store.places.get(partition)
        return place is not None and place.is_complete

    def needs_sign_in(self) -> bool:
        return self._is_signed_out

    def is_wiped(self) -> bool:
        return self._store.is_wiped

    # ── what people and the system do ────────────────────────────────────────────────────────────

    def signed_in(self) -> None:
        self._is_signed_out = False

    def kill(self) -> None:
        if self._store.sender is self:
            self._store.sender = None
        self._begin()

    def set_clock(self, offset_ms: int) -> None:
        self._clock_offset_ms = offset_ms

    def set_sizes(self, pull_max: int, batch_max: int) -> None:
        self._pull_max, self._batch_max, self._batch_now = pull_max, batch_max, batch_max

    def update_app(self, schema: int) -> None:
        self._store.schema = schema

    def open_tab(self) -> Phone:
        return self._another_page(self._store)

    def clone(self) -> Phone:
        return self._another_page(self._store.clone())

    def close(self) -> None:
        self._store.sender = None

    def save(self, changes: Sequence[Change], decides: bool = False) -> None:
        if self._store.is_wiped:
            return
        for change in changes:
            operation = self._draft(change, decides=decides)
            self._store.outbox[operation["n"]] = operation
            self._store.next_n += 1

    # ── the exchange ─────────────────────────────────────────────────────────────────────────────

    def build_request(self, now_ms: int) -> bytes | None:
        self._wipe_if_due(now_ms)
        store = self._store
        if store.is_wiped or self._is_signed_out or store.sender is not None or now_ms < self._not_before_ms:
            return None
        batch = self.outbox()[: self._batch_now]
        self._sent_wall_ms = self._wall_ms(now_ms)
        request = {
            "protocol": 1,
            "device": self.device,
            "batch": self._uuid(),
            "now": self._corrected_ms(now_ms),
            "holds": len(store.outbox) - len(batch),
            "operations": batch,
            "cursors": store.cursors(),
            "pull": self._pull_max,
        }
        store.sender = self
        return json.dumps(request, ensure_ascii=False, separators=(",", ":")).encode()

    def lose_answer(self, now_ms: int) -> None:
        self._store.sender = None

    def apply_answer(self, status: int, headers: Mapping[str, str], body: bytes, now_ms: int) -> None:
        self._store.sender = None
        kind = headers.get("Content-Type", "")
        if status == 200 and kind.startswith("application/json"):
            answer = _parse(body)
            if answer is not None:
                self._take_in(answer, now_ms)
        elif kind.startswith("application/problem+json") or status in GATEWAY_ERRORS:
            self._take_refusal(status, headers, body, now_ms)

    def _take_in(self, answer: Wire, now_ms: int) -> None:
        self._batch_now = self._batch_max
        self._store.take_in(answer)
        # the server read its clock about half-way through
        self._store.offset_ms = answer["now"] - round((self._sent_wall_ms + self._wall_ms(now_ms)) / 2)
        state = answer["device"]["state"]
        if state == "lost" and self._lost_since_ms is None:
            self._lost_since_ms = now_ms
        if state != "active" and not self._store.outbox:
            self._store.wipe()

    def _take_refusal(self, status: int, headers: Mapping[str, str], body: bytes, now_ms: int) -> None:
        retry_after = headers.get("Retry-After", "")
        if status == 401 or b'"/problems/device-mismatch"' in body:
            self._is_signed_out = True
        elif status == 413 and self._batch_now > 1:
            self._batch_now //= 2
        elif retry_after.isdigit():
            self._not_before_ms = now_ms + 1_000 * int(retry_after)

    def _wipe_if_due(self, now_ms: int) -> None:
        """A lost phone hands in its outbox for a minute at most (P25)."""
        if self._lost_since_ms is not None and now_ms >= self._lost_since_ms + LOST_GRACE_MS:
            self._store.wipe()

    # ── small things ─────────────────────────────────────────────────────────────────────────────

    def _another_page(self, store: Store) -> "ModelPhone":
        page = ModelPhone(self._setup, store)
        page.set_clock(self._clock_offset_ms)
        return page

    def _draft(self, change: Change, *, decides: bool) -> Wire:
        store = self._store
        known, own = store.known(change.record)
        # a record keeps the partition and kind of its first operation (P27)
        home: Wire = known or (own[0].operation if own else {"kind": change.kind, "partition": change.partition})
        heads = see(self.device, known, own)
        prev, replaced = name_heads(heads, change.set, decides=decides)
        now_ms = self._setup.clock()
        operation: Wire = {
            "n": store.next_n,
            "tag": "".join(self._setup.chance.choices(LETTERS, k=8)),
            "record": change.record,
            "kind": home["kind"],
            "partition": home["partition"],
            "set": dict(change.set),
            "prev": prev,
            "stamp": stamp(self._corrected_ms(now_ms), replaced),
            "observed": {"wall_ms": self._wall_ms(now_ms), "offset_ms": store.offset_ms, "mono_ms": 1},
            "schema": store.schema,
        }
        return {**operation, "saw": saw(heads)} if "void" in change.set else operation

    def _wall_ms(self, now_ms: int) -> int:
        return now_ms + self._clock_offset_ms

    def _corrected_ms(self, now_ms: int) -> int:
        return max(0, self._wall_ms(now_ms) + (self._store.offset_ms or 0))

    def _uuid(self) -> str:
        digits = f"{self._setup.chance.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-7{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _parse(body: bytes) -> Wire | None:
    """The answer, or null for what broke off or is none (P21)."""
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    sound = isinstance(answer, dict) and {"epoch", "receipts", "partitions", "pull", "device", "now"} <= answer.keys()
    return answer if sound else None
