"""What the office does: assignments and devices come and go, backups are taken and put back, the server is updated."""

from collections.abc import Iterator

from tests.simulation import new_version
from tests.simulation.handset import Handset, Page
from tests.simulation.world import World
from tests.simulation.world_rows import PAST
from tests.support.world import CAI_KHE, PHONG_DIEN, QUARTER, id_of


def take_role(world: World) -> str | None:
    """The area is lost, with whatever is in the outbox (A15)."""
    user = world.chance.choice(world.handsets).login.user
    taking = 'UPDATE assignment SET to_on = ? WHERE "user" = ? AND to_on IS NULL'
    world.server.store.run(taking, PAST, id_of(user))
    world.city.changed()
    return f"{user} has no role any more"


def give_role(world: World) -> str | None:
    lost = [user for user in _users(world) if not world.city.grants(user)]
    if not lost:
        return None
    user = world.chance.choice(lost)
    give_back(world, user)
    return f"{user} has the role again"


def give_back(world: World, user: str) -> None:
    giving = 'UPDATE assignment SET to_on = NULL WHERE "user" = ? AND to_on = ?'
    world.server.store.run(giving, id_of(user), PAST)
    for area in [area for area, row in world.city.areas.items() if row.merged_into is not None]:
        moving = 'UPDATE assignment SET area = ? WHERE "user" = ? AND to_on IS NULL AND area = ?'
        world.server.store.run(moving, world.city.successor(area), id_of(user), area)
    world.city.changed()


def transfer(world: World) -> str | None:
    """An officer goes to the other unit."""
    user = world.chance.choice(_users(world))
    roles = dict(world.city.grants(user))
    unit = roles.get("officer", roles.get("commander"))
    if unit is None or any(row.merged_into for row in world.city.areas.values()):
        return None
    unit = PHONG_DIEN if unit == CAI_KHE else CAI_KHE
    world.server.store.run('UPDATE assignment SET area = ? WHERE "user" = ? AND to_on IS NULL', unit, id_of(user))
    world.city.changed()
    return f"{user} goes to {unit[:4]}"


def retire(world: World) -> str | None:
    return _set_state(world, "retired")


def report_lost(world: World) -> str | None:
    return _set_state(world, "lost")


def expire(world: World) -> str | None:
    """Sessions end; phones go on recording (P25)."""
    handset = world.chance.choice(world.handsets)
    device = handset.login.device
    world.server.store.run("UPDATE session SET access_expires_ms = 1 WHERE device = ?", device)
    return f"the session of {handset.name} expires"


def back_up(world: World) -> str | None:
    world.backup = world.server.folder / "backup"
    world.server.back_up(world.backup)
    return "a backup is taken"


def put_backup_back(world: World) -> str | None:
    """Under a new epoch, as `flask restore` does it (A17, P20)."""
    if world.backup is None:
        return back_up(world)
    world.server.restore(world.backup)
    _note_restored(world)
    return "the backup is restored"


def roll_back(world: World) -> str | None:
    """Somebody puts old files in place, and the server does not know: the same epoch, an older history (P17).

    A phone sees it by `seen_n`, which a cloned one may have raised again: then nobody can tell (A18)."""
    if world.backup is None:
        return back_up(world)
    epoch = world.server.store.rows("SELECT epoch FROM server")[0][0]
    world.server.restore(world.backup)
    world.server.store.run("UPDATE server SET epoch = ?", epoch)
    _note_restored(world, is_silent=True)
    return "the store is rolled back under the server"


def move_hamlet(world: World) -> str | None:
    """A quarter becomes part of the other commune, with all that was recorded there (P27)."""
    home = world.city.areas[QUARTER].partition
    units = [unit for unit in world.city.units() if unit != home and world.city.areas[unit].merged_into is None]
    if not units:
        return None
    count = world.server.move_hamlet(QUARTER, units[0])
    _note_moved(world)
    return f"the quarter goes to {units[0][:4]} with {count} records"


def merge_communes(world: World) -> str | None:
    """One commune becomes part of the other; what phones still record for it follows (P27)."""
    if any(row.merged_into for row in world.city.areas.values()):
        return None
    old, new = world.chance.sample((CAI_KHE, PHONG_DIEN), 2)
    count = world.server.merge_communes(old, new)
    _note_moved(world)
    return f"{old[:4]} is merged into {new[:4]} with {count} records"


def update_server(world: World) -> str | None:
    """The server learns what newer phones write (A21)."""
    if world.is_server_new or world.schema == 1:
        return None
    new_version.install()
    world.is_server_new = True
    return "the server is updated"


def count_figures(world: World) -> str | None:
    world.server.drain()
    return "figures are counted"


def _set_state(world: World, state: str) -> str | None:
    """Two phones at least stay in use."""
    devices = {handset.login.device for handset in world.handsets}
    gone = [
        row for row in world.server.store.rows("SELECT id FROM device WHERE state <> 'active'") if row[0] in devices
    ]
    if len(devices) - len(gone) <= 2:
        return None
    handset = world.chance.choice(world.handsets)
    world.server.store.run("UPDATE device SET state = ? WHERE id = ?", state, handset.login.device)
    return f"{handset.name} is marked {state}"


def _note_moved(world: World) -> None:
    world.city.changed()
    world.watch.looked()


def _users(world: World) -> list[str]:
    return sorted({handset.login.user for handset in world.handsets})


def _note_restored(world: World, *, is_silent: bool = False) -> None:
    """What the backup lacks and no phone keeps is gone for good, and nobody promised otherwise (P20)."""
    rows = world.server.store.rows("SELECT device, n, hash FROM operation")
    stored = {(device, n, hashed) for device, n, hashed in rows}
    world.forged &= stored
    world.city.changed()
    kept = {name for handset in world.handsets for name in _kept(handset)}
    for handset in world.handsets:
        for device, n, tag, hashed in handset.phone.acknowledged():
            is_kept = (device, n, tag) in kept and not (is_silent and handset.is_forked)
            if (device, n, hashed) not in stored:
                (world.forgotten if is_kept else world.excused).add((device, n, hashed))
        # an answer on its way tells of what is no longer there
        for page in handset.pages:
            world.forgotten |= _told_on_its_way(handset, page) - stored
    world.watch.restored()


def _told_on_its_way(handset: Handset, page: Page) -> set[tuple[str, int, str | None]]:
    answer = page.flight.answer if page.flight is not None else None
    return {
        (handset.login.device, receipt["n"], receipt["hash"]) for receipt in (answer or {"receipts": []})["receipts"]
    }


def _kept(handset: Handset) -> Iterator[tuple[str, int, str]]:
    device = handset.login.device
    yield from ((device, n, tag) for n, tag in handset.custody)
    yield from ((device, o["n"], o["tag"]) for o in handset.phone.outbox())
