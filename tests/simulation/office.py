"""What the office does: assignments and devices come and go, backups are taken and put back, the server is updated."""

from collections.abc import Iterator

from tests.simulation import new_version
from tests.simulation.handset import Handset
from tests.simulation.world import World
from tests.simulation.world_rows import HOMES, PAST, grant_of
from tests.support.world import CAI_KHE, PHONG_DIEN, id_of


def take_role(world: World) -> str | None:
    """The area is lost, with whatever is in the outbox (A15)."""
    user = world.chance.choice(world.handsets).login.user
    world.server.store.run('UPDATE assignment SET to_on = ? WHERE "user" = ?', PAST, id_of(user))
    return f"{user} has no role any more"


def give_role(world: World) -> str | None:
    lost = [user for user in _users(world) if grant_of(world.server, user) is None]
    if not lost:
        return None
    user = world.chance.choice(lost)
    give_back(world, user)
    return f"{user} has the role again"


def give_back(world: World, user: str) -> None:
    world.server.store.run('UPDATE assignment SET to_on = NULL WHERE "user" = ?', id_of(user))


def transfer(world: World) -> str | None:
    """An officer goes to the other unit."""
    user = world.chance.choice(_users(world))
    grant = grant_of(world.server, user)
    if grant is None or grant[0] not in ("officer", "commander"):
        return None
    unit = PHONG_DIEN if HOMES[grant[1]] == CAI_KHE else CAI_KHE
    world.server.store.run('UPDATE assignment SET area = ? WHERE "user" = ?', unit, id_of(user))
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


def _users(world: World) -> list[str]:
    return sorted({handset.login.user for handset in world.handsets})


def _note_restored(world: World, *, is_silent: bool = False) -> None:
    """What the backup lacks and no phone keeps is gone for good, and nobody promised otherwise (P20)."""
    rows = world.server.store.rows("SELECT device, n, hash FROM operation")
    stored = {(device, n, hashed) for device, n, hashed in rows}
    world.forged &= stored
    kept = {name for handset in world.handsets for name in _kept(handset)}
    for handset in world.handsets:
        for device, n, tag, hashed in handset.phone.acknowledged():
            is_kept = (device, n, tag) in kept and not (is_silent and handset.is_forked)
            if (device, n, hashed) not in stored:
                (world.forgotten if is_kept else world.excused).add((device, n, hashed))
    world.watch.restored()


def _kept(handset: Handset) -> Iterator[tuple[str, int, str]]:
    device = handset.login.device
    yield from ((device, n, tag) for n, tag in handset.custody)
    yield from ((device, o["n"], o["tag"]) for o in handset.phone.outbox())
