"""What must be so when everything has come to rest, asked of the stored rows and of every phone."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tests.simulation import naive
from tests.simulation.handset import Flight, Handset
from tests.simulation.network import deliver
from tests.simulation.phone import Wire
from tests.simulation.recount import Cell, Counted, recount
from tests.simulation.watch import CLAMP_AHEAD_MS, demand, read_counters
from tests.simulation.work import NEW_FIELD, NEW_KIND
from tests.simulation.world import World
from tests.simulation.world_rows import KINDS

WINDOW_MS = 30 * 86_400_000
REPEATED_MAX = 4
REFERENCE_KINDS = ("group", "model", "leaflet", "stock", "campaign")


@dataclass(frozen=True, slots=True)
class Logged:
    """A row of the operation log."""

    device: str
    n: int
    fork: int
    status: str
    code: str | None
    record: str | None
    text: str
    hash: str | None
    received_ms: int
    effective_ms: int | None
    suspect: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """A row of the merged records."""

    id: str
    partition: str
    seq: int
    kind: str
    family: str
    reference: bool
    changed_ms: int
    created_ms: int
    wire: Wire


def check(world: World) -> None:
    """Raises Violation at the first thing that is not so."""
    log, records = read_log(world), read_records(world)
    check_acknowledged(world, log)
    check_receipts(world, log)
    check_judgements(world, log, records)
    merged = check_merge(log, records)
    check_feed(world, records)
    for handset in world.handsets:
        check_nothing_vanished(world, handset)
        check_replica(world, handset, records)
        check_held(world, handset, log)
    check_figures(world, records, merged)
    check_repeated(world, log)


def read_log(world: World) -> list[Logged]:
    names = "device, n, fork, status, code, record, text, hash, received_ms, effective_ms, suspect"
    return [Logged(*row) for row in world.server.store.rows(f"SELECT {names} FROM operation")]


def read_records(world: World) -> dict[str, Stored]:
    names = "id, partition, seq, kind, family, reference, changed_ms, created_ms, wire"
    rows = world.server.store.rows(f"SELECT {names} FROM record")
    return {row[0]: Stored(*(*row[:-1], json.loads(row[-1]))) for row in rows}


def check_acknowledged(world: World, log: list[Logged]) -> None:
    """Every acknowledged operation is in the log exactly once, with the hash told."""
    stored: Counter[tuple[str, int, str | None]] = Counter()
    stored.update((row.device, row.n, row.hash) for row in log if row.hash is not None)
    texts = Counter((row.device, row.n) for row in log if row.hash is None)
    for handset in world.handsets:
        for device, n, tag, hashed in handset.phone.acknowledged():
            count = stored[device, n, hashed] if hashed is not None else min(1, texts[device, n])
            is_wiped_with = handset.phone.is_wiped() and (device, n, hashed) in world.forgotten
            least = 0 if is_wiped_with or (device, n, hashed) in world.excused else 1
            demand(least <= count <= 1, f"acknowledged {device}.{n}.{tag} is in the log {count} times")
    gone = [name for name in world.forged if not (stored[name] or (name[2] is None and texts[name[:2]]))]
    demand(not gone, f"acknowledged operations that no app made are not in the log: {gone}")
    twice = [key for key, count in stored.items() if count > 1]
    demand(not twice, f"in the log more than once: {twice}")


def check_receipts(world: World, log: list[Logged]) -> None:
    """What was told of each operation is what its row says; times are clamped once, against the first receipt (P12)."""
    for row in log:
        told = world.watch.told.get((row.device, row.n, row.hash or json.dumps(json.loads(row.text), sort_keys=True)))
        said = row.effective_ms, bool(row.suspect)
        demand(told in (None, said), f"{row.device}.{row.n} was told {told}, the log says {said}")
        wire = json.loads(row.text)
        demand(row.hash == world.watch.own_hash(row.device, wire), f"the hash of {row.device}.{row.n} is {row.hash}")
        if row.effective_ms is not None:
            limit = row.received_ms + CLAMP_AHEAD_MS
            wanted = min(wire["stamp"][0], limit)
            demand(row.effective_ms == wanted, f"{row.device}.{row.n} has {row.effective_ms}, not {wanted}")


def check_judgements(world: World, log: list[Logged], records: dict[str, Stored]) -> None:
    """What may be accepted is, now that access stands still; what may not has never been without a reason (P15, P28)."""
    users = {handset.login.device: handset.login.user for handset in world.handsets}
    asleep = {handset.login.device for handset in world.handsets if handset.phone.is_wiped()}
    kinds = {made.id: made for made in world.made}
    left = set(world.server.store.rows("SELECT record, partition FROM departure"))
    for row in log:
        made = kinds.get(row.record or "")
        left_out = row.device not in users or row.device in asleep or row.record in world.mixed
        if left_out or made is None or row.code in ("forked", "device-lost"):
            continue
        wire = json.loads(row.text)
        code = _known_code(world, row, wire)
        kind = "patrol" if made.kind == NEW_KIND else made.kind
        named = world.city.successor(wire["partition"])
        home = records[made.id].partition if made.id in records else named
        # a move that a restored server does not know of any more: what was said since names a home to come (P27)
        is_foreign = named != home and (made.id, wire["partition"]) not in left
        allowed = not is_foreign and world.city.may_write(users[row.device], kind, home)
        if code is None and allowed:
            demand(row.status == "accepted", f"{row.device}.{row.n} is {row.status} ({row.code}), and may be accepted")
        elif code is not None:
            demand(row.code == code, f"{row.device}.{row.n} is {row.status} ({row.code}), not held as {code}")


def _known_code(world: World, row: Logged, wire: Wire) -> str | None:
    """The fault of what phones of a newer version say to an older server, or of a clone that knows of its twin's."""
    own = [i.split(".") for ids in wire["prev"].values() for i in ids if i.startswith(f"{row.device}.")]
    if any(int(n) >= row.n for _, n, _ in own):
        return "impossible-prev"
    if world.is_server_new:
        return None
    if wire["schema"] > 1:
        return "schema-newer"
    if wire["kind"] == NEW_KIND:
        return "unknown-kind"
    return "unknown-field" if NEW_FIELD in (*wire["set"], *wire["prev"]) else None


