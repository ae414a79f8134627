"""Phones push while gunicorn's processes are killed: `python -m tests.faults.killed_servers --seeds 1..200`.

A schedule is three phones of the simulation, each in a thread of its own, at least forty steps in all, and
`kill -9` of a worker or of the whole server each time that a few answers came. Then the phones send what is left, and the
stored rows are asked: everything acknowledged is in the log exactly once, feeds are dense, replicas are equal to the
server's records and to a merge of the log written apart. A seed fixes what is done, not how processes interleave.
"""

import argparse
import http.client
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import backend
from tests.conftest import close_connections, migrate, settings_for
from tests.faults.processes import BROKEN, COMMAND, Master
from tests.faults.stored import Rows, Violation
from tests.simulation.model_phone import ModelPhone
from tests.simulation.phone import Change, Setup
from tests.support.phone import new_id
from tests.support.postgres import running_cluster
from tests.support.server import server_environment
from tests.support.world import CAI_KHE, build_world, sign_in

PHONES = (("an", "a" * 16), ("binh", "b" * 16), ("chi", "c" * 16))
STEPS_EACH = 14
STEPS_MORE = 8
HEAL_S_MAX = 60
ANSWER_S_MAX = 20
FIELDS = ("officers", "militia", "others")


@dataclass(slots=True)
class Tally:
    """What a run of schedules came to."""

    schedules: int = 0
    steps: int = 0
    kills: int = 0
    acknowledged: int = 0
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Hand:
    """One phone, its token, and the thread that works with it."""

    phone: ModelPhone
    token: str
    chance: random.Random
    steps: int = 0
    answers: int = 0
    # up to which number the server has said that it stores everything
    seen_n: int = 0
    forgotten: list[str] = field(default_factory=list)


def run(master: Master, rows: Rows, tokens: dict[str, str], seed: int, tally: Tally) -> None:
    """One schedule; raises Violation."""
    chance = random.Random(seed)
    rows.clear()
    hands = [_hand(user, device, tokens[device], chance) for user, device in PHONES]
    shared = [new_id() for _ in range(3)]
    threads = [threading.Thread(target=_work, args=(master, hand, shared), daemon=True) for hand in hands]
    for thread in threads:
        thread.start()
    tally.kills += _kill_meanwhile(master, chance, hands, threads)
    _heal(master, hands)
    tally.schedules += 1
    tally.steps += sum(hand.steps for hand in hands)
    tally.acknowledged += sum(len(hand.phone.acknowledged()) for hand in hands)
    rows.check([hand.phone for hand in hands], CAI_KHE)
    if forgotten := [what for hand in hands for what in hand.forgotten]:
        raise Violation(f"the server forgot: {forgotten}")


def _kill_meanwhile(
    master: Master, chance: random.Random, hands: Sequence[Hand], threads: Sequence[threading.Thread]
) -> int:
    """Kill a worker, seldom the whole server, each time after it has answered a few times again: a server that is
    killed while it starts proves nothing."""
    kills = seen = 0
    wait_for = chance.randrange(1, 5)
    while any(thread.is_alive() for thread in threads):
        if sum(hand.answers for hand in hands) < seen + wait_for:
            time.sleep(0.002)
            continue
        time.sleep(chance.choice((0, 0.01, 0.05)))
        if chance.random() < 0.4:
            master.kill_all()
            kills += 1
        else:
            kills += master.kill_worker(chance)
        seen, wait_for = sum(hand.answers for hand in hands), chance.randrange(3, 12)
    return kills


def _hand(user: str, device: str, token: str, chance: random.Random) -> Hand:
    own = random.Random(chance.getrandbits(64))
    setup = Setup(device=device, user=user, clock=_now_ms, chance=own, batch_max=own.choice((3, 10, 100)))
    return Hand(ModelPhone(setup), token, own)


def _work(master: Master, hand: Hand, shared: list[str]) -> None:
    for _ in range(STEPS_EACH + hand.chance.randrange(STEPS_MORE)):
        hand.steps += 1
        for _ in range(hand.chance.randrange(4)):
            _save(hand, shared)
        _exchange(master, hand)


def _save(hand: Hand, shared: list[str]) -> None:
    record = hand.chance.choice([*shared, new_id()])
    values: dict[str, Any] = {name: hand.chance.randrange(3) for name in hand.chance.sample(FIELDS, 2)}
    if hand.chance.random() < 0.05:
        values = {"void": hand.chance.choice(["nhầm", None])}
    hand.phone.save([Change(record, "patrol", CAI_KHE, values)], decides=hand.chance.random() < 0.2)


