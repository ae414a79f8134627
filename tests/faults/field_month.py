"""What an officer records in the field in so many days: patrols, sessions, meetings, their children, later edits, photos.

A seed fixes all of it. What must stand on the server at the end is summed up beside it, apart from any merge: one phone
alone recorded, so the last value that it set in a field is the field's.
"""

import random
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from backend.demo import plausible
from backend.demo.places import DemoUnit
from sync.days import DAY_MS
from tests.faults.photo_roll import RollPhoto

Wire = dict[str, Any]
HOUR_MS = 3_600_000
MINUTE_MS = 60_000
EDITED_SHARE = 0.1
WITH_PHOTOS = ("patrol", "outreach", "meeting")
MAKES = ("patrol", "patrol", "patrol", "outreach", "outreach", "meeting", "inspection", "tips", "residence_check")


@dataclass(slots=True)
class Month:
    """`entries` in the order in which they are made; `expected` by record: kind and fields."""

    entries: list[Wire] = field(default_factory=list)
    expected: dict[str, Wire] = field(default_factory=dict)
    operations: int = 0
    edits: int = 0
    photo_bytes: int = 0

    def save(self, at_ms: int, *changes: Wire) -> None:
        self.entries.append({"atMs": at_ms, "changes": list(changes)})
        for change in changes:
            self._expect(change["record"], change["kind"], change["set"])

    def photograph(self, at_ms: int, record: str, parent: str, photo: RollPhoto) -> None:
        shot = {
            "id": record,
            "path": str(photo.path),
            "sha256": photo.sha256,
            "width": photo.width,
            "height": photo.height,
        }
        self.entries.append({"atMs": at_ms, "parent": parent, "shot": shot})
        told = {"sha256": photo.sha256, "bytes": photo.bytes, "width": photo.width, "height": photo.height}
        self._expect(record, "photo", {"parent": parent, "taken_at": at_ms, **told})
        self.photo_bytes += photo.bytes

    def _expect(self, record: str, kind: str, values: Wire) -> None:
        known = self.expected.setdefault(record, {"kind": kind, "fields": {}})
        self.edits += bool(known["fields"])
        known["fields"].update(values)
        self.operations += 1


@dataclass(slots=True)
class _Pen:
    """What the officer writes with."""

    chance: random.Random
    unit: DemoUnit
    leaflets: Sequence[str]
    month: Month
    left: int

    def change(self, at_ms: int, kind: str, values: Wire, record: str | None = None) -> Wire:
        """A new record unless one is named."""
        self.left -= record is None
        told = {name: value for name, value in values.items() if value is not None}
        record = record or record_id(self.chance, at_ms)
        return {"record": record, "kind": kind, "partition": self.unit.area.id, "set": told}

    def child(self, at_ms: int, kind: str, values: Wire, parent: Wire) -> list[Wire]:
        """None where the number of records is reached."""
        return [self.change(at_ms, kind, {"parent": parent["record"], **values})] if self.left > 0 else []


def record_id(chance: random.Random, at_ms: int) -> str:
    """A UUIDv7, as the phone makes it."""
    value = (at_ms & (1 << 48) - 1) << 80 | chance.getrandbits(80)
    return str(uuid.UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62))


def write_month(
    seed: int, unit: DemoUnit, leaflets: Sequence[str], from_ms: int, days: int, records: int, roll: Sequence[RollPhoto]
) -> Month:
    """`records` beside those of the photos, spread over the days from `from_ms` on."""
    chance, month = random.Random(seed), Month()
    for day in range(days):
        share = records * (day + 1) // days - records * day // days
        _work(_Pen(chance, unit, leaflets, month, share), from_ms + day * DAY_MS)
    _photograph(chance, month, roll)
    _correct(chance, month, from_ms + days * DAY_MS)
    month.entries.sort(key=lambda entry: entry["atMs"])
    return month


def _work(pen: _Pen, start_ms: int) -> None:
    at_ms = start_ms
    while pen.left > 0:
        at_ms = min(at_ms + pen.chance.randint(2, 25) * MINUTE_MS, start_ms + 23 * HOUR_MS)
        kind = pen.chance.choice(MAKES)
        _MAKERS.get(kind, _plain)(pen, at_ms, kind)