def check_merge(log: Iterable[Logged], records: dict[str, Stored]) -> dict[str, naive.Merged]:
    """The stored state of every record is what its log comes to, merged once more and plainly."""
    logs: dict[str, list[naive.Said]] = defaultdict(list)
    for row in log:
        one = naive.said(row.device, row.text, row.effective_ms, row.suspect, row.status)
        if one is not None and row.record is not None:
            logs[row.record].append(one)
    merged = {record: naive.merge(said) for record, said in logs.items() if any(one.accepted for one in said)}
    demand(
        merged.keys() == records.keys(),
        f"records {sorted(merged.keys() ^ records.keys())} are not both stored and said",
    )
    for record, state in merged.items():
        stored, wire = compared_naive(record, records[record].kind, state), compared_wire(records[record].wire)
        demand(stored == wire, f"record {record}:\n  the log says {stored}\n  the store has {wire}")
        check_flags(records[record].wire, state)
    return merged


def check_flags(wire: Wire, state: naive.Merged) -> None:
    wanted = {
        "conflict": any(len(heads) > 1 for heads in state.heads.values()),
        "edited_while_void": state.is_edited_while_void,
        "suspect_clock": bool(state.suspects),
    }
    told = {name: name in wire["flags"] for name in wanted}
    demand(told == wanted, f"record {wire['id']} has flags {wire['flags']}, the log says {wanted}")


def compared_naive(record: str, kind: str, state: naive.Merged) -> Wire:
    """ "What is compared", from the naive merge."""
    heads = {name: [[value, *ids] for value, ids in found] for name, found in state.heads.items()}
    return {
        "record": record, "kind": kind, "fields": {name: found[0] for name, found in heads.items()},
        "siblings": {name: found[1:] for name, found in heads.items() if found[1:]}, "suspects": state.suspects,
    }  # fmt: skip


