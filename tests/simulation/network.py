"""Between phones and server: what arrives, late, twice, cut or not at all."""

import gzip
import json
import zlib
from collections.abc import Callable

from tests.simulation.handset import Flight, Handset, Page
from tests.simulation.server import Reply
from tests.simulation.watch import demand
from tests.simulation.world import World

PORTAL = b"<!doctype html><title>Wi-Fi</title>Sign in to the network"
GATEWAY = {502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}
PAST_KEPT = 8
FLICKER_LOOKED_AT = 2


def start(world: World, handset: Handset, page: Page) -> Flight | None:
    """The phone's next request, if it makes one now."""
    body = page.phone.build_request(world.now_ms)
    if body is None and page.phone.needs_sign_in() and not page.phone.is_wiped():
        world.server.sign_in(handset.login)
        page.phone.signed_in()
        body = page.phone.build_request(world.now_ms)
    _note_wiped(handset, page)
    if body is None:
        return None
    page.flight = Flight(body, json.loads(body))
    handset.past = [*handset.past[1 - PAST_KEPT :], body]
    return page.flight


def deliver(world: World, handset: Handset, flight: Flight, node: int = 0) -> Reply | None:
    """The whole request reaches the server; null when the server died before it answered."""
    more = {}
    body = flight.body
    if world.chance.random() < 0.05:
        body, more = gzip.compress(body, 1, mtime=0), {"HTTP_CONTENT_ENCODING": "gzip", "HTTP_ACCEPT_ENCODING": "gzip"}
    reply = world.server.post(body, handset.login.token, node, more)
    if reply is None:
        world.watch.looked()
        return None
    return judge(world, handset, flight, reply)


def judge(world: World, handset: Handset, flight: Flight, reply: Reply, *, alone: bool = True) -> Reply | None:
    """Look at a reply and keep what it says with the flight."""
    plain = _inflated(reply)
    answer = world.watch.answered(handset.login.device, handset.login.user, flight.request, plain, alone=alone)
    flight.reply = plain
    flight.answer = answer
    flight.counters = world.watch.counters
    flight.at_write = world.watch.writes
    return plain


def bring(world: World, handset: Handset, page: Page, flight: Flight) -> None:
    """The answer reaches the page whole."""
    page.flight = None
    reply, answer = flight.reply, flight.answer
    if reply is None:
        page.phone.lose_answer(world.now_ms)
        return
    handset.is_content = False
    page.phone.apply_answer(reply.status, reply.headers, reply.body, world.now_ms)
    if answer is not None:
        dropped = handset.note_answer(flight.request, answer, flight.counters)
        world.excuse(handset, dropped)
        handset.at_write = flight.at_write
        handset.was_lost |= answer["device"]["state"] == "lost"
        _note_wiped(handset, page)
        if not page.phone.is_wiped():
            _look_at(world, handset, page)


def lose(world: World, page: Page) -> None:
    page.flight = None
    page.phone.lose_answer(world.now_ms)


def go_well(world: World, handset: Handset, page: Page) -> bool:
    """One round trip on a good network; whether there was one."""
    flight = start(world, handset, page)
    if flight is None:
        return False
    if deliver(world, handset, flight) is None:
        lose(world, page)
    else:
        bring(world, handset, page, flight)
    return True


def go_somehow(world: World, handset: Handset, page: Page) -> str | None:
    """One round trip with a fate of chance; what became of it, null when there was none."""
    flight = start(world, handset, page)
    if flight is None:
        return None
    name, fate = world.chance.choices(FATES, weights=WEIGHTS)[0]
    fate(world, handset, page, flight)
    return name


def deliver_old(world: World, handset: Handset, body: bytes) -> None:
    """A request that somebody gave up long ago arrives after all; its answer reaches nobody."""
    deliver(world, handset, Flight(body, json.loads(body)))


# ── fates ────────────────────────────────────────────────────────────────────────────────────────


def _well(world: World, handset: Handset, page: Page, flight: Flight) -> None:
    node = world.chance.randrange(len(world.server.nodes))
    if deliver(world, handset, flight, node) is None:
        lose(world, page)
    else:
        bring(world, handset, page, flight)


def _dropped_before(world: World, handset: Handset, page: Page, flight: Flight) -> None:
    lose(world, page)


def _dropped_after(world: World, handset: Handset, page: Page, flight: Flight) -> None:
    deliver(world, handset, flight)
    lose(world, page)


