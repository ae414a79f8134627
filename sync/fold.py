"""Folding for search: tones, accents, đ, case and runs of space do not count ("Ấp Đông" is found by "ap dong").

Twin of `frontend/src/sync/core/fold.ts`; `tests/vectors/fold.json` binds both. Used to search and to compare
names, never to change what somebody wrote."""

import re
import unicodedata
from typing import Final

# what JavaScript's \s holds, so that both sides cut alike (Python's \s also has U+001C to U+001F and U+0085)
_SPACES: Final = re.compile("[\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+")


def fold(text: str) -> str:
    """The text in lower case without marks, đ as d, each run of space as one, none at the ends."""
    letters = (char for char in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(char)[0] != "M")
    return _SPACES.sub(" ", "".join(letters).replace("đ", "d")).strip(" ")
