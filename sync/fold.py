"""Folding for search: tones, accents, đ, case and spacing do not count ("Ấp  Đông" is found by "ap dong").

Twin of `frontend/src/sync/core/fold.ts`; `tests/vectors/fold.json` binds both. Used to search and to compare
names, never to change what somebody wrote."""

import unicodedata
from typing import Final

# the last of the Latin letters with marks (U+1EFF) and of general punctuation
REMEMBERED_MAX: Final = 0x20FF


class _Bare(dict[int, str]):
    """What each character leaves behind, found once for those of the scripts in use here."""

    def __missing__(self, code: int) -> str:
        decomposed = unicodedata.normalize("NFD", chr(code))
        bare = "".join(c for c in decomposed if not unicodedata.category(c).startswith("M"))
        bare = bare.replace("đ", "d").replace("Đ", "d")
        if code <= REMEMBERED_MAX:
            self[code] = bare
        return bare


_BARE: Final = _Bare()


def fold(text: str) -> str:
    """The text in lower case without marks, đ as d, each run of space as one, none at the ends."""
    return " ".join(text.translate(_BARE).lower().split())
