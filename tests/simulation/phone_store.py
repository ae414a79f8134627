"""What the model phone keeps on disk, and how it takes an answer in: one transaction, in the order that matters.

Receipts, then what a restored server forgot, then what is held, then partitions (what was released of one that is no
longer listed goes with it), then records (P14, P17 to P20, P30). Rows are replaced, never changed where another copy of the disk could see it.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.simulation.phone import Acknowledged, Wire
from tests.simulation.seen import Own

DAY_MS = 86_400_000
RECEIPTED_KEPT_DAYS = 30
HELD_LISTED_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Receipted:
    """An operation with its receipt; `overlay` while it is held, or the record's own copy has not come (P30)."""

    operation: Wire
    receipt: Wire
    received_ms: int
    overlay: bool = True

    @property
    def is_accepted(self) -> bool:
        return bool(self.receipt["status"] == "accepted")

    @property
    def own(self) -> Own:
        code = None if self.is_accepted else self.receipt.get("code", "operation-invalid")
        effective = self.receipt["effective_ms"]
        return Own(self.operation, self.operation["stamp"][0] if effective is None else effective, code, False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a partition's feed stands; `passes` counts first pulls (P20)."""

    cursor: str | None = None
    passes: int = 1
    is_complete: bool = False


@dataclass(slots=True)
class Store:
    """What is on disk."""

    device: str
    # the fault of one of the positive controls
    purges_unsent: bool = False
    next_n: int = 1
    outbox: dict[int, Wire] = field(default_factory=dict)
    receipted: dict[int, Receipted] = field(default_factory=dict)
    records: dict[tuple[str, str], tuple[int, Wire]] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    partitions: dict[str, str] = field(default_factory=dict)
    epoch: str | None = None
    seen_n: int = 0
    offset_ms: int | None = None
    schema: int = 1
    is_wiped: bool = False
    # not the app's: what receipts ever said, whatever became of the store
    ledger: set[Acknowledged] = field(default_factory=set)
    # the page that holds the lock of this device's exchange
    sender: object | None = None

    def clone(self) -> "Store":
        """Another disk with the same content."""
        kept = {name: copy.copy(getattr(self, name)) for name in Store.__slots__ if name != "sender"}
        return Store(**kept)

    def cursors(self) -> dict[str, str | None]:
        return {p: self.places[p].cursor if p in self.places else None for p in self.partitions}

    def known(self, record: str) -> tuple[Wire | None, list[Own]]:
        """The server's record, the later changed one while it moves, and the operations that are shown over it."""
        copies = [wire for (_, of), (_, wire) in self.records.items() if of == record]
        own = [row.own for row in self.receipted.values() if row.overlay and row.operation["record"] == record]
        own += [Own(o, o["stamp"][0], None, True) for o in self.outbox.values() if o["record"] == record]
        own.sort(key=lambda one: one.operation["n"])
        return max(copies, key=lambda wire: wire["changed"]["received_ms"], default=None), own

    def wipe(self) -> None:
        for kept in (self.outbox, self.receipted, self.records, self.places, self.partitions):
            kept.clear()
        self.is_wiped = True

    def take_in(self, answer: Wire) -> None:
        """Everything that an answer says, but for the clock."""
        for receipt in answer["receipts"]:
            self._take_receipt(receipt, answer["now"])
        self._offer_again(answer)
        self._settle_held(answer["device"]["held"])
        self._take_partitions({p["id"]: p["access"] for p in answer["partitions"]})
        for partition, pulled in answer["pull"].items():
            self._take_page(partition, pulled)
        self._forget_old(answer["now"])
        self.epoch, self.seen_n = answer["epoch"], answer["device"]["seen_n"]
        self.next_n = max(self.next_n, self.seen_n + 1)

    def _take_receipt(self, receipt: Wire, now_ms: int) -> None:
        operation = self.outbox.pop(receipt["n"], None)
        if operation is not None:
            self.receipted[receipt["n"]] = Receipted(operation, receipt, now_ms)
            self.ledger.add((self.device, receipt["n"], operation["tag"], receipt["hash"]))

    def _offer_again(self, answer: Wire) -> None:
        """A restored server has forgotten what it had receipted (P20).

        All of it is offered, not only what is beyond `seen_n`: that number counts a cloned store's operations too.
        What follows `seen_n` is not stored there; with a receipt, it was."""
        seen_n = answer["device"]["seen_n"]
        is_other = self.epoch not in (None, answer["epoch"]) or seen_n < self.seen_n or seen_n + 1 in self.receipted
        if not is_other and not any(pulled["reset"] for pulled in answer["pull"].values()):
            return
        fresh = {receipt["n"] for receipt in answer["receipts"]}
        for n in [n for n in self.receipted if n not in fresh]:
            self.outbox[n] = self.receipted.pop(n).operation

    def _take_partitions(self, listed: dict[str, str]) -> None:
        """What is no longer listed goes, but for operations without a receipt, and held ones (P19, P30)."""
        self.partitions = listed
        self.records = {key: row for key, row in self.records.items() if key[0] in listed}
        self.places = {partition: place for partition, place in self.places.items() if partition in listed}
        self.receipted = {
            n: row for n, row in self.receipted.items() if row.operation["partition"] in listed or not row.is_accepted
        }
        if self.purges_unsent:
            self.outbox = {n: o for n, o in self.outbox.items() if o["partition"] in listed}

    def _settle_held(self, held: list[Wire]) -> None:
        """`held` lists what is still held; what is no longer there was released or closed.

        What was accepted may be held later: a restored server has judged it anew when an old request came late."""
        codes = {item["n"]: item["code"] for item in held}
        is_whole = len(held) < HELD_LISTED_MAX
        for n, row in self.receipted.items():
            # a clone's operation of the same number is held beside this one's
            if n in codes and not (row.is_accepted and codes[n] == "forked"):
                told = {**row.receipt, "status": "held", "code": codes[n]}
                self.receipted[n] = replace(row, receipt=told, overlay=True)
                continue
            if row.overlay and not row.is_accepted and is_whole:
                told = {name: part for name, part in row.receipt.items() if name != "code"} | {"status": "accepted"}
                self.receipted[n] = replace(row, receipt=told)

    def _take_page(self, partition: str, pulled: Wire) -> None:
        if partition not in self.partitions:
            return
        place = self.places.get(partition, Place())
        if pulled["reset"]:
            self.places[partition] = Place(None, place.passes + 1)
            return
        for wire in pulled["records"]:
            self._take_record(partition, place.passes, wire)
        is_complete = place.is_complete or not pulled["more"]
        self.places[partition] = replace(place, cursor=pulled["cursor"], is_complete=is_complete)
        if pulled["more"]:
            return
        if not place.is_complete:
            self._drop_earlier_passes(partition, place.passes)
        # a first pull may pass by what this phone said
        is_brought = place.is_complete or place.passes > 1
        self._settle_accepted(
            lambda row: (
                row.operation["partition"] == partition
                and (is_brought or (partition, row.operation["record"]) in self.records)
            )
        )

    def _take_record(self, partition: str, passes: int, wire: Wire) -> None:
        key = (partition, wire["id"])
        if wire.get("moved") is True:
            self.records.pop(key, None)
            return
        self.records[key] = passes, wire
        self._settle_accepted(lambda row: row.operation["record"] == wire["id"])

    def _settle_accepted(self, concerns: Callable[[Receipted], bool]) -> None:
        """The server's copies now say what became of these operations."""
        for n, row in self.receipted.items():
            if row.overlay and row.is_accepted and concerns(row):
                self.receipted[n] = replace(row, overlay=False)

    def _drop_earlier_passes(self, partition: str, passes: int) -> None:
        """A new first pull is complete: what it did not bring is no longer there (P20)."""
        kept = self.records.items()
        self.records = {key: row for key, row in kept if key[0] != partition or row[0] == passes}

    def _forget_old(self, server_ms: int) -> None:
        before = server_ms - RECEIPTED_KEPT_DAYS * DAY_MS
        for n in [n for n, row in self.receipted.items() if row.received_ms <= before and not row.overlay]:
            del self.receipted[n]
