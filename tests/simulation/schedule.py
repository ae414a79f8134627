"""One schedule: forty steps of chance, healing, the oracle. The same seed is the same run."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.simulation import at_once, forging, new_version, office, trouble, work
from tests.simulation.healing import heal
from tests.simulation.oracle import check
from tests.simulation.phone import Factory
from tests.simulation.server import Server
from tests.simulation.world import Options, World, new_world

Step = Callable[[World], str | None]
# how often each is chosen, relative to the others
STEPS: list[tuple[Step, float]] = [
    (work.create, 9), (work.create_child, 5), (work.create_family, 2), (work.edit, 13), (work.edit_same_field, 4),
    (work.say_again, 3), (work.decide, 4), (work.void, 3), (work.restore, 2), (work.use_new_app, 1),
    (trouble.sync, 20), (trouble.sync_through, 3), (trouble.send, 5), (trouble.travel, 7), (trouble.old_request, 4),
    (trouble.crash, 4), (trouble.stumble, 2), (trouble.kill, 3), (trouble.open_tab, 1), (trouble.clone, 0.5),
    (trouble.set_clock, 3), (trouble.step_server_clock, 1), (trouble.pass_time, 4), (trouble.set_sizes, 2),
    (office.take_role, 1.5), (office.give_role, 2), (office.transfer, 0.4), (office.retire, 0.3),
    (office.report_lost, 0.3), (office.expire, 1), (office.back_up, 0.6), (office.put_backup_back, 0.7),
    (office.roll_back, 0.3), (office.update_server, 1), (office.move_hamlet, 0.4), (office.merge_communes, 0.15), (office.count_figures, 1),
    (forging.forge, 2.5), (forging.forge_cycle, 0.4),
    (at_once.overtake, 2), (at_once.at_once, 2), (at_once.read_for_long, 1.5),
]  # fmt: skip
TRIES_MAX = 20
STEP_MS_MAX = 4_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one schedule came to; `failure` is null when everything held."""

    seed: int
    steps: int
    exchanges: int
    receipts: int
    acknowledged: int
    cpu_s: float
    server_cpu_s: float
    failure: str | None
    log: list[str]


def run(
    server: Server,
    seed: int,
    options: Options,
    make: Factory,
    *,
    is_loud: bool = False,
    more: Sequence[tuple[Step, float]] = (),
) -> Outcome:
    """Run one schedule and judge it. `more`: steps that only some phones can take."""
    began = time.process_time()
    spent = server.cpu_s
    world = new_world(server, seed, options, make)
    world.is_loud = is_loud
    failure = None
    try:
        _act(world, [*STEPS, *more])
        heal(world)
        check(world)
    except Exception as error:  # noqa: BLE001 - whatever it is, the seed must be told
        failure = f"{type(error).__name__}: {error}"
    finally:
        world.close()
        if world.is_server_new:
            new_version.remove()
    told = sum(len(handset.phone.acknowledged()) for handset in world.handsets)
    return Outcome(
        seed, world.steps, server.calls, world.watch.receipts, told, time.process_time() - began,
        server.cpu_s - spent, failure, world.log,
    )  # fmt: skip


def _act(world: World, chosen: Sequence[tuple[Step, float]]) -> None:
    steps, weights = zip(*chosen, strict=True)
    for _ in range(world.options.steps):
        world.steps += 1
        world.pass_ms(world.chance.randrange(STEP_MS_MAX))
        for _ in range(TRIES_MAX):
            said = world.chance.choices(steps, weights=weights)[0](world)
            if said is not None:
                world.say(said)
                break
