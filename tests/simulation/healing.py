"""The end of a schedule: the network is whole, clocks are right, access stands still, and everybody syncs to rest."""

from tests.simulation.handset import Handset, Page
from tests.simulation.network import bring, deliver, deliver_old, lose, start
from tests.simulation.office import give_back, update_server
from tests.simulation.watch import demand
from tests.simulation.world import World

EXCHANGES_MAX = 400
OLD_ARRIVE_MAX = 3
RETRY_MS = 10_000


def heal(world: World) -> None:
    """Bring everything to rest. Raises Violation when it does not come to rest."""
    world.server.points.disarm()
    world.end_readers()
    for handset in world.handsets:
        _calm(world, handset)
    world.server.time.server_offset_ms = 0
    world.pass_ms(RETRY_MS)
    if world.chance.random() < 0.7:
        update_server(world)
    for user in sorted({handset.login.user for handset in world.handsets}):
        if not world.city.grants(user) and world.chance.random() < 0.6:
            give_back(world, user)
    _deliver_some_old(world)
    exchanges = 0
    while restless := [handset for handset in world.handsets if not _is_at_rest(world, handset)]:
        for handset in restless:
            exchanges += _sync_to_rest(world, handset)
        demand(exchanges < EXCHANGES_MAX, f"no rest after {exchanges} exchanges: {[h.name for h in restless]}")


def _calm(world: World, handset: Handset) -> None:
    """One page is left, with a right clock; what was on its way is given up."""
    for page in handset.pages:
        if page.flight is not None:
            lose(world, page)
    for page in handset.pages[1:]:
        page.phone.kill()
    del handset.pages[1:]
    handset.phone.set_clock(0)
    handset.is_content = False
    if "sizes" in handset.phone.can:
        handset.phone.set_sizes(200, 100)


def _deliver_some_old(world: World) -> None:
    bodies = [(handset, body) for handset in world.handsets for body in handset.past]
    for handset, body in world.chance.sample(bodies, min(len(bodies), world.chance.randrange(OLD_ARRIVE_MAX + 1))):
        deliver_old(world, handset, body)


def _is_at_rest(world: World, handset: Handset) -> bool:
    """Whether it has handed in everything and has read all there is."""
    if handset.phone.is_wiped():
        return True
    is_said = not handset.phone.outbox() and not handset.phone.is_offering()
    return handset.is_content and is_said and handset.at_write == world.watch.writes


def _sync_to_rest(world: World, handset: Handset) -> int:
    """Exchanges of one phone until it has nothing more to say or to hear for now; how many."""
    page, count = handset.pages[0], 0
    while not _is_at_rest(world, handset):
        count += 1
        demand(count < EXCHANGES_MAX, f"{handset.name} never has enough")
        _exchange(world, handset, page)
    return count


def _exchange(world: World, handset: Handset, page: Page) -> None:
    flight = start(world, handset, page)
    if flight is None:
        # a wait that the server imposed
        demand(page.phone.is_wiped() or world.now_ms, "")
        world.pass_ms(RETRY_MS)
        return
    answered = deliver(world, handset, flight)
    demand(answered is not None, "the server died of itself")
    bring(world, handset, page, flight)
