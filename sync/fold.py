"""Folding for search: tones, accents, đ, case and spacing do not count ("Ấp  Đông" is found by "ap dong").

Twin of `frontend/src/sync/core/fold.ts`; `tests/vectors/fold.json` binds both. Used to search and to compare
names, never to change what somebody wrote."""

import unicodedata
from functools import lru_cache
from typing import Final

# Vietnamese writes its few thousand syllables apart: nearly every word was folded before
REMEMBERED_WORDS: Final = 16_384
REMEMBERED_LETTERS_MAX: Final = 24


def fold(text: str) -> str:
    """The text in lower case without marks, đ as d, each run of space as one, none at the ends."""
    words = text.split()
    folded = [_remembered(word) if len(word) <= REMEMBERED_LETTERS_MAX else _bare(word) for word in words]
    return " ".join(filter(None, folded))


@lru_cache(maxsize=REMEMBERED_WORDS)
def _remembered(word: str) -> str:
    return _bare(word)


def _bare(word: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.category(c).startswith("M"))
    return bare.replace("đ", "d").replace("Đ", "d").lower()
