"""What goes wrong: networks, processes, clocks, pages, clones; and time that passes."""

from tests.simulation.handset import Handset, Page
from tests.simulation.network import bring, deliver, deliver_old, go_somehow, go_well, lose, start
from tests.simulation.work import DAY_MS, HOUR_MS
from tests.simulation.world import World

MINUTE_MS = 60_000
YEAR_MS = 365 * DAY_MS
JUMPS_MS = (
    0,
    -30_000,
    4 * MINUTE_MS,
    6 * MINUTE_MS,
    -2 * HOUR_MS,
    3 * DAY_MS,
    -40 * DAY_MS,
    4 * YEAR_MS,
    -56 * YEAR_MS,
)
PAGES_MAX = 3
HANDSETS_MAX = 8
PULLS_MAX = 6
CALLS_MAX = 60


def sync(world: World) -> str | None:
    handset, page = world.pick_page()
    fate = go_somehow(world, handset, page)
    return f"{handset.name} syncs: {fate}" if fate else None


def sync_through(world: World) -> str | None:
    """Several good rounds in a row, as a first load needs."""
    handset, page = world.pick_page()
    rounds = 0
    while rounds < PULLS_MAX and go_well(world, handset, page):
        rounds += 1
        if handset.is_content and not page.phone.outbox():
            break
    return f"{handset.name} syncs {rounds} times" if rounds else None


def send(world: World) -> str | None:
    """A request leaves and takes its time: people go on writing meanwhile."""
    handset, page = world.pick_page()
    flight = start(world, handset, page) if page.flight is None else None
    return f"{handset.name} sends {len(flight.request['operations'])} operations" if flight else None


def travel(world: World) -> str | None:
    """What is on its way moves on: to the server, or back to its phone."""
    waiting = [(handset, page) for handset in world.handsets for page in handset.pages if page.flight is not None]
    if not waiting:
        return sync(world)
    handset, page = world.chance.choice(waiting)
    flight = page.flight
    if flight is None:
        return None
    if flight.reply is not None:
        bring(world, handset, page, flight)
        return f"{handset.name} gets its answer"
    if world.chance.random() < 0.15:
        lose(world, page)
        return f"{handset.name} gives its request up"
    if deliver(world, handset, flight, world.chance.randrange(len(world.server.nodes))) is None:
        lose(world, page)
    return f"the request of {handset.name} arrives"


def old_request(world: World) -> str | None:
    """A request of before arrives, or arrives again, after newer ones."""
    senders = [handset for handset in world.handsets if handset.past]
    if not senders:
        return None
    handset = world.chance.choice(senders)
    at = world.chance.randrange(len(handset.past))
    deliver_old(world, handset, handset.past[at])
    return f"request {at - len(handset.past)} of {handset.name} arrives again"


def crash(world: World) -> str | None:
    """The server dies at some call of the database, before a commit or right after it."""
    kind = world.chance.choice(("call", "call", "before-commit", "after-commit"))
    at = world.chance.randrange(1, CALLS_MAX) if kind == "call" else 1
    return _with_failpoint(world, kind, at)


def stumble(world: World) -> str | None:
    """The database refuses one call for a reason that passes."""
    return _with_failpoint(world, "stumble", world.chance.randrange(1, CALLS_MAX))


def kill(world: World) -> str | None:
    handset, page = world.pick_page()
    page.flight = None
    page.phone.kill()
    if len(handset.pages) > 1 and page.phone is not handset.phone and world.chance.random() < 0.5:
        handset.pages.remove(page)
        return f"a tab of {handset.name} is closed"
    return f"{handset.name} is killed"


def open_tab(world: World) -> str | None:
    handset, page = world.pick_page()
    if len(handset.pages) >= PAGES_MAX or "tab" not in page.phone.can or page.phone.is_wiped():
        return None
    handset.pages.append(Page(page.phone.open_tab()))
    return f"{handset.name} opens another tab"


def clone(world: World) -> str | None:
    """The profile is copied to another phone, device id and all (A18)."""
    handset, page = world.pick_page()
    if len(world.handsets) >= HANDSETS_MAX or "clone" not in page.phone.can or page.phone.is_wiped():
        return None
    handset.is_forked = True
    twin = Handset(
        f"{handset.name}'", handset.login, [Page(page.phone.clone())], dict(handset.saved), dict(handset.custody),
        dict(handset.first_pulls), dict(handset.complete), list(handset.past), is_forked=True,
    )  # fmt: skip
    twin.was_lost = handset.was_lost
    world.handsets.append(twin)
    return f"{handset.name} is cloned"


def set_clock(world: World) -> str | None:
    handset, _ = world.pick_page()
    offset_ms = world.chance.choice(JUMPS_MS) + world.chance.randrange(-3_000, 3_000)
    for page in handset.pages:
        page.phone.set_clock(offset_ms)
    return f"the clock of {handset.name} is {offset_ms} ms off"


def step_server_clock(world: World) -> str | None:
    time = world.server.time
    time.server_offset_ms += world.chance.choice((-HOUR_MS, -10 * MINUTE_MS, -1_000, 1_000, 10 * MINUTE_MS, HOUR_MS))
    return f"the server's clock is {time.server_offset_ms} ms off"


def pass_time(world: World) -> str | None:
    ms = world.chance.choice((1_000, MINUTE_MS, 10 * MINUTE_MS, HOUR_MS, 9 * HOUR_MS, DAY_MS, 12 * DAY_MS, 31 * DAY_MS))
    world.pass_ms(ms)
    return f"{ms} ms pass"


def set_sizes(world: World) -> str | None:
    handset, page = world.pick_page()
    if "sizes" not in page.phone.can:
        return None
    pull, batch = world.chance.choice((0, 1, 2, 5, 20, 500)), world.chance.choice((1, 2, 3, 100))
    page.phone.set_sizes(pull, batch)
    return f"{handset.name} pulls {pull} and sends {batch} at once"


def _with_failpoint(world: World, kind: str, at: int) -> str | None:
    handset, page = world.pick_page()
    flight = start(world, handset, page)
    if flight is None:
        return None
    world.server.points.arm(kind, at)
    answered = deliver(world, handset, flight, world.chance.randrange(len(world.server.nodes)))
    was_reached = not world.server.points.is_armed
    world.server.points.disarm()
    if answered is None or world.chance.random() < 0.3:
        lose(world, page)
    else:
        bring(world, handset, page, flight)
    return f"{handset.name} syncs with {kind} {at}{'' if was_reached else ' (not reached)'}: {_told(answered)}"


def _told(answered: object) -> str:
    return "no answer" if answered is None else f"status {getattr(answered, 'status', '?')}"
