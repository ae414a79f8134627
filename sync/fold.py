"""Folding for search: tones and đ do not matter, nor case. The phone's twin runs the same table of cases."""

import unicodedata

_D = str.maketrans({"đ": "d", "Đ": "D"})


def fold(text: str) -> str:
    """`"Đắk  Lắk "` → `"dak lak"`: no marks, đ as d, lower case, single spaces."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c)[0] != "M")
    return " ".join(bare.translate(_D).lower().split())
