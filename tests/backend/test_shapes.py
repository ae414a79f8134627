"""What the reading routes answer is what the contract describes, member by member."""

from collections.abc import Iterator
from typing import Any

import pytest
from marshmallow import RAISE, Schema, ValidationError

from backend.config import Settings
from backend.schemas.conflicts import ConflictsSchema
from backend.schemas.feed import FeedSchema
from backend.schemas.figures import FiguresSchema
from backend.schemas.held import HeldSchema
from backend.schemas.record import HistorySchema, OwnRecordSchema
from tests.support.phone import new_id
from tests.support.reading import Desk, at, open_desk
from tests.support.world import CAI_KHE, QUARTER

YEAR = {"from_": "2026-01-01", "to": "2026-11-23"}


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings, at("2026-11-23", 20)) as opened:
        yield opened


def _faults(schema: Schema, answer: Any) -> Any:
    try:
        schema.load(answer, unknown=RAISE)
    except ValidationError as error:
        return error.messages
    return {}


def test_answers_have_the_described_shape(desk: Desk) -> None:
    patrol = desk.write("an", "patrol", {"officers": 1, "place": QUARTER, "started_at": at("2026-02-03")})
    seen = desk.heads("an", patrol)
    desk.write("an", "patrol", {"officers": 2}, record=patrol, prev=seen)
    desk.write("binh", "patrol", {"officers": 3}, record=patrol, prev=seen)
    incident = desk.write("an", "incident", {"parent": patrol, "cases": 1})
    desk.write("an", "photo", {"parent": incident})
    desk.write("chi", "review", {"parent": patrol, "verdict": "returned"})
    phone = desk.phone("an")
    phone.sync([phone.operation(record, "patrol", CAI_KHE, {"officers": "?"}) for record in (patrol, new_id())])
    desk.drain()
    newest = desk.ask("chi", "/feed")["newest"]
    asked: list[tuple[Schema, str, dict[str, str]]] = [
        (FeedSchema(), "/feed", {}),
        (FeedSchema(), "/feed", {"after": newest}),
        (OwnRecordSchema(), f"/records/{patrol}", {}),
        (HistorySchema(), f"/records/{patrol}/history", {}),
        (ConflictsSchema(), "/conflicts", {}),
        (HeldSchema(), "/held", {}),
        (FiguresSchema(), "/figures", YEAR | {"by": "area,month", "compare": "previous,last_year,cumulative"}),
    ]
    for schema, path, arguments in asked:
        for user in ("an", "chi"):
            answer = desk.ask(user, path, **arguments)
            assert _faults(schema, answer) == {}, path
            assert answer.get("items", answer.get("rows", [1])) or "after" in arguments


def test_the_contract_describes_them(desk: Desk) -> None:
    paths = desk.ask("an", "/openapi.json")["paths"]
    assert {
        "/api/v1/feed", "/api/v1/figures", "/api/v1/conflicts", "/api/v1/held", "/api/v1/records/{record}",
        "/api/v1/records/{record}/history",
    } <= set(paths)  # fmt: skip
