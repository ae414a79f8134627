"""A page that dies while it takes an answer in: some of its work is done, and none of it may stand half."""

from tests.simulation.network import deliver, start
from tests.simulation.typescript_phone import TypescriptPhone
from tests.simulation.world import World


def tear(world: World) -> str | None:
    """Only the app can be cut off within itself; the model takes an answer in at once."""
    handset, page = world.pick_page()
    if not isinstance(page.phone, TypescriptPhone) or page.flight is not None:
        return None
    flight = start(world, handset, page)
    if flight is None:
        return None
    reply = deliver(world, handset, flight)
    page.flight = None
    if reply is None:
        page.phone.lose_answer(world.now_ms)
        return f"{handset.name} syncs: the server died"
    is_taken = page.phone.apply_torn(reply.status, reply.headers, reply.body, world.now_ms)
    handset.is_content = False
    if is_taken and flight.answer is not None:
        handset.note_answer(flight.request, flight.answer, flight.counters)
        handset.at_write = flight.at_write
        handset.was_lost |= flight.answer["device"]["state"] == "lost"
    if page.phone.is_wiped():
        handset.note_wiped()
    return f"{handset.name} dies with its answer {'taken in' if is_taken else 'in its hands'}"
