"""Where, when and for what records count: their own values, else their parent's own (`sync.record.placement_of`)."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from sqlalchemy import Connection, Row, select

from backend.models import Area, Record
from sync.canonical import Json
from sync.record import Own, Placement, own_of, placement_of

# what children take from their parent
INHERITED = ("started_at", "place", "campaign", "void")


class Placed(Protocol):
    """What this module asks of a record on its way to its row."""

    id: str

    @property
    def partition(self) -> str: ...
    @property
    def parent(self) -> str | None: ...
    @property
    def created_ms(self) -> int | None: ...
    @property
    def values(self) -> dict[str, Json]: ...
    @property
    def before(self) -> Row[Any] | None: ...
    def value_before(self, field: str) -> Json: ...


class Parents:
    """The own values of the parents of some records, and the areas that they name; read in two statements."""

    def __init__(self, connection: Connection, drafts: Mapping[str, Placed], now_ms: int) -> None:
        stored = [(row, json.loads(row.wire)["fields"]) for row in _stored_parents(connection, drafts)]
        named = [draft.values.get("place") for draft in drafts.values()]
        named += [_shown(fields, "place") for _, fields in stored]
        self._areas = _partitions_of(connection, {place for place in named if place})
        self._now_ms = now_ms
        self._own = {draft.id: (draft.partition, self._own_of(draft)) for draft in drafts.values()}
        for row, fields in stored:
            values = {name: _shown(fields, name) for name in INHERITED}
            is_known = self._is_known(values, row.partition)
            self._own[row.id] = row.partition, own_of(values, row.created_ms, place_is_known=is_known)

    def place(self, draft: Placed) -> tuple[Placement, bool]:
        """Its placement, and whether it names a parent that is not there (or not in its partition)."""
        partition, above = self._own.get(draft.parent or "", (None, None))
        if partition != draft.partition:
            above = None
        is_orphan = draft.parent is not None and above is None
        return placement_of(self._own[draft.id][1], draft.partition, above), is_orphan

    def _own_of(self, draft: Placed) -> Own:
        created_ms = draft.created_ms if draft.created_ms is not None else self._now_ms
        return own_of(draft.values, created_ms, place_is_known=self._is_known(draft.values, draft.partition))

    def _is_known(self, values: Mapping[str, Json], partition: str) -> bool:
        place = values.get("place")
        return place is not None and self._areas.get(place) == partition


def concerns_children(draft: Placed) -> bool:
    """Whether children must be placed again: the record is new to them, or what they take from it changed."""
    return draft.before is None or any(draft.values.get(name) != draft.value_before(name) for name in INHERITED)


def _stored_parents(connection: Connection, drafts: Mapping[str, Placed]) -> list[Row[Any]]:
    wanted = {draft.parent for draft in drafts.values() if draft.parent and draft.parent not in drafts}
    if not wanted:
        return []
    columns = select(Record.id, Record.partition, Record.created_ms, Record.wire)
    return list(connection.execute(columns.where(Record.id.in_(sorted(wanted)))))


def _partitions_of(connection: Connection, areas: Iterable[str]) -> dict[str, str]:
    wanted = sorted(areas)
    if not wanted:
        return {}
    rows = connection.execute(select(Area.id, Area.partition).where(Area.id.in_(wanted)))
    return {row.id: row.partition for row in rows}


def _shown(fields: dict[str, Json], name: str) -> Json:
    return fields.get(name, [None])[0]
