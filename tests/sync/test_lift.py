"""Operations of every schema that a phone may still have in its outbox are understood today (P7, A21)."""

import json
from pathlib import Path
from typing import Any

import pytest

from sync.kinds import KINDS, SCHEMA
from sync.lift import LIFTERS, Said, lift
from sync.operation import read_operation

SCHEMAS = Path(__file__).parents[1] / "vectors" / "schemas"
DEVICE = "a" * 16


def operations_of(schema: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((SCHEMAS / f"{schema}.json").read_text(encoding="utf-8"))["operations"]
    return found


def test_each_schema_has_a_fixture_and_each_earlier_one_a_lifter() -> None:
    assert {int(path.stem) for path in SCHEMAS.glob("*.json")} == set(range(1, SCHEMA + 1))
    assert set(LIFTERS) == set(range(1, SCHEMA))


@pytest.mark.parametrize("schema", range(1, SCHEMA + 1))
def test_every_operation_of_a_past_schema_is_accepted_now(schema: int) -> None:
    """A21: the server was updated while they were in an outbox."""
    for operation in operations_of(schema):
        assert read_operation(operation, DEVICE).code is None, operation["kind"]


def test_the_fixture_of_the_present_schema_names_every_kind_and_field() -> None:
    told = {operation["kind"]: set(operation["set"]) for operation in operations_of(SCHEMA)}
    assert told == {name: set(kind.fields) - {"void"} for name, kind in KINDS.items()}


def renamed(said: Said) -> Said:
    def new(names: Any) -> dict[str, Any]:
        return {"route" if name == "path" else name: value for name, value in names.items()}

    return Said(said.kind, new(said.set), new(said.prev))


def doubled(said: Said) -> Said:
    return Said(said.kind, {**said.set, "route": f"{said.set['route']}{said.set['route']}"}, said.prev)


def test_steps_are_taken_one_after_the_other() -> None:
    said = Said("patrol", {"path": "x"}, {"path": ("a.1.b",)})
    lifted = lift(said, 1, 3, {1: renamed, 2: doubled})
    assert lifted == Said("patrol", {"route": "xx"}, {"route": ("a.1.b",)})


def test_an_operation_of_a_later_schema_is_left_as_it_is() -> None:
    said = Said("patrol", {"path": "x"}, {})
    assert lift(said, 9, 1, {}) == said


def test_the_text_that_is_kept_is_the_text_that_was_sent() -> None:
    operation = operations_of(1)[0]
    reading = read_operation(operation, DEVICE)
    assert json.loads(reading.text) == operation
