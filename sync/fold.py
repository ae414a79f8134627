"""Folding for search: tones, accents, đ, case and spacing do not count ("Ấp  Đông" is found by "ap dong").

Twin of `frontend/src/sync/core/fold.ts`; `tests/vectors/fold.json` binds both. Used to search and to compare
names, never to change what somebody wrote."""

import unicodedata


def fold(text: str) -> str:
    """The text in lower case without marks, đ as d, each run of space as one, none at the ends."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.category(c).startswith("M"))
    return " ".join(bare.replace("đ", "d").replace("Đ", "d").lower().split())
