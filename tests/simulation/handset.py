"""What the simulation itself remembers of a phone, so that it need not believe the phone.

A `Handset` is one store (a disk) with its pages; everything here is learnt from what people saved, and from the
answers that were brought to it whole.
"""

from dataclasses import dataclass, field

from tests.simulation.phone import Phone, Wire
from tests.simulation.server import Login, Reply

DAY_MS = 86_400_000
RECEIPTED_KEPT_DAYS = 30
# n and tag of an operation of this handset's device
Name = tuple[int, str]


@dataclass(slots=True)
class Flight:
    """A request on its way: null `reply` while the server has not answered it."""

    body: bytes
    request: Wire
    # what came back: the reply, the answer that it was, and what the server had written by then
    reply: Reply | None = None
    answer: Wire | None = None
    counters: dict[str, int] = field(default_factory=dict)
    at_write: int = -1


@dataclass(slots=True)
class Page:
    """One page (tab) of a handset, and the request that it waits for."""

    phone: Phone
    flight: Flight | None = None


@dataclass(slots=True)
class FirstPull:
    """Where a partition's first pull began: the counter then, and the server's time."""

    counter: int
    began_ms: int


@dataclass(slots=True)
class Handset:
    """One store, everything that was ever saved in it, and which receipts it must still be keeping (P20)."""

    name: str
    login: Login
    pages: list[Page]
    saved: dict[Name, Wire] = field(default_factory=dict)
    # receipted operations: whether accepted, and when
    custody: dict[Name, tuple[bool, int]] = field(default_factory=dict)
    first_pulls: dict[str, FirstPull] = field(default_factory=dict)
    complete: dict[str, bool] = field(default_factory=dict)
    # old requests that may yet arrive
    past: list[bytes] = field(default_factory=list)
    # of the last answer that it took in: nothing more to read there, and how much the server had written by then
    is_content: bool = False
    at_write: int = -1
    # a clone of this store exists: two disks under one device id (A18)
    is_forked: bool = False
    was_lost: bool = False

    @property
    def phone(self) -> Phone:
        return self.pages[0].phone

    def note_saved(self) -> list[Wire]:
        """Operations that the outbox shows for the first time."""
        new = [o for o in self.phone.outbox() if (o["n"], o["tag"]) not in self.saved]
        self.saved.update(((o["n"], o["tag"]), o) for o in new)
        return new

    def note_answer(self, request: Wire, answer: Wire, counters: dict[str, int]) -> set[Name]:
        """An answer was taken in whole. `counters`: those of the server just after the exchange.

        Answers what it no longer has to keep: an area was lost (P19), or it is old enough."""
        now_ms, listed = answer["now"], {p["id"] for p in answer["partitions"]}
        sent = {o["n"]: o["tag"] for o in request["operations"]}
        for receipt in answer["receipts"]:
            self.custody[receipt["n"], sent[receipt["n"]]] = receipt["status"] == "accepted", now_ms
        # of two stores under one device id nobody can say whose number is held
        held = set() if self.is_forked else {item["n"] for item in answer["device"]["held"]}
        for name, (_, at_ms) in self.custody.items():
            self.custody[name] = name[0] not in held, at_ms
        oldest_ms = now_ms - RECEIPTED_KEPT_DAYS * DAY_MS
        kept = {
            name: row
            for name, row in self.custody.items()
            if row[1] > oldest_ms and (not row[0] or self.saved[name]["partition"] in listed)
        }
        dropped = self.custody.keys() - kept.keys()
        self.custody = kept
        self._note_pulls(request, answer, counters, listed)
        return dropped

    def _note_pulls(self, request: Wire, answer: Wire, counters: dict[str, int], listed: set[str]) -> None:
        self.complete = {partition: done for partition, done in self.complete.items() if partition in listed}
        self.first_pulls = {partition: pull for partition, pull in self.first_pulls.items() if partition in listed}
        for partition, pulled in answer["pull"].items():
            if pulled["reset"]:
                self.complete[partition] = False
            else:
                if request["cursors"][partition] is None:
                    self.first_pulls[partition] = FirstPull(counters.get(partition, 0), answer["now"])
                self.complete[partition] = self.complete.get(partition, False) or not pulled["more"]
        self.is_content = (
            not any(p["more"] or p["reset"] for p in answer["pull"].values()) and answer["pull"].keys() == listed
        )

    def note_wiped(self) -> None:
        self.custody.clear()
