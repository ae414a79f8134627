"""What people do on their phones: make, change, decide, void and restore records, alone and several at once."""

import json
from collections.abc import Callable
from typing import Any

from tests.simulation.handset import Handset, Page
from tests.simulation.phone import Change, Shown
from tests.simulation.server import START_MS
from tests.simulation.world import Made, World, unit_of
from tests.simulation.world_rows import KINDS
from tests.support.world import CAI_KHE, CITY, GROUP, PHONG_DIEN, QUARTER

UNITS = (CAI_KHE, PHONG_DIEN)

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
# edits meet where people work: on what was made last
RECENT = 5
CAMPAIGN = "0190f0a0-0000-7000-8000-00000000c0de"
Value = Callable[[World], Any]


def _one_of(*values: Any) -> Value:
    return lambda world: world.chance.choice(values)


def _count(most: int = 4) -> Value:
    return lambda world: world.chance.choice((None, *range(most)))


def _time(world: World) -> int:
    return START_MS - world.chance.randrange(0, 4 * 24) * HOUR_MS


PLACE = _one_of(CAI_KHE, QUARTER, GROUP, PHONG_DIEN, None, "0190f0a0-0000-7000-8000-0000000000aa")
SHARED: dict[str, Value] = {
    "started_at": _time,
    "ended_at": lambda world: _time(world) + HOUR_MS,
    "place": PLACE,
    "campaign": _one_of(None, CAMPAIGN),
    "note": _one_of("Ghi chú", "Tuyến 1 😀 ~", None),
}
FIELDS: dict[str, dict[str, Value]] = {
    "patrol": {
        "officers": _count(), "militia": _count(), "route": _one_of("A", "B", "Tuyến 1", None),
        "transport": _one_of([], ["boat"], ["bicycle", "foot"], None), "distance_m": _count(9),
        "point": _one_of({"lat_e6": 10_045_000, "lon_e6": 105_746_000, "accuracy_m": 100}, None), **SHARED,
    },
    "meeting": {"households_invited": _count(), "households_present": _count(), "attendance": _count(), **SHARED},
    "outreach": {"sessions": _one_of(1, 2), "households": _count(), "topics": _one_of(["drugs"], ["other"]), **SHARED},
    "support": {"meetings": _count(), "people_assigned": _count(), "started_at": _time},
    "tips": {"received": _count(), "useful": _count(), **SHARED},
    "incident": {"category": _one_of("theft", "noise"), "cases": _one_of(1, 2, None), "people": _count(), **SHARED},
    "handout": {"leaflets": _one_of(1, 5, None), "households": _count(), "started_at": _time, "place": PLACE},
    "leg": {"route": _one_of("A", "B"), "started_at": _time, "place": PLACE},
    "proposal": {"text": _one_of("Đèn đường", "Rác"), "state": _one_of("open", "done", None)},
    "group": {"households": _count(), "state": _one_of("active", "weak")},
    "campaign": {"name": _one_of("Tết", "Hè"), "number": _one_of("1", "2", None)},
    "leaflet": {"title": _one_of("Một", "Hai"), "topic": _one_of("drugs", None)},
}  # fmt: skip
PARENTS = {"incident": "patrol", "leg": "patrol", "handout": "outreach", "proposal": "meeting"}
TOPS = (
    "patrol",
    "patrol",
    "patrol",
    "meeting",
    "meeting",
    "outreach",
    "tips",
    "support",
    "group",
    "campaign",
    "leaflet",
)
NEW_FIELD, NEW_KIND = "mood", "drone_flight"


def create(world: World) -> str | None:
    """A record of one's own, mostly of a kind that one may write."""
    handset, page = world.pick_page()
    partition = _partition(world, handset)
    return _make(world, handset, page, world.chance.choice(TOPS), partition, {})


def create_child(world: World) -> str | None:
    """A record below another; its parent may be unknown to the server, or to everybody."""
    handset, page = world.pick_page()
    kind = world.chance.choice(list(PARENTS))
    parents = [made for made in world.made if made.kind == PARENTS[kind]]
    if not parents:
        return create(world)
    parent = world.chance.choice(parents[-3:])
    return _make(world, handset, page, kind, parent.partition, {"parent": parent.id})


def create_family(world: World) -> str | None:
    """A parent and its children in one save: one transaction, numbers in a row."""
    handset, page = world.pick_page()
    kind = world.chance.choice(list(PARENTS))
    partition = _partition(world, handset)
    parent = world.new_record(PARENTS[kind], partition)
    children = [world.new_record(kind, partition) for _ in range(world.chance.randrange(1, 4))]
    changes = [Change(parent.id, parent.kind, partition, _values(world, parent.kind))]
    changes += [Change(c.id, kind, partition, {**_values(world, kind), "parent": parent.id}) for c in children]
    world.save(handset, page, world.chance.sample(changes, len(changes)))
    return f"{handset.name} makes {parent.kind} {parent.id[-4:]} with {len(children)} {kind}"


def edit(world: World) -> str | None:
    found = _pick_shown(world)
    if found is None:
        return create(world)
    handset, page, made, _ = found
    values = _values(world, made.kind, most=2)
    world.save(handset, page, [Change(made.id, made.kind, made.partition, values)])
    return f"{handset.name} sets {values} of {made.kind} {made.id[-4:]}"


