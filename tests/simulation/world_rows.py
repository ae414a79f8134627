"""The simulated city as its rows say it: who may see and write what, read without the application's policy."""

import datetime as dt
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.simulation.server import Server
from tests.support.sources import ROOT
from tests.support.world import CITY, id_of

KINDS: dict[str, dict[str, Any]] = json.loads(Path(ROOT / "sync/kinds.json").read_text("utf-8"))["kinds"]
UNIT_KINDS = ("commune", "ward", "special")
UNIT_ROLES = ("officer", "team_member", "commander")
# the last day of a role that was taken away
PAST = "2020-01-01"
HANOI_MS = 7 * 3_600_000
AREAS = "SELECT id, kind, partition, merged_into FROM area"
GRANTS = 'SELECT "user", role, area, from_on, to_on FROM assignment'


@dataclass(frozen=True, slots=True)
class Area:
    kind: str
    partition: str
    merged_into: str | None


@dataclass(slots=True)
class City:
    """Areas and assignments, read once and again after each change that the simulation makes."""

    server: Server
    _areas: dict[str, Area] = field(default_factory=dict)
    _grants: list[tuple[str, str, str, str | None, str | None]] = field(default_factory=list)

    def changed(self) -> None:
        self._areas.clear()

    @property
    def areas(self) -> dict[str, Area]:
        if not self._areas:
            self._areas = {area: Area(*rest) for area, *rest in self.server.store.rows(AREAS)}
            self._grants = [(user, role, area, *days) for user, role, area, *days in self.server.store.rows(GRANTS)]
        return self._areas

    def homes(self) -> dict[str, str]:
        """The partition of every area."""
        return {area: row.partition for area, row in self.areas.items()}

    def successor(self, partition: str) -> str:
        """What became of a unit that was merged into another."""
        while (into := self.areas[partition].merged_into) is not None:
            partition = into
        return partition

    def units(self) -> list[str]:
        return sorted(area for area, row in self.areas.items() if row.kind in UNIT_KINDS)

    def grants(self, user: str) -> list[tuple[str, str]]:
        """Roles in force today, with the partition of their area."""
        areas, today, user_id = self.areas, _day(self.server.time.server_ms()), id_of(user)
        return [
            (role, areas[area].partition)
            for of, role, area, since, until in self._grants
            if of == user_id and (since or today) <= today <= (until or today)
        ]

    def allowed(self, user: str) -> dict[str, str]:
        """Access by partition, by the words of P19 and of the roles."""
        found: dict[str, str] = {}
        for role, unit in self.grants(user):
            if role in UNIT_ROLES:
                found |= {unit: "write", CITY: found.get(CITY, "read")}
            elif role != "admin":
                access = "write" if role == "coordinator" else "read"
                found |= dict.fromkeys((CITY, *self.units()), access)
        # what was merged away is read only: what is recorded for it goes to its successor (P27)
        return {unit: "read" if self.areas[unit].merged_into else access for unit, access in found.items()}

    def may_write(self, user: str, kind: str, partition: str) -> bool:
        """P28."""
        if kind not in KINDS or self.allowed(user).get(partition) != "write":
            return False
        return any(role in KINDS[kind]["writers"] for role, _ in self.grants(user))


def _day(ms: int) -> str:
    return dt.datetime.fromtimestamp((ms + HANOI_MS) / 1_000, dt.UTC).date().isoformat()
