"""The simulated city as its rows say it: who may see and write what, read without the application's policy."""

import json
from pathlib import Path
from typing import Any

from tests.simulation.server import Server
from tests.support.sources import ROOT
from tests.support.world import AREAS, CAI_KHE, CITY, PHONG_DIEN, id_of

KINDS: dict[str, dict[str, Any]] = json.loads(Path(ROOT / "sync/kinds.json").read_text("utf-8"))["kinds"]
HOMES = {area: partition for area, _, _, _, _, _, partition in AREAS}
UNITS = (CAI_KHE, PHONG_DIEN)
UNIT_ROLES = ("officer", "team_member", "commander")
PAST = "2020-01-01"


def grant_of(server: Server, user: str) -> tuple[str, str] | None:
    """Role and area of a user now, or null."""
    rows = server.store.rows('SELECT role, area, to_on FROM assignment WHERE "user" = ?', id_of(user))
    role, area, to_on = rows[0]
    return None if to_on is not None else (role, area)


def allowed_partitions(server: Server, user: str) -> dict[str, str]:
    """Access by partition, by the words of P19 and of the roles."""
    grant = grant_of(server, user)
    if grant is None or grant[0] == "admin":
        return {}
    role, area = grant
    if role in UNIT_ROLES:
        return {HOMES[area]: "write", CITY: "read"}
    return dict.fromkeys((CITY, *UNITS), "write" if role == "coordinator" else "read")


def may_write(server: Server, user: str, kind: str, partition: str) -> bool:
    """P28."""
    grant = grant_of(server, user)
    if grant is None or kind not in KINDS:
        return False
    return allowed_partitions(server, user).get(partition) == "write" and grant[0] in KINDS[kind]["writers"]
