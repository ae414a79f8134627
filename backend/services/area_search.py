"""Finding an area by name: tones and đ may be left out, and old names lead to the new area."""

import re
import unicodedata
from typing import Any, Final

from sqlalchemy import Connection, Select, func, or_, select

from backend.models import Area, FormerName
from backend.services.areas import AnyRow, describe, within
from sync.fold import fold

# enough for the last page anybody turns to; the shortest names come first, so a short query finds whole names
CANDIDATES_MAX: Final = 2_000

# how people shorten the word of a kind; "A" alone is part of names (Xã A Lưới), so that one needs its dot
ABBREVIATIONS: Final = {
    "p": "phường", "x": "xã", "tp": "thành phố", "kv": "khu vực", "kp": "khu phố", "tt": "thị trấn",
    "ttr": "thị trấn", "tx": "thị xã", "q": "quận", "h": "huyện", "a": "ấp",
}  # fmt: skip
# with a dot, or before a number or another word: who types "p" may have only begun
SHORT: Final = re.compile(r"(?<!\w)(?:(ttr|tt|tp|tx|kv|kp|p|x|q|h)(?:\.|(?=\s+\w)|(?=\d))|(a)\.)")

Key = list[Any]


def search(
    connection: Connection, text: str, path: str | None, after: Key | None, limit: int
) -> list[tuple[Key, AnyRow]]:
    """Areas whose own or former name has every word of `text`, best first, each with its place in the order."""
    written = spell_out(text)
    rows = _find(connection, written, path)
    if not rows and (plain := _plain(text)) != written:
        # somebody's name may be what looks like an abbreviation
        written, rows = plain, _find(connection, plain, path)
    former: dict[str, list[str]] = {row.id: [] for row in rows}
    for item in describe(connection, rows):
        former[item["id"]] = item["former_names"]
    ranked = sorted(([*_rank(written, row, former[row.id]), row.folded, row.id], row) for row in rows)
    return [(key, row) for key, row in ranked if after is None or key > after][:limit]


def spell_out(text: str) -> str:
    """What is looked for: "P.Cái Khế, TP Cần Thơ" is "phường cái khế thành phố cần thơ"."""
    spelled = SHORT.sub(lambda found: f"{ABBREVIATIONS[found[1] or found[2]]} ", _plain(text))
    return _plain(re.sub("[.,]", " ", spelled))


def _find(connection: Connection, text: str, path: str | None) -> list[AnyRow]:
    words = fold(text).split()
    return list(connection.execute(_candidates(words, path))) if words else []


def _candidates(words: list[str], path: str | None) -> Select[Any]:
    own = [Area.folded.contains(word, autoescape=True) for word in words]
    old = [FormerName.folded.contains(word, autoescape=True) for word in words]
    query = select(*Area.__table__.columns)
    query = query.where(or_(_all(own), Area.id.in_(select(FormerName.area).where(*old))))
    query = within(query, path) if path else query
    return query.order_by(func.length(Area.folded), Area.folded, Area.id).limit(CANDIDATES_MAX)


def _all(conditions: list[Any]) -> Any:
    first, *rest = conditions
    for condition in rest:
        first = first & condition
    return first


def _rank(text: str, row: AnyRow, former: list[str]) -> tuple[int, int, int]:
    """Right tones before left-out ones, own names before former ones; then how much of the name was given."""
    exact, folded = _plain(text), fold(text)
    if exact in _plain(row.full_name):
        place = 0
    elif any(exact in _plain(name) for name in former):
        place = 1
    else:
        place = 2 if folded in row.folded else 3
    names = (fold(row.name), row.folded)
    closeness = 0 if folded in names else 1 if any(name.startswith(folded) for name in names) else 2
    return place, closeness, row.path.count("/")


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text.lower()).split())
