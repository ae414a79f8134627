"""What phones have in their outboxes: records of about 600 bytes with Vietnamese text, from seeded chance."""

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from bench.case import RETRIED_PERCENT
from sync.kinds import SCHEMA

Wire = dict[str, Any]

MINUTE_MS: Final = 60_000
DAY_MS: Final = 24 * 60 * MINUTE_MS
# a phone that was away for some days sends them together
DAYS_BACK: Final = 5
TAG_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz234567"
PLACES: Final = ("hẻm 12", "chợ Cái Khế", "bến xe", "cầu Ninh Kiều", "trường tiểu học", "khu dân cư 91B", "bờ kè")
DEEDS: Final = (
    "nhắc nhở hộ lấn chiếm vỉa hè", "giải tán nhóm tụ tập khuya", "hướng dẫn cài ứng dụng định danh",
    "kiểm tra phòng cháy", "vận động giao nộp pháo nổ", "ghi nhận ý kiến của bà con", "nhắc khóa xe, khóa cửa",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A unit with the hamlets that its records name."""

    unit: str
    hamlets: tuple[str, ...]


@dataclass(slots=True)
class Author:
    """One device: numbers and stamps its operations as P5 says."""

    device: str
    place: Place
    chance: random.Random
    now_ms: int
    n: int = 0
    parents: list[str] = field(default_factory=list)

    def create(self) -> Wire:
        """A new record of one of four kinds; a hand-out lies under an outreach of the same device."""
        kind = self.chance.choice(("patrol", "patrol", "outreach", "meeting", "handout"))
        if kind == "handout" and not self.parents:
            kind = "outreach"
        at_ms = self.now_ms - self.chance.randint(1, DAYS_BACK * 24 * 60) * MINUTE_MS
        record = self._record_id(at_ms)
        if kind == "outreach":
            self.parents.append(record)
        return self._operation(record, kind, KINDS[kind](self, at_ms), {}, at_ms)

    def edit(self, made: Wire, by: str) -> Wire:
        """Another value for one field of a record that `by` made with the operation `made`."""
        name = EDITED[made["kind"]]
        values = {name: made["set"][name] + self.chance.randint(1, 9)}
        return self.change(made["record"], made["kind"], values, [f"{by}.{made['n']}.{made['tag']}"])

    def change(self, record: str, kind: str, values: Wire, heads: list[str]) -> Wire:
        """Other values for fields of a record, all of whose heads have these ids."""
        at_ms = self.now_ms - self.chance.randint(1, 60 * MINUTE_MS)
        return self._operation(record, kind, values, dict.fromkeys(values, heads), at_ms)

    def note(self) -> str:
        """A sentence or two, as somebody types them on a phone."""
        told = (f"Tại {self.chance.choice(PLACES)} {self.chance.choice(DEEDS)}" for _ in range(2))
        return "; ".join(told) + "."

    def _operation(self, record: str, kind: str, values: Wire, prev: Wire, at_ms: int) -> Wire:
        self.n += 1
        return {
            "n": self.n, "tag": "".join(self.chance.choices(TAG_LETTERS, k=8)), "record": record, "kind": kind,
            "partition": self.place.unit, "set": values, "prev": prev, "stamp": [at_ms, 0], "schema": SCHEMA,
            "observed": {"wall_ms": at_ms, "offset_ms": 12, "offset_age_ms": 60_000, "mono_ms": self.n * 7_919},
        }  # fmt: skip

    def _record_id(self, at_ms: int) -> str:
        value = (at_ms & (1 << 48) - 1) << 80 | self.chance.getrandbits(80)
        value = value & ~(0xF << 76) | 0x7 << 76
        return str(uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62))


def _times(author: Author, at_ms: int) -> Wire:
    ended = at_ms + author.chance.randint(30, 120) * MINUTE_MS
    return {"started_at": at_ms, "ended_at": ended, "place": author.chance.choice(author.place.hamlets)}


def _patrol(author: Author, at_ms: int) -> Wire:
    chance = author.chance
    return {
        "patrol_type": chance.choice(("regular", "night", "unscheduled")),
        "transport": ["motorbike"],
        "officers": chance.randint(2, 4),
        "route": f"{chance.choice(PLACES)} – {chance.choice(PLACES)}",
        "distance_m": chance.randint(20, 90) * 100,
        "note": author.note(),
        **_times(author, at_ms),
    }


def _outreach(author: Author, at_ms: int) -> Wire:
    chance = author.chance
    return {
        "topics": sorted(chance.sample(("online_fraud", "fire_safety", "drugs", "traffic"), 2)),
        "channels": ["door_to_door"],
        "attendance": chance.randint(15, 90),
        "households": chance.randint(10, 60),
        "note": author.note(),
        **_times(author, at_ms),
    }


def _meeting(author: Author, at_ms: int) -> Wire:
    present = author.chance.randint(20, 40)
    return {
        "meeting_type": "regular",
        "officers": 1,
        "households_invited": 40,
        "households_present": present,
        "agenda": "Thông báo tình hình an ninh trật tự; ý kiến của các hộ.",
        "conclusion": author.note(),
        **_times(author, at_ms),
    }


def _handout(author: Author, at_ms: int) -> Wire:
    given = author.chance.randint(10, 60)
    parent = author.parents[-1]
    return {"parent": parent, "leaflets": given, "households": given, "note": author.note(), **_times(author, at_ms)}


KINDS: Final[dict[str, Callable[[Author, int], Wire]]] = {
    "patrol": _patrol, "outreach": _outreach, "meeting": _meeting, "handout": _handout,
}  # fmt: skip
EDITED: Final = {"patrol": "officers", "outreach": "attendance", "meeting": "households_present", "handout": "leaflets"}


@dataclass(frozen=True, slots=True)
class Batch:
    """What one device sends at once; a retried one is sent again whole, its first answer thrown away."""

    client: int
    phone: int
    operations: list[Wire]
    is_retried: bool


def deal(operations_of: Callable[[int, int], list[Wire]], phones: int, case: tuple[int, int, int]) -> list[Batch]:
    """Batches in turn to the clients, and of each client in turn to its phones; one in ten is retried.

    `operations_of(phone, count)` makes the next operations of a phone; `case`: records, batch, clients."""
    records, size, clients = case
    every = 100 // RETRIED_PERCENT
    batches = []
    for number, start in enumerate(range(0, records, size)):
        client, turn = number % clients, number // clients
        phone = client * phones + turn % phones
        made = operations_of(phone, min(size, records - start))
        batches.append(Batch(client, phone, made, is_retried=number % every == every - 1))
    return batches