def _doubled(world: World, handset: Handset, page: Page, flight: Flight) -> None:
    """Two copies arrive; the first's or the second's answer comes back."""
    first = deliver(world, handset, flight)
    again = Flight(flight.body, flight.request)
    deliver(world, handset, again, 1)
    bring(world, handset, page, flight if first and world.chance.random() < 0.5 else again)


def _cut_request(world: World, handset: Handset, page: Page, flight: Flight) -> None:
    """Some bytes arrive, with or without the length of the whole."""
    at = world.chance.randrange(len(flight.body))
    length = world.chance.choice((at, len(flight.body)))
    reply = world.server.post(flight.body[:at], handset.login.token, 0, {"CONTENT_LENGTH": str(length)})
    refused = reply is not None and reply.status in (400, 401)
    demand(refused, f"a request cut at byte {at} was answered {reply}")
    world.watch.looked()
    lose(world, page)


def _cut_answer(world: World, handset: Handset, page: Page, flight: Flight) -> None:
    reply = deliver(world, handset, flight)
    page.flight = None
    if reply is None or world.chance.random() < 0.3:
        page.phone.lose_answer(world.now_ms)
    else:
        part = reply.body[: world.chance.randrange(len(reply.body))]
        page.phone.apply_answer(reply.status, reply.headers, part, world.now_ms)


def _portal(world: World, handset: Handset, page: Page, flight: Flight) -> None:
    page.flight = None
    page.phone.apply_answer(200, {"Content-Type": "text/html"}, PORTAL, world.now_ms)


def _gateway(world: World, handset: Handset, page: Page, flight: Flight) -> None:
    """A proxy answers in the server's place, which may have heard the request."""
    if world.chance.random() < 0.5:
        deliver(world, handset, flight)
    status = world.chance.choice(list(GATEWAY))
    headers = {"Content-Type": "text/html"} | ({"Retry-After": "1"} if status == 503 else {})
    page.flight = None
    page.phone.apply_answer(status, headers, GATEWAY[status].encode(), world.now_ms)


Fate = Callable[[World, Handset, Page, Flight], None]
FATES: list[tuple[str, Fate]] = [
    ("answered", _well),
    ("lost on the way there", _dropped_before),
    ("lost on the way back", _dropped_after),
    ("arrived twice", _doubled),
    ("cut on the way there", _cut_request),
    ("cut on the way back", _cut_answer),
    ("answered by a portal", _portal),
    ("answered by a gateway", _gateway),
]
WEIGHTS = [54, 7, 11, 9, 5, 6, 3, 5]


# ── what a phone must not do ─────────────────────────────────────────────────────────────────────


def _look_at(world: World, handset: Handset, page: Page) -> None:
    """A first load that is not complete does not say that it is (A16); what waits stays on top (A6, P30)."""
    for partition, is_complete in handset.complete.items():
        said = page.phone.is_complete(partition)
        demand(said == is_complete, f"{handset.name} says of {partition} complete={said}, it is {is_complete}")
    waiting = page.phone.outbox()
    told = {(n, tag) for _, n, tag, _ in page.phone.acknowledged()}
    for operation in waiting[-FLICKER_LOOKED_AT:]:
        shown = page.phone.shown(operation["record"])
        demand(shown is not None, f"{handset.name} does not show its own operation {operation['n']}")
        later = [o for (n, _), o in handset.saved.items() if n > operation["n"] and o["record"] == operation["record"]]
        names = {name for o in later for name in o["set"]}
        for name, value in operation["set"].items():
            # offered again to a restored server: the copy of before may say already what became of it
            is_known = (operation["n"], operation["tag"]) in told and shown and name in shown.conflicts
            fits = is_known or name in names or (shown is not None and _same(shown.fields.get(name), value))
            demand(fits, f"{handset.name} hides its own {name}={value!r} of operation {operation['n']}: {shown}")


def _same(one: object, other: object) -> bool:
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _note_wiped(handset: Handset, page: Page) -> None:
    if page.phone.is_wiped():
        handset.note_wiped()


def _inflated(reply: Reply) -> Reply:
    """As every browser's own layer does it."""
    if reply.headers.get("Content-Encoding") != "gzip":
        return reply
    headers = {name: value for name, value in reply.headers.items() if name != "Content-Encoding"}
    return Reply(reply.status, headers, zlib.decompress(reply.body, 31), reply.died)
