"""Who has reported: activity, a submission, or every phone heard since; "not reported" is not 0."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, select

from backend.models import Area, Assignment, Device, Record, User
from backend.services.access import UNIT_ROLES
from backend.services.scope import Scope
from backend.services.tallies import Tallies
from sync import periods
from sync.days import DAY_MS
from sync.figures import shown
from sync.periods import Span

Phones = dict[str, tuple[int | None, int]]


@dataclass(frozen=True, slots=True)
class Reporting:
    """Per unit: the spans that were submitted, and of each active phone the last sync (null = never) and outbox.

    `heard_ms` is since when all phones of a unit have been heard; a unit is absent while one never was."""

    submitted: dict[str, list[Span]]
    phones: dict[str, Phones]
    heard_ms: dict[str, int]

    def is_reported(self, units: Iterable[str], span: Span, tallies: Tallies) -> bool:
        """Whether at least one of the units has reported for a span."""
        return any(self._has_reported(unit, span, tallies) for unit in units)

    def _has_reported(self, unit: str, span: Span, tallies: Tallies) -> bool:
        if tallies.is_active(unit, span) or any(done.covers(span) for done in self.submitted.get(unit, ())):
            return True
        heard_ms = self.heard_ms.get(unit)
        return heard_ms is not None and heard_ms >= periods.end_ms(span)

    def completeness(self, span: Span, as_of_ms: int) -> dict[str, int]:
        """How much of the scope's phones the figures can contain."""
        since_ms = min(periods.end_ms(span), as_of_ms - DAY_MS)
        phones = {device: heard for of_unit in self.phones.values() for device, heard in of_unit.items()}
        return {
            "devices": len(phones),
            "synced": sum(last is not None and last >= since_ms for last, _ in phones.values()),
            "waiting_operations": sum(holds for _, holds in phones.values()),
        }


def read_reporting(connection: Connection, scope: Scope, first_ms: int, today: str) -> Reporting:
    """What is known of the scope's units; submissions are made after their period began, at `first_ms` or later."""
    return _reporting(_submissions(connection, scope, first_ms), _phones(connection, scope, today))


def read_own_reporting(connection: Connection, scope: Scope, user: str) -> Reporting:
    """What is known of one member of a unit: the own phones; nobody submits for a person."""
    query = select(Device.id, Device.last_sync_ms, Device.holds).where(Device.user == user, Device.state == "active")
    own = {row.id: (row.last_sync_ms, row.holds) for row in connection.execute(query)}
    return _reporting({}, dict.fromkeys(scope.partitions, own))


def _reporting(submitted: dict[str, list[Span]], phones: dict[str, Phones]) -> Reporting:
    heard_ms = {}
    for unit, of_unit in phones.items():
        heard = [last for last, _ in of_unit.values() if last is not None]
        if heard and len(heard) == len(of_unit):
            heard_ms[unit] = min(heard)
    return Reporting(submitted, phones, heard_ms)


def _submissions(connection: Connection, scope: Scope, first_ms: int) -> dict[str, list[Span]]:
    query = (
        select(Record.partition, Record.wire)
        .where(Record.partition.in_(scope.partitions), Record.kind == "submission", Record.hidden.is_(False))
        .where(Record.created_ms >= first_ms)
        .order_by(Record.changed_ms, Record.id)
    )
    states: dict[str, dict[str | None, str | None]] = defaultdict(dict)
    for row in connection.execute(query):
        wire = orjson.loads(row.wire)
        states[row.partition][shown(wire, "period")] = shown(wire, "state")
    return {unit: _submitted_spans(by_period) for unit, by_period in states.items()}


def _submitted_spans(by_period: dict[str | None, str | None]) -> list[Span]:
    spans = []
    for text, state in by_period.items():
        if text is not None and state in ("submitted", "nothing_occurred"):
            try:
                spans.append(periods.parse(text).span)
            except ValueError:
                # a form cannot make it: `2026-W53` has the shape of a period and names none
                continue
    return spans


def _phones(connection: Connection, scope: Scope, today: str) -> dict[str, Phones]:
    query = (
        select(Area.partition, Device.id, Device.last_sync_ms, Device.holds)
        .join(Assignment, Assignment.area == Area.id)
        .join(User, User.id == Assignment.user)
        .join(Device, Device.user == User.id)
        .where(Area.partition.in_(scope.partitions), Assignment.role.in_(UNIT_ROLES))
        .where(Device.state == "active", User.disabled_ms.is_(None), *_in_force(today))
    )
    phones: dict[str, Phones] = defaultdict(dict)
    for row in connection.execute(query):
        phones[row.partition][row.id] = (row.last_sync_ms, row.holds)
    return phones


def _in_force(today: str) -> tuple[Any, Any]:
    began = Assignment.from_on.is_(None) | (Assignment.from_on <= today)
    return began, Assignment.to_on.is_(None) | (Assignment.to_on >= today)
