"""What one schedule does, decided by its seed alone: forms that are filled in, deaths, full storage, networks."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Form = Literal["meeting", "outreach", "patrol"]
FORMS: tuple[Form, ...] = ("meeting", "outreach", "patrol")
# every save of every schedule has a number of its own, which finds it again on the server
NUMBERS_EACH = 24
NUMBER_MAX = 900_000
FULL_SHARE = 0.2

# When the process dies, counted from the moment that comes before it.
Moment = Literal["at rest", "while saving", "at the word", "while syncing", "while opening"]
MOMENTS: dict[Moment, tuple[float, int]] = {
    # its weight, and within how many milliseconds
    "at rest": (2.0, 60),
    "while saving": (4.0, 90),
    "at the word": (3.0, 0),
    "while syncing": (3.0, 500),
    "while opening": (1.0, 500),
}


@dataclass(frozen=True, slots=True)
class Save:
    """One form filled in, with its number in it."""

    form: Form
    number: int


@dataclass(frozen=True, slots=True)
class Death:
    """SIGKILL of the whole browser, so many milliseconds after its moment."""

    moment: Moment
    delay_ms: int


@dataclass(frozen=True, slots=True)
class Life:
    """From one start of the browser to its death, or to the end of the schedule."""

    saves: tuple[Save, ...]
    is_online: bool
    # no space is left from the start of this life until it has been noticed
    is_full: bool
    death: Death | None


@dataclass(frozen=True, slots=True)
class Script:
    """One schedule."""

    seed: int
    lives: tuple[Life, ...]


def write_script(seed: int) -> Script:
    """Two to four lives; the last one ends online, with everything sent."""
    chance = random.Random(seed)
    numbers = iter(range(seed * NUMBERS_EACH % NUMBER_MAX + 1, NUMBER_MAX + NUMBERS_EACH + 1))
    deaths = [_death(chance) for _ in range(chance.choice((1, 2, 2, 3)))]
    full_life = chance.randrange(len(deaths) + 1) if chance.random() < FULL_SHARE else None
    lives = [
        Life(_saves(chance, numbers), chance.random() < 0.25, at == full_life, death)
        for at, death in enumerate([*deaths, None])
    ]
    return Script(seed, tuple(lives))


def _saves(chance: random.Random, numbers: Iterator[int]) -> tuple[Save, ...]:
    return tuple(Save(chance.choice(FORMS), next(numbers)) for _ in range(chance.choice((1, 2, 2, 3, 4))))


def _death(chance: random.Random) -> Death:
    moment = chance.choices(list(MOMENTS), weights=[weight for weight, _ in MOMENTS.values()])[0]
    return Death(moment, chance.randrange(MOMENTS[moment][1] + 1))
