"""Operations of earlier schemas, read as the present one says it (P7).

The log keeps what was sent; only the reading is lifted. When `schema` in kinds.json grows by one because a kind or a
field changed its name or its meaning, the step from the schema before is added to `LIFTERS` and a fixture of the new
schema to `tests/vectors/schemas/`: a test asks for both. A kind or field that is merely added needs neither."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sync.canonical import Json


@dataclass(frozen=True, slots=True)
class Said:
    """The parts of an operation that a schema gives their meaning."""

    kind: str
    set: Mapping[str, Json]
    prev: Mapping[str, tuple[str, ...]]


# by the schema that an operation names: how the next one says the same
LIFTERS: Final[Mapping[int, Callable[[Said], Said]]] = {}


def lift(said: Said, of_schema: int, schema: int, lifters: Mapping[int, Callable[[Said], Said]] = LIFTERS) -> Said:
    """What was said under `of_schema` in the words of `schema`; of a later schema, left as it is (and held)."""
    for step in range(of_schema, schema):
        said = lifters[step](said)
    return said
