"""Sixty days of activity ending yesterday: each record received on its own day, a little after it was made."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from backend.demo import plausible, reference
from backend.demo.accounts import has_device, retired_actor, user_id
from backend.demo.phone import DemoPhone
from backend.demo.places import DemoUnit, read_units
from backend.demo.plausible import HOUR_MS, MINUTE_MS
from sync.days import DAY_MS, OFFSET_MS, day_of

DAYS: Final = 60
PURPOSE: Final = "activity"
OFFICERS: Final = {
    "31120": ("canbo.caikhe", "canbo2.caikhe"),
    "31299": ("canbo.phongdien",),
    "31594": ("canbo.anninh",),
}
TEAM_LEADERS: Final = {"31120": "totruong.caikhe"}

Phones = dict[str, DemoPhone]


@dataclass(frozen=True, slots=True)
class Draft:
    """One record with its children, made by one account at one moment."""

    at_ms: int
    author: str
    kind: str
    values: dict[str, Any]
    children: tuple[tuple[str, dict[str, Any]], ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """What a day is written with."""

    chance: random.Random
    unit: DemoUnit
    start_ms: int
    leaflets: list[str]
    campaign: str | None


def write_activity(connection: Connection, chance: random.Random, now_ms: int) -> Iterator[int]:
    """Write all of it unless it was written before; yields after each day."""
    if has_device(connection, "thuongtruc", PURPOSE):
        return
    midnight_ms = (now_ms + OFFSET_MS) // DAY_MS * DAY_MS - OFFSET_MS
    first_ms = midnight_ms - DAYS * DAY_MS
    units = read_units(connection)
    phones = _phones(connection, chance, first_ms)
    campaigns = reference.write_campaigns(connection, phones["thuongtruc"], units, first_ms + 8 * HOUR_MS)
    leaflets = reference.read_leaflets(connection)
    for unit in units:
        if unit.code in reference.COMMANDERS:
            commander = phones[reference.COMMANDERS[unit.code]]
            reference.write_unit(connection, commander, unit, first_ms + 9 * HOUR_MS)
    for number in range(DAYS):
        start_ms = first_ms + number * DAY_MS
        campaign = _campaign_of(campaigns, number)
        for unit in units:
            _write_day(connection, phones, Scene(chance, unit, start_ms, leaflets, campaign))
        yield number


def _phones(connection: Connection, chance: random.Random, first_ms: int) -> Phones:
    names = {name for group in OFFICERS.values() for name in group} | set(TEAM_LEADERS.values())
    names |= {*reference.COMMANDERS.values(), "thuongtruc"}
    return {name: DemoPhone(retired_actor(connection, name, PURPOSE, first_ms), chance) for name in sorted(names)}


def _campaign_of(campaigns: list[str], number: int) -> str | None:
    running = [c for c, spec in zip(campaigns, reference.CAMPAIGNS, strict=True) if spec[2] <= number <= spec[3]]
    return running[0] if running else None


def _write_day(connection: Connection, phones: Phones, scene: Scene) -> None:
    for draft in sorted(_drafts(scene), key=lambda draft: (draft.at_ms, draft.author, draft.kind)):
        phone, partition = phones[draft.author], scene.unit.area.id
        record = phone.record(draft.kind, partition, draft.values, draft.at_ms)
        made = phone.outbox[-1]
        for kind, values in draft.children:
            child = phone.record(kind, partition, {"parent": record, **values}, draft.at_ms)
            if kind == "proposal" and scene.chance.random() < 0.5:
                _answer(phone, child, draft.at_ms)
        if draft.kind == "patrol" and scene.chance.random() < 0.05:
            # a correction a minute later, so that history has something to show
            phone.edit(made, {"officers": made["set"]["officers"] + 1}, draft.at_ms + MINUTE_MS)
        phone.send(connection, draft.at_ms + MINUTE_MS)


def _answer(phone: DemoPhone, child: str, at_ms: int) -> None:
    made = next(operation for operation in phone.outbox if operation["record"] == child)
    answered = {"state": "answered", "answer": "Đã giải thích tại cuộc họp.", "answered_at": at_ms}
    phone.edit(made, answered, at_ms)


def _drafts(scene: Scene) -> Iterator[Draft]:
    chance, unit = scene.chance, scene.unit
    officers = OFFICERS[unit.code]
    for at_hour, chance_of, at_night in ((8, 0.7, False), (15, 0.5, False), (20, 0.9, True), (21, 0.6, True)):
        if chance.random() < chance_of:
            yield _patrol(scene, chance.choice(officers), at_hour, at_night=at_night)
    if unit.code in TEAM_LEADERS and chance.random() < 0.7:
        yield _patrol(scene, TEAM_LEADERS[unit.code], 20, at_night=True)
    for kind, chance_of, at_hour, make in _OTHERS:
        if chance.random() < chance_of:
            yield make(scene, kind, chance.choice(officers), scene.start_ms + at_hour * HOUR_MS)
    if unit.code in reference.COMMANDERS and chance.random() < 0.5:
        yield _review(scene, chance.choice(officers))


def _patrol(scene: Scene, author: str, at_hour: int, *, at_night: bool) -> Draft:
    chance = scene.chance
    start_ms = scene.start_ms + at_hour * HOUR_MS + chance.randint(0, 45) * MINUTE_MS
    led_by = "team" if author in TEAM_LEADERS.values() else "police"
    values = plausible.patrol(chance, scene.unit, start_ms, at_night=at_night, led_by=led_by)
    if scene.campaign and chance.random() < 0.4:
        values |= {"campaign": scene.campaign, "patrol_type": "peak"}
    found = chance.choices([0, 1, 2], [6, 3, 1])[0]
    children = tuple(("incident", plausible.incident(chance)) for _ in range(found))
    return Draft(values["ended_at"] + 2 * MINUTE_MS, author, "patrol", values, children)


def _outreach(scene: Scene, kind: str, author: str, start_ms: int) -> Draft:
    values = plausible.outreach(scene.chance, scene.unit, start_ms)
    child = ("handout", plausible.handout(scene.chance, scene.chance.choice(scene.leaflets)))
    children = (child,) if scene.chance.random() < 0.7 else ()
    return Draft(values["ended_at"] + 3 * MINUTE_MS, author, kind, values | {"campaign": scene.campaign}, children)


def _meeting(scene: Scene, kind: str, author: str, start_ms: int) -> Draft:
    values = plausible.meeting(scene.chance, scene.unit, start_ms)
    texts = scene.chance.sample(plausible.QUESTIONS, scene.chance.randint(0, 2))
    children = tuple(("proposal", {"text": text, "state": "open"}) for text in texts)
    return Draft(values["ended_at"] + 3 * MINUTE_MS, author, kind, values, children)


def _inspection(scene: Scene, kind: str, author: str, start_ms: int) -> Draft:
    values = plausible.inspection(scene.chance, scene.unit, start_ms)
    return Draft(values["ended_at"] + 4 * MINUTE_MS, author, kind, values)


def _counts(scene: Scene, kind: str, author: str, start_ms: int) -> Draft:
    values = plausible.counts(scene.chance, kind, start_ms)
    place = scene.chance.choice(scene.unit.hamlets).id
    return Draft(values["ended_at"] + MINUTE_MS, author, kind, values | {"place": place})


def _support(scene: Scene, kind: str, author: str, start_ms: int) -> Draft:
    progressing = scene.chance.randint(8, 11)
    levels = {"people_assigned": 12, "people_employed": 9, "people_progressing": progressing, "loans": 3}
    times = {"started_at": start_ms, "ended_at": start_ms + HOUR_MS}
    return Draft(start_ms + HOUR_MS, author, kind, {"meetings": 1, "relapses": 0, **levels, **times})


def _review(scene: Scene, author: str) -> Draft:
    at_ms = scene.start_ms + 23 * HOUR_MS + 20 * MINUTE_MS
    values = {"day": day_of(scene.start_ms), "author": user_id(author), "verdict": "confirmed"}
    return Draft(at_ms, reference.COMMANDERS[scene.unit.code], "review", values)


Maker = Callable[[Scene, str, str, int], Draft]
_OTHERS: Final[tuple[tuple[str, float, int, Maker], ...]] = (
    ("outreach", 0.4, 9, _outreach),
    ("meeting", 0.35, 18, _meeting),
    ("inspection", 0.15, 14, _inspection),
    ("tips", 0.2, 10, _counts),
    ("residence_check", 0.25, 19, _counts),
    ("handin", 0.04, 11, _counts),
    ("support", 0.06, 16, _support),
)