def compared_wire(wire: Wire) -> Wire:
    """ "What is compared", from a record as it travels."""
    suspects = sorted(i for i, (ms, _, effective_ms) in wire["stamps"].items() if effective_ms != ms)
    return {
        "record": wire["id"], "kind": wire["kind"], "fields": wire["fields"], "siblings": wire["siblings"],
        "suspects": suspects,
    }  # fmt: skip


def check_feed(world: World, records: dict[str, Stored]) -> None:
    """No two live records of a partition share a number, and none is beyond the counter."""
    counters = read_counters(world.server)
    seqs = Counter((stored.partition, stored.seq) for stored in records.values())
    demand(all(count == 1 for count in seqs.values()), f"numbers given twice: {[s for s, c in seqs.items() if c > 1]}")
    late = [stored.id for stored in records.values() if stored.seq > counters.get(stored.partition, 0)]
    demand(not late, f"records {late} are beyond the counter")
    differing = [s.id for s in records.values() if (s.wire["seq"], s.wire["partition"]) != (s.seq, s.partition)]
    demand(not differing, f"records {differing} say another number than their row")


def check_nothing_vanished(world: World, handset: Handset) -> None:
    """What was saved is in the outbox or was receipted. A lost phone may be wiped with its outbox (P25)."""
    told = {(n, tag) for _, n, tag, _ in handset.phone.acknowledged()}
    waiting = {(o["n"], o["tag"]) for o in handset.phone.outbox()}
    gone = handset.saved.keys() - told - waiting
    is_excused = handset.phone.is_wiped() and handset.was_lost
    demand(not gone or is_excused, f"{handset.name} has lost what was saved: {sorted(gone)}")
    demand(not waiting, f"{handset.name} still holds {sorted(waiting)}")


def check_replica(world: World, handset: Handset, records: dict[str, Stored]) -> None:
    """Its copies are the server's records, all that it must have, and none that it must not."""
    copies, phone = handset.phone.copies(), handset.phone
    if phone.is_wiped():
        demand(not copies, f"{handset.name} was wiped and holds {len(copies)} copies")
        return
    # not what it was told once: a store rolled back under the server may know nothing of the loss
    ((state,),) = world.server.store.rows("SELECT state FROM device WHERE id = ?", handset.login.device)
    allowed = {} if state == "lost" else world.city.allowed(handset.login.user)
    demand(phone.partitions() == allowed, f"{handset.name} sees {phone.partitions()}, allowed is {allowed}")
    foreign = {partition for partition, _ in copies} - allowed.keys()
    demand(not foreign, f"{handset.name} holds copies of {foreign}")
    for (partition, record), wire in copies.items():
        stored = records.get(record)
        is_same = stored is not None and stored.partition == partition and stored.wire == wire
        demand(is_same, f"{handset.name} holds {wire}\n  the server has {stored and stored.wire}")
    wanted = {(s.partition, s.id) for s in _wanted(handset, allowed, records)}
    missing = sorted(wanted - copies.keys())
    demand(not missing, f"{handset.name} lacks {missing}")
    _check_shown(handset, copies, records)


def _wanted(handset: Handset, allowed: Iterable[str], records: dict[str, Stored]) -> list[Stored]:
    """What changed within the window of the first pull or since, families and references (P17)."""
    found = []
    for partition in allowed:
        pull = handset.first_pulls.get(partition)
        demand(pull is not None, f"{handset.name} never read {partition}")
        if pull is None:
            continue
        since_ms = pull.began_ms - WINDOW_MS
        own = [stored for stored in records.values() if stored.partition == partition]
        fresh = [s for s in own if s.changed_ms >= since_ms or s.seq > pull.counter]
        families = {s.family for s in fresh if s.seq <= pull.counter}
        found += fresh
        found += [s for s in own if s.family in families or s.kind in REFERENCE_KINDS]
    return found


