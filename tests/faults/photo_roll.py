"""Pictures as a phone keeps them after shrinking: 1,600 by 1,200, bare, 100 to 400 kB, no two alike."""

import hashlib
import random
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tests.support.photo import encoded

WIDTH, HEIGHT = 1_600, 1_200
# the app's own first quality
QUALITY = 70
BYTES_MIN, BYTES_MAX = 100_000, 400_000
# finer noise makes larger files: the share of the width that is drawn
GRAIN = (0.008, 0.17)


@dataclass(frozen=True, slots=True)
class RollPhoto:
    """One file."""

    path: Path
    sha256: str
    bytes: int
    width: int = WIDTH
    height: int = HEIGHT


def take_photos(folder: Path, count: int, seed: int) -> list[RollPhoto]:
    """Written into `folder`, a seed for each so that a larger roll begins like a smaller one."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_take(folder / f"{number:04d}.jpg", random.Random(f"{seed}/{number}")) for number in range(count)]


def _take(path: Path, chance: random.Random) -> RollPhoto:
    while not BYTES_MIN <= len(content := _picture(chance)) <= BYTES_MAX:
        pass
    path.write_bytes(content)
    return RollPhoto(path, hashlib.sha256(content).hexdigest(), len(content))


def _picture(chance: random.Random) -> bytes:
    share = chance.uniform(*GRAIN)
    width, height = round(WIDTH * share), round(HEIGHT * share)
    drawn = Image.frombytes("RGB", (width, height), chance.randbytes(width * height * 3))
    return encoded(drawn.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR), quality=QUALITY)