def _exchange(master: Master, hand: Hand) -> bool:
    """One round trip; whether an answer came."""
    body = hand.phone.build_request(_now_ms())
    if body is None:
        time.sleep(0.05)
        return False
    headers = {"Authorization": f"Bearer {hand.token}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", master.port, timeout=ANSWER_S_MAX)
    try:
        connection.request("POST", "/api/v1/sync", body, headers)
        response = connection.getresponse()
        answer = response.read()
    except (OSError, http.client.HTTPException):
        hand.phone.lose_answer(_now_ms())
        return False
    finally:
        connection.close()
    told = {name.title(): value for name, value in response.getheaders()}
    if response.status not in (200, 503):
        raise Violation(f"{response.status}: {answer[:300]!r}")
    if response.status == 200:
        _look_back(hand, json.loads(answer)["device"]["seen_n"])
    hand.phone.apply_answer(response.status, told, answer, _now_ms())
    hand.answers += len(json.loads(body)["operations"]) > 0
    return response.status == 200


def _look_back(hand: Hand, seen_n: int) -> None:
    """No copy was put back: a server that says less than before has lost what it acknowledged, even if the phone
    offers it again (P20) and so mends it."""
    if seen_n < hand.seen_n:
        hand.forgotten.append(f"stored up to {hand.seen_n}, then only to {seen_n}")
    hand.seen_n = seen_n


def _heal(master: Master, hands: list[Hand]) -> None:
    """Everybody sends what is left, and reads until nothing follows."""
    master.ensure()
    deadline = time.monotonic() + HEAL_S_MAX
    calm = 0
    while calm < 3:
        if time.monotonic() > deadline:
            raise Violation(f"not at rest after {HEAL_S_MAX} s: {[len(hand.phone.outbox()) for hand in hands]}")
        answered = [_exchange(master, hand) for hand in hands]
        calm = calm + 1 if all(answered) and not any(hand.phone.outbox() for hand in hands) else 0


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


@contextmanager
def prepared(store: str, broken: str | None = None) -> Iterator[tuple[Master, Rows, dict[str, str]]]:
    """A migrated store with three signed-in phones, and a real server on it."""
    with tempfile.TemporaryDirectory(prefix="diaban-killed-") as folder, _database(store, Path(folder)) as url:
        settings = settings_for(Path(folder), url)
        migrate(settings)
        app = backend.create_app(settings)
        build_world(app)
        tokens = {device: sign_in(app, user, device).token for user, device in PHONES}
        close_connections(app)
        names = {"DIABAN_DATABASE_URL": url, "DIABAN_SECRET_KEY": settings.secret_key, "DIABAN_SCHEDULER": "external"}
        rows = Rows(url)
        environment = server_environment(Path(folder), **names, **({"BROKEN": broken} if broken else {}))
        with Master.running(environment, BROKEN if broken else COMMAND) as master:
            try:
                yield master, rows, tokens
            finally:
                rows.close()


@contextmanager
def _database(store: str, folder: Path) -> Iterator[str]:
    with running_cluster(durable=True) if store == "postgresql" else nullcontext() as cluster:
        yield cluster.create("killed") if cluster else f"sqlite:///{folder}/killed.db"


def campaign(
    store: str, seeds: range, broken: str | None = None, say: Callable[[int, Tally], None] = lambda _seed, _tally: None
) -> Tally:
    """Run schedules one after the other on one server; a failed one is told and the rest go on.

    A broken server's campaign ends with the first failure: it was to be found."""
    tally = Tally()
    began = time.monotonic()
    with prepared(store, broken) as (master, rows, tokens):
        for seed in seeds:
            try:
                run(master, rows, tokens, seed, tally)
            except Violation as violation:
                tally.failures.append(f"seed {seed}: {violation}")
                if broken:
                    break
            say(seed, tally)
    tally.seconds = time.monotonic() - began
    return tally


def _say(seed: int, tally: Tally) -> None:
    told = (
        f"seed {seed}: {tally.kills} kills, {tally.acknowledged:,} acknowledged, {len(tally.failures)} failures so far"
    )
    print(told, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1..20")
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="postgresql")
    parser.add_argument("--broken", choices=("receipt-before-commit",))
    given = parser.parse_args()
    first, _, last = given.seeds.partition("..")
    tally = campaign(given.store, range(int(first), int(last or first) + 1), given.broken, _say)
    print(json.dumps({"store": given.store, "seeds": given.seeds, **{n: getattr(tally, n) for n in tally.__slots__}}))
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
