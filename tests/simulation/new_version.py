"""The server's next version: it knows a field and a kind that newer phones write already, and schema 2."""

import dataclasses
from collections.abc import Callable
from types import ModuleType
from typing import cast

import backend.services.release
import sync.kinds
import sync.operation
from sync.kinds import KINDS, Field
from sync.lift import LIFTERS, Said
from tests.simulation.work import NEW_FIELD, NEW_KIND

# modules that hold the number of the newest schema
SCHEMA_HOLDERS: tuple[ModuleType, ...] = (sync.kinds, sync.operation, backend.services.release)
OLD, NEW = 1, 2


def install() -> None:
    """What a deployment of the next version changes."""
    patrol, field = KINDS["patrol"], KINDS["patrol"].fields
    field[NEW_FIELD] = Field(NEW_FIELD, "text", "Mood", "field.mood", {}, lambda value: value in ("good", "bad"))
    height = Field("height_m", "count", "Height", "field.height_m", {}, lambda value: isinstance(value, int))
    KINDS[NEW_KIND] = dataclasses.replace(patrol, name=NEW_KIND, fields={"void": field["void"], "height_m": height})
    _lifters()[OLD] = lambda said: said
    _set_schema(NEW)


def remove() -> None:
    """Back to this version, for the next schedule."""
    KINDS["patrol"].fields.pop(NEW_FIELD, None)
    KINDS.pop(NEW_KIND, None)
    _lifters().pop(OLD, None)
    _set_schema(OLD)


def _lifters() -> dict[int, Callable[[Said], Said]]:
    return cast("dict[int, Callable[[Said], Said]]", LIFTERS)


def _set_schema(number: int) -> None:
    for module in SCHEMA_HOLDERS:
        if not hasattr(module, "SCHEMA"):
            raise LookupError(f"{module.__name__} holds no SCHEMA")
        vars(module)["SCHEMA"] = number