def _patrol(pen: _Pen, at_ms: int, kind: str) -> None:
    """Begun by one tap, its results entered at the end, with what was found. It is over before the next one begins."""
    values = plausible.patrol(pen.chance, pen.unit, at_ms, at_night=pen.chance.random() < 0.5, led_by="police")
    begun = pen.change(at_ms, kind, {"started_at": at_ms, "led_by": values["led_by"]})
    pen.month.save(at_ms, begun)
    ended_ms = at_ms
    results = pen.change(ended_ms, kind, values | {"ended_at": ended_ms}, begun["record"])
    found = pen.chance.choices([0, 1, 2], [6, 3, 1])[0]
    incidents = [pen.child(ended_ms, "incident", plausible.incident(pen.chance), begun) for _ in range(found)]
    pen.month.save(ended_ms, results, *(one for each in incidents for one in each))


def _outreach(pen: _Pen, at_ms: int, kind: str) -> None:
    session = pen.change(at_ms, kind, plausible.outreach(pen.chance, pen.unit, at_ms - HOUR_MS))
    leaflet = plausible.handout(pen.chance, pen.chance.choice(pen.leaflets))
    pen.month.save(at_ms, session, *pen.child(at_ms, "handout", leaflet, session))


def _meeting(pen: _Pen, at_ms: int, kind: str) -> None:
    """Proposals are answered some hours later."""
    meeting = pen.change(at_ms, kind, plausible.meeting(pen.chance, pen.unit, at_ms - HOUR_MS))
    texts = pen.chance.sample(plausible.QUESTIONS, pen.chance.randint(0, 2))
    made = [pen.child(at_ms, "proposal", {"text": text, "state": "open"}, meeting) for text in texts]
    proposals = [one for each in made for one in each]
    pen.month.save(at_ms, meeting, *proposals)
    later_ms = at_ms + 40 * MINUTE_MS
    for proposal in proposals:
        said = {"state": "answered", "answer": "Đã giải thích tại cuộc họp.", "answered_at": later_ms}
        pen.month.save(later_ms, pen.change(later_ms, "proposal", said, proposal["record"]))


def _plain(pen: _Pen, at_ms: int, kind: str) -> None:
    if kind == "inspection":
        values = plausible.inspection(pen.chance, pen.unit, at_ms - HOUR_MS)
    else:
        values = plausible.counts(pen.chance, kind, at_ms - HOUR_MS)
    pen.month.save(at_ms, pen.change(at_ms, kind, values))


_MAKERS: dict[str, Callable[[_Pen, int, str], None]] = {
    "patrol": _patrol, "outreach": _outreach, "meeting": _meeting
}  # fmt: skip


def _photograph(chance: random.Random, month: Month, roll: Sequence[RollPhoto]) -> None:
    places = [
        (entry["atMs"], entry["changes"][0]["record"])
        for entry in month.entries
        if entry["changes"][0]["kind"] in WITH_PHOTOS
    ]
    for photo in roll:
        at_ms, parent = chance.choice(places)
        at_ms += chance.randint(1, 600_000)
        month.photograph(at_ms, record_id(chance, at_ms), parent, photo)


def _correct(chance: random.Random, month: Month, end_ms: int) -> None:
    """A number or a sentence is put right, up to ten days later."""
    made = {change["record"]: (entry["atMs"], change) for entry in month.entries for change in entry.get("changes", ())}
    for at_ms, change in chance.sample(list(made.values()), round(len(made) * EDITED_SHARE)):
        numbers = [name for name, value in change["set"].items() if type(value) is int and value < 1_000]
        if not numbers:
            continue
        later_ms = min(at_ms + HOUR_MS + chance.randint(0, 10 * DAY_MS), end_ms - 1)
        fixed = {chance.choice(numbers): chance.randint(1, 9)}
        if later_ms > at_ms:
            month.save(later_ms, {**change, "set": fixed})
