"""What the simulation asks of a phone: the model in Python and the real app in TypeScript answer the same calls.

Time and chance come in from outside: a `Setup` carries both, and every `now_ms` is the true time of the simulation.
A phone's own wall clock shows `now_ms + offset_ms` (`set_clock`). No method waits, sleeps or talks to a network: the
simulation carries the bytes of `build_request` to the server, or loses them, and brings back an answer, or none.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

# JSON objects as they stand on the wire: an operation (P5), a record (P18)
Wire = dict[str, Any]
# device, n, tag, hash told by the receipt (null where the server could not make one)
Acknowledged = tuple[str, int, str, str | None]


@dataclass(frozen=True, slots=True)
class Change:
    """New values of one record, as a form hands them to the store."""

    record: str
    kind: str
    partition: str
    set: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """One record as its screen shows it (P30)."""

    fields: Mapping[str, Any]
    # fields with siblings
    conflicts: frozenset[str]
    # numbers of own operations in the outbox, ascending
    waiting: tuple[int, ...]
    # codes of own operations that are held
    held: frozenset[str]


@dataclass(frozen=True, slots=True)
class Setup:
    """What a phone is made with. `clock` is the true time (ms); tags, ids and jitter come from `chance`."""

    device: str
    user: str
    clock: Callable[[], int]
    chance: random.Random
    # records asked for in one pull, and operations in one batch (P13); the real app's are 200 and 100
    pull_max: int = 200
    batch_max: int = 100


class Phone(Protocol):
    """One device with its durable store. `can` names the optional powers below that it has."""

    @property
    def device(self) -> str: ...
    @property
    def user(self) -> str: ...
    @property
    def can(self) -> frozenset[str]:
        """Of "tab", "clone", "update", "sizes"."""

    def save(self, changes: Sequence[Change], decides: bool = False) -> None:
        """Store one operation for each change, in one transaction (P1, P3, P5, P10), at the time of `Setup.clock`.

        `decides`: every head of the fields set is replaced, not only the shown one."""

    def build_request(self, now_ms: int) -> bytes | None:
        """The body of the next `POST /api/v1/sync`, not compressed; null while one is in flight, or when nothing
        is to be sent and nothing to be asked (P21: also null while a wait runs). A person asking ends a wait that
        `Retry-After` does not impose: the simulation always asks as a person."""

    def apply_answer(self, status: int, headers: Mapping[str, str], body: bytes, now_ms: int) -> None:
        """The answer to the request in flight, whatever it is: 200, a problem, a captive portal's page, cut bytes."""

    def lose_answer(self, now_ms: int) -> None:
        """Nothing came back for the request in flight: a time-out or a broken connection."""

    def kill(self) -> None:
        """The process dies and starts again: memory (the request in flight, waits) is gone, the store stays."""

    def set_clock(self, offset_ms: int) -> None:
        """From now on the wall clock shows the true time plus `offset_ms`."""

    def outbox(self) -> list[Wire]:
        """Operations without a receipt, as they are sent, ascending `n`."""

    def is_offering(self) -> bool:
        """Whether it has still to offer a restored server again what has a receipt and is in no outbox (P20)."""

    def acknowledged(self) -> set[Acknowledged]:
        """Everything that a receipt ever said of this phone's operations: a ledger that no reset or wipe shortens."""

    def copies(self) -> dict[tuple[str, str], Wire]:
        """The server's records in the store, by (partition, record), as they came."""

    def shown(self, record: str) -> Shown | None:
        """What its screen shows of a record; null where there is nothing."""

    def partitions(self) -> dict[str, str]:
        """Access (`read` or `write`) by partition, as listed last (P19)."""

    def is_complete(self, partition: str) -> bool:
        """Whether the first load of a partition is complete (P17, A16)."""

    def needs_sign_in(self) -> bool:
        """Whether it stopped at a 401 and waits for `signed_in` (P21, P25)."""

    def signed_in(self) -> None:
        """The same user signed in again."""

    def is_wiped(self) -> bool:
        """Whether it was lost or retired, has handed in its outbox, and wiped itself (P25)."""

    def open_tab(self) -> "Phone":
        """Can "tab": a second page on the same store; one batch in flight over all tabs of a device."""

    def clone(self) -> "Phone":
        """Can "clone": a copy of the profile with the same device id and a store of its own from now on (A18)."""

    def update_app(self, schema: int) -> None:
        """Can "update": operations made from now on carry `schema`; the store and its outbox stay (P7, A21)."""

    def set_sizes(self, pull_max: int, batch_max: int) -> None:
        """Can "sizes": records asked for in one pull, and operations in one batch, from now on."""

    def close(self) -> None:
        """The schedule is over: let go of what this phone holds."""


# makes a phone with an empty store
Factory = Callable[[Setup], Phone]
