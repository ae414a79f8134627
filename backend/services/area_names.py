"""What may be the name of an area, and how names are written and put together."""

import re
import unicodedata
from typing import Final

from sync.fold import fold

NAME_CHARACTERS_MAX: Final = 180
TYPE_WORD_CHARACTERS_MAX: Final = 40
# letters and marks that nothing is seen of, though Python calls them printable
UNSEEN: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def name_of(text: str, characters_max: int = NAME_CHARACTERS_MAX) -> str | None:
    """A name as it is stored, or None for a text that is none.

    None: blank, too long (also folded, as it is searched by), or with a character that nobody can see."""
    name = tidy_name(text)
    folded = fold(name)
    is_seen = all(map(_is_seen, unicodedata.normalize("NFC", text).strip())) and not UNSEEN.search(name)
    return name if folded and is_seen and max(len(name), len(folded)) <= characters_max else None


def tidy_name(text: str) -> str:
    """NFC, single spaces, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def full_name(type_word: str, name: str) -> str:
    """ "Khu vực" and "1" make "Khu vực 1"; a name that already begins with the word is left as it is."""
    return name if name.lower().startswith(f"{type_word} ".lower()) else f"{type_word} {name}".strip()


def _is_seen(character: str) -> bool:
    # a space of another width is written as a plain one; a tab or a line's end within a name is a mistake
    return character.isprintable() or unicodedata.category(character) == "Zs"
