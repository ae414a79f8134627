"""Real concurrency on PostgreSQL: requests in threads, one overtaking another at its commit, a reader that never ends.

`overtake` is the same every time: who stops, who goes on and who reads is chance of the seed, and each waits until
the others have finished or stand before a lock. `at_once` leaves the order to the machine.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.simulation.failpoints import Pause
from tests.simulation.handset import Flight, Handset, Page
from tests.simulation.network import bring, judge, lose, start
from tests.simulation.phone import Change
from tests.simulation.server import Reply
from tests.simulation.store import PostgresStore
from tests.simulation.work import FIELDS
from tests.simulation.world import World, unit_of

WAIT_S_MAX = 30
# asking is a query of its own, which a busy machine pays for: less and less often
POLL_S = 0.002
POLL_S_MAX = 0.05
AT_ONCE_MAX = 4
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@dataclass(slots=True)
class Caller:
    """One request in a thread of its own."""

    handset: Handset
    page: Page
    flight: Flight
    reply: Reply | None = None
    thread: threading.Thread = field(default_factory=threading.Thread)

    def go(self, world: World, node: int, before: Callable[[], None] = lambda: None) -> None:
        def call() -> None:
            before()
            self.reply = world.server.post(self.flight.body, self.handset.login.token, node)

        self.thread = threading.Thread(target=call, name=self.handset.name)
        self.thread.start()


def overtake(world: World) -> str | None:
    """One push stops before its commit, another follows it and a third reads; then the first commits (A1)."""
    if not isinstance(world.server.store, PostgresStore):
        return None
    callers = _callers(world, 3)
    if len(callers) < 3:
        _give_up(world, callers)
        return None
    first, second, reader = callers
    pause = Pause()
    world.server.points.pause = pause
    first.go(world, 0, pause.take)
    _wait(lambda: pause.reached.is_set() or not first.thread.is_alive())
    for caller in (second, reader):
        others = _waiting(world)
        caller.go(world, 1)
        _wait(lambda caller=caller, others=others: not caller.thread.is_alive() or _waiting(world) > others)  # type: ignore[misc]
    pause.may_go.set()
    _finish(world, callers)
    world.server.points.pause = None
    return f"{second.handset.name} overtakes {first.handset.name} while {reader.handset.name} reads"


def at_once(world: World) -> str | None:
    """Several requests at the same moment, one of them twice (A2, A13, A25)."""
    if not isinstance(world.server.store, PostgresStore):
        return None
    callers = _callers(world, world.chance.randrange(2, AT_ONCE_MAX + 1))
    if len(callers) < 2:
        _give_up(world, callers)
        return None
    twin = Caller(callers[0].handset, callers[0].page, Flight(callers[0].flight.body, callers[0].flight.request))
    for node, caller in enumerate([*callers, twin]):
        caller.go(world, node % 2)
    _finish(world, [*callers, twin])
    return f"{', '.join(caller.handset.name for caller in callers)} sync at once"


def read_for_long(world: World) -> str | None:
    """Somebody else's transaction stays open: nothing may wait for it, and no cursor may pass by what it hides (A26)."""
    store = world.server.store
    if not isinstance(store, PostgresStore):
        return None
    if world.readers:
        world.end_readers()
        return "the long reader ends"
    reader = store.connect()
    reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    reader.execute("SELECT count(*) FROM record")
    world.readers.append(reader)
    return "a long reader begins"


def _callers(world: World, count: int) -> list[Caller]:
    """Requests of different stores, each with something to say."""
    callers: list[Caller] = []
    for handset in world.chance.sample(world.handsets, len(world.handsets)):
        page = handset.pages[0]
        if len(callers) < count and page.flight is None and not page.phone.is_wiped():
            made = world.new_record("patrol", unit_of(handset.login))
            values = {"officers": FIELDS["patrol"]["officers"](world)}
            world.save(handset, page, [Change(made.id, made.kind, made.partition, values)])
            flight = start(world, handset, page)
            callers += [Caller(handset, page, flight)] if flight else []
    return callers


def _finish(world: World, callers: list[Caller]) -> None:
    """What was read meanwhile may be older than what was written: only a later answer is the last word."""
    for caller in callers:
        caller.thread.join(WAIT_S_MAX)
    counters, written = world.watch.counters, world.watch.writes
    for caller in callers:
        if caller.reply is not None:
            judge(world, caller.handset, caller.flight, caller.reply, alone=False)
            caller.flight.counters, caller.flight.at_write = counters, written - 1
    for caller in callers:
        if caller.page.flight is caller.flight:
            bring(world, caller.handset, caller.page, caller.flight)


def _give_up(world: World, callers: list[Caller]) -> None:
    for caller in callers:
        lose(world, caller.page)


def _waiting(world: World) -> int:
    return int(world.server.store.rows(WAITING)[0][0])


def _wait(is_over: Callable[[], bool]) -> None:
    deadline, rest_s = time.monotonic() + WAIT_S_MAX, POLL_S
    while not is_over() and time.monotonic() < deadline:
        time.sleep(rest_s)
        rest_s = min(2 * rest_s, POLL_S_MAX)
