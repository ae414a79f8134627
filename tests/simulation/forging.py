"""Operations that no app would make: every fault of P15 among good ones, names of what is not there, and cycles."""

import json
from collections.abc import Callable
from typing import Any

from tests.simulation.handset import Flight
from tests.simulation.phone import Wire
from tests.simulation.server import Login
from tests.simulation.watch import demand
from tests.simulation.work import UNITS
from tests.simulation.world import FORGERS, Made, World
from tests.support.world import CAI_KHE

LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
OPERATIONS_MAX = 5
# codes that depend on who may do what now: possible for every operation without a fault of its own
OF_ACCESS = (None, "not-granted")
# whoever comes first gives a record its home (P27)
MISMATCHES = ("kind-mismatch", "partition-mismatch")
TWO_HOMES = ("other kind", "other partition")
# changes an operation of this device
Mutation = Callable[[Wire, str], None]


def forge(world: World) -> str | None:
    """A batch of hand-made operations, some of them faulty: each is held for its own fault, the others pass (A24)."""
    login = _login(world, world.chance.choice(FORGERS))
    chosen = [world.chance.choice(FAULTS) for _ in range(world.chance.randrange(1, OPERATIONS_MAX + 1))]
    operations = [_operation(world, login, _target(world)) for _ in chosen]
    for operation, (name, _, mutate) in zip(operations, chosen, strict=True):
        mutate(operation, login.device)
        if name in TWO_HOMES:
            world.mixed.add(operation["record"])
    receipts = _send(world, login, operations)
    for operation, receipt, (name, codes, _) in zip(operations, receipts, chosen, strict=False):
        more = MISMATCHES if operation["record"] in world.mixed else ()
        demand(receipt.get("code") in (*codes, *more), f"forged {name}: {receipt}")
    return f"{login.name} forges {', '.join(name for name, _, _ in chosen)}"


def forge_cycle(world: World) -> str | None:
    """Two devices name each other's operation: neither can have seen the other's (P8)."""
    made = _target(world)
    pair = [_login(world, name) for name in FORGERS]
    one, other = (_operation(world, login, made) for login in pair)
    name = world.chance.choice(("officers", "militia", "note"))
    for operation in (one, other):
        operation["set"] = {name: None}
    one["prev"] = {name: [_id(pair[1], other)]}
    other["prev"] = {name: [_id(pair[0], one)]}
    _send(world, pair[0], [one])
    _send(world, pair[1], [other])
    return f"{pair[0].name} and {pair[1].name} name each other in {name} of {made.id[-4:]}"


def _send(world: World, login: Login, operations: list[Wire]) -> list[Wire]:
    request = {
        "protocol": 1, "device": login.device, "batch": "0190f0a0-0000-7000-8000-000000000001", "now": world.now_ms,
        "holds": 0, "operations": operations, "cursors": {}, "pull": 0,
    }  # fmt: skip
    # escapes, because a lone surrogate has no bytes
    reply = world.server.post(json.dumps(request).encode(), login.token)
    demand(reply is not None, "the server died of a forged batch")
    if reply is None:
        return []
    flight = Flight(b"", request)
    answer = world.watch.answered(login.device, login.user, flight.request, reply)
    receipts: list[Wire] = answer["receipts"] if answer else []
    world.forged.update((login.device, receipt["n"], receipt["hash"]) for receipt in receipts)
    return receipts


def _operation(world: World, login: Login, made: Made) -> Wire:
    world.forged_n[login.device] += 1
    return {
        "n": world.forged_n[login.device],
        "tag": "".join(world.chance.choices(LETTERS, k=8)),
        "record": made.id,
        "kind": made.kind,
        "partition": made.partition,
        "set": {"note": world.chance.choice(("giả", None))} if made.kind == "patrol" else {"void": None},
        "prev": _names(world, made) if world.chance.random() < 0.7 else {},
        "stamp": [
            world.now_ms + world.chance.choice((0, -60_000, 200_000, 400_000, 10**12)),
            world.chance.randrange(3),
        ],
        "observed": {"wall_ms": None},
        "schema": 1,
    }


def _target(world: World) -> Made:
    """A patrol that exists, or a new one."""
    known = [made for made in world.made if made.kind == "patrol" and made.partition == CAI_KHE]
    if known and world.chance.random() < 0.7:
        return world.chance.choice(known[-4:])
    return world.new_record("patrol", CAI_KHE)


def _names(world: World, made: Made) -> dict[str, list[str]]:
    """What somebody's copy of the record shows: heads that really exist."""
    for handset in world.handsets:
        wire = handset.phone.copies().get((made.partition, made.id))
        if wire is not None:
            return {name: sorted(head[1:]) for name, head in wire["fields"].items() if name in ("note", "void")}
    return {}


def _login(world: World, name: str) -> Login:
    login = next(login for login in world.server.logins if login.name == name)
    world.server.sign_in(login)
    return login


def _id(login: Login, operation: Wire) -> str:
    return f"{login.device}.{operation['n']}.{operation['tag']}"


def _set(name: str, value: Any) -> Mutation:
    def mutate(operation: Wire, device: str) -> None:
        operation["set"] = {**operation["set"], name: value}

    return mutate


def _put(name: str, value: Any) -> Mutation:
    def mutate(operation: Wire, device: str) -> None:
        operation[name] = value

    return mutate


def _leave(operation: Wire, device: str) -> None:
    """Nothing is wrong with this one."""


def _name_later(operation: Wire, device: str) -> None:
    operation["saw"] = [f"{device}.{operation['n'] + 7}.aaaaaaaa"]


def _name_itself(operation: Wire, device: str) -> None:
    operation["prev"] = {**operation["prev"], "route": [f"{device}.{operation['n']}.{operation['tag']}"]}


def _name_nobody(operation: Wire, device: str) -> None:
    operation["prev"] = {**operation["prev"], "note": ["abcdefghijklmnop.3.aaaaaaaa"]}


def _elsewhere(operation: Wire, device: str) -> None:
    operation["partition"] = next(unit for unit in UNITS if unit != operation["partition"])


FAULTS: list[tuple[str, tuple[str | None, ...], Mutation]] = [
    ("good", OF_ACCESS, _leave),
    ("good", OF_ACCESS, _leave),
    ("good", OF_ACCESS, _leave),
    ("unknown name in prev", OF_ACCESS, _name_nobody),
    ("float", ("value-invalid",), _set("officers", 1.5)),
    ("huge integer", ("value-invalid",), _set("officers", 2**70)),
    ("out of range", ("value-invalid",), _set("officers", -1)),
    ("NUL", ("value-invalid",), _set("note", "a\0b")),
    ("lone surrogate", ("value-invalid",), _set("note", "a\ud800")),
    ("not NFC", ("value-invalid",), _set("note", "e\u0301")),
    ("long text", ("value-invalid",), _set("note", "x" * 9_000)),
    ("unknown field", ("unknown-field",), _set("colour", 1)),
    ("unknown kind", ("unknown-kind",), _put("kind", "parade")),
    ("unknown member", ("operation-invalid",), _put("surprise", True)),
    ("no tag", ("operation-invalid",), _put("tag", None)),
    ("no time", ("operation-invalid",), _put("stamp", [-1, 0])),
    ("itself in prev", ("impossible-prev",), _name_itself),
    ("a later one in saw", ("impossible-prev",), _name_later),
    ("newer schema", ("schema-newer",), _put("schema", 99)),
    ("other kind", OF_ACCESS, _put("kind", "tips")),
    ("other partition", OF_ACCESS, _elsewhere),
]