def _check_shown(handset: Handset, copies: dict[tuple[str, str], Wire], records: dict[str, Stored]) -> None:
    """At rest the screen shows the server's values, but where something of its own is held (P30)."""
    for (_, record), wire in copies.items():
        shown = handset.phone.shown(record)
        demand(shown is not None, f"{handset.name} does not show {record}")
        if shown is not None and not shown.held:
            values = {name: head[0] for name, head in wire["fields"].items()}
            demand(shown.fields == values, f"{handset.name} shows {shown.fields} for {values} of {record}")
    # a first load passes over what is old; what one has just handed in is shown until the feed's next end
    own = {o["record"] for o in handset.saved.values() if o["partition"] in handset.phone.partitions()}
    for record in records.keys() - own - {record for _, record in copies}:
        shown = handset.phone.shown(record)
        demand(shown is None or shown.held, f"{handset.name} shows {record}, of which it holds no copy")


def check_held(world: World, handset: Handset, log: list[Logged]) -> None:
    """What is held of a phone's own stays visible on it, with its code (P30).

    What it has let go because it was accepted may come to a restored server by an old request."""
    if handset.phone.is_wiped() or handset.is_forked:
        return
    told = {(n, hashed) for _, n, _, hashed in handset.phone.acknowledged()}
    for row in log:
        is_own = row.device == handset.login.device and (row.n, row.hash) in told
        is_kept = (row.device, row.n, row.hash) not in world.excused
        if is_own and is_kept and row.status == "held" and row.record:
            shown = handset.phone.shown(row.record)
            demand(
                shown is not None and row.code in shown.held, f"{handset.name}: {row.n} is held ({row.code}): {shown}"
            )


def check_figures(world: World, records: dict[str, Stored], merged: dict[str, naive.Merged]) -> None:
    """The daily figures, drained, are what the log comes to (records of kinds that this version counts)."""
    world.server.drain()
    counted = [
        Counted(s.id, s.kind, s.partition, merged[s.id], s.created_ms) for s in records.values() if s.kind in KINDS
    ]
    wanted = recount(counted, world.city.homes())
    rows = world.server.store.rows("SELECT area, day, figures, by_campaign, activities FROM daily_figure")
    stored = {(area, day): Cell(json.loads(f), a, json.loads(c)) for area, day, f, c, a in rows}
    for cell in sorted(wanted.keys() | stored.keys()):
        one, other = wanted.get(cell, Cell()), stored.get(cell, Cell())
        demand(one == other, f"figures of {cell}:\n  the log comes to {one}\n  the store has {other}")


def check_repeated(world: World, log: list[Logged]) -> None:
    """Sent once more, operations get the receipts that they have, and nothing is stored anew."""
    handset = world.chance.choice(world.handsets)
    if handset.phone.is_wiped():
        return
    device = handset.login.device
    rows: dict[int, Logged] = {r.n: r for r in log if r.device == device and (r.n, r.hash) in _told(handset)}
    chosen = sorted(world.chance.sample(sorted(rows), min(len(rows), REPEATED_MAX)))
    request = {
        "protocol": 1, "device": device, "batch": "0190f0a0-0000-7000-8000-000000000000", "now": world.now_ms,
        "holds": 0, "operations": [json.loads(rows[n].text) for n in chosen], "cursors": {}, "pull": 0,
    }  # fmt: skip
    flight = Flight(json.dumps(request, ensure_ascii=False).encode(), request)
    deliver(world, handset, flight)
    told: list[Any] = flight.answer["receipts"] if flight.answer else []
    demand(len(told) == len(chosen), f"{handset.name} repeats {chosen} and is told {flight.reply}")
    for receipt in told:
        row = rows[receipt["n"]]
        status = "accepted" if row.status == "accepted" else "held"
        demand((receipt["status"], receipt.get("code")) == (status, row.code), f"{receipt} for {row}")
    demand(len(read_log(world)) == len(log), "what was sent again was stored again")


def _told(handset: Handset) -> set[tuple[int, str | None]]:
    return {(n, hashed) for _, n, _, hashed in handset.phone.acknowledged()}