def edit_same_field(world: World) -> str | None:
    """Two people set one field of one record before they hear of each other."""
    known = [made for made in world.made if made.kind in FIELDS]
    if not known:
        return create(world)
    made = world.chance.choice(known[-RECENT:])
    name = world.chance.choice(list(FIELDS[made.kind]))
    said = []
    for handset in world.handsets:
        phone = handset.phone
        if not phone.is_wiped() and phone.shown(made.id) is not None:
            value = FIELDS[made.kind][name](world)
            world.save(handset, handset.pages[0], [Change(made.id, made.kind, made.partition, {name: value})])
            said.append(f"{handset.name}={value!r}")
    return f"{name} of {made.kind} {made.id[-4:]}: {', '.join(said)}" if said else create(world)


def say_again(world: World) -> str | None:
    """The value that is shown already, once more (A11)."""
    found = _pick_shown(world)
    if found is None:
        return None
    handset, page, made, shown = found
    same = {name: value for name, value in shown.fields.items() if name != "void"}
    if not same:
        return None
    name = world.chance.choice(sorted(same))
    world.save(handset, page, [Change(made.id, made.kind, made.partition, {name: same[name]})])
    return f"{handset.name} says {name} of {made.kind} {made.id[-4:]} again"


def decide(world: World) -> str | None:
    """A conflict is decided: every head is replaced (P5)."""
    for handset in world.chance.sample(world.handsets, len(world.handsets)):
        for made in world.made[::-1]:
            shown = handset.phone.shown(made.id)
            if shown is not None and shown.conflicts and not handset.phone.is_wiped():
                name = world.chance.choice(sorted(shown.conflicts))
                value = shown.fields[name] if world.chance.random() < 0.5 else _value(world, made.kind, name)
                change = Change(made.id, made.kind, made.partition, {name: value})
                world.save(handset, handset.pages[0], [change], decides=True)
                return f"{handset.name} decides {name}={value!r} of {made.kind} {made.id[-4:]}"
    return edit_same_field(world)


def void(world: World) -> str | None:
    return _set_void(world, world.chance.choice(("nhầm", "trùng")))


def restore(world: World) -> str | None:
    return _set_void(world, None)


def use_new_app(world: World) -> str | None:
    """An updated phone writes what the server may not know yet (A21)."""
    handset, page = world.pick_page()
    if "update" not in page.phone.can:
        return None
    world.schema = 2
    for each in handset.pages:
        # a new version is loaded like any page: what the old one waited for reaches nobody
        each.flight = None
        each.phone.kill()
        each.phone.update_app(2)
    if world.chance.random() < 0.3:
        made = world.new_record(NEW_KIND, unit_of(handset.login))
        values: dict[str, Any] = {"height_m": world.chance.randrange(5)}
    else:
        made = world.new_record("patrol", unit_of(handset.login))
        values = {NEW_FIELD: world.chance.choice(("good", "bad")), "officers": world.chance.randrange(4)}
    world.save(handset, page, [Change(made.id, made.kind, made.partition, values)])
    return f"{handset.name} has a newer app and makes {made.kind} {made.id[-4:]} with {values}"


def _make(world: World, handset: Handset, page: Page, kind: str, partition: str, fixed: dict[str, Any]) -> str | None:
    made = world.new_record(kind, partition)
    values = {**_values(world, kind), **fixed}
    world.save(handset, page, [Change(made.id, kind, partition, values)])
    return f"{handset.name} makes {kind} {made.id[-4:]} with {values}"


def _set_void(world: World, value: str | None) -> str | None:
    found = _pick_shown(world)
    if found is None:
        return None
    handset, page, made, _ = found
    more = _values(world, made.kind, most=1) if world.chance.random() < 0.2 else {}
    world.save(handset, page, [Change(made.id, made.kind, made.partition, {"void": value, **more})])
    return f"{handset.name} sets void={value!r} {more or ''} of {made.kind} {made.id[-4:]}"


def _pick_shown(world: World) -> tuple[Handset, Page, Made, Shown] | None:
    """Somebody, and a recent record that their phone shows."""
    handset, page = world.pick_page()
    for made in world.chance.sample(world.made[-RECENT:], len(world.made[-RECENT:])):
        shown = page.phone.shown(made.id)
        if shown is not None and made.kind in FIELDS and not page.phone.is_wiped():
            return handset, page, made, shown
    return None


def _partition(world: World, handset: Handset) -> str:
    """Mostly where one works; a coordinator in any unit; sometimes where one may not write."""
    if world.chance.random() < 0.06:
        return world.chance.choice((CITY, *UNITS))
    if handset.login.user == "giang":
        return world.chance.choice((CITY, *UNITS))
    return unit_of(handset.login)


def _values(world: World, kind: str, most: int = 4) -> dict[str, Any]:
    names = list(FIELDS[kind])
    chosen = world.chance.sample(names, world.chance.randrange(1, min(most, len(names)) + 1))
    values = {name: FIELDS[kind][name](world) for name in chosen}
    if most > 2 and "started_at" in FIELDS[kind] and world.chance.random() < 0.7:
        values["started_at"] = _time(world)
    return values


def _value(world: World, kind: str, name: str) -> Any:
    return FIELDS[kind][name](world) if name in FIELDS[kind] else None


def check_fields() -> None:
    """Every field that people set here is one of its kind's."""
    for kind, fields in FIELDS.items():
        unknown = fields.keys() - KINDS[kind]["fields"].keys()
        if unknown:
            raise LookupError(f"{kind} has no {json.dumps(sorted(unknown))}")


check_fields()
