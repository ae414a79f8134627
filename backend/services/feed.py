"""The feed: what a scope's officers wrote, newest first; and what changed since a caller last looked.

`newest` is the counters of the scope's partitions: a change takes the next `seq` of its partition and commits in
that order (P16), so whatever is missing from an answer has a greater `seq` and comes with the next one.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, select

from backend.errors import ProblemError
from backend.models import Area, Counter, Departure, Record, Server
from backend.services.access import FEED_ROLES, Actor
from backend.services.keyset import decode_place, encode_place, newest_records
from backend.services.scope import Scope, find_scope
from backend.services.showing import show_records
from sync.fold import fold
from sync.kinds import KINDS

WORDS_MAX: Final = 8


@dataclass(frozen=True, slots=True)
class Filter:
    """Which records are listed; null = all."""

    area: str | None = None
    kind: str | None = None
    author: str | None = None
    campaign: str | None = None
    from_on: str | None = None
    to_on: str | None = None
    words: tuple[str, ...] = ()
    with_void: bool = False


@dataclass(frozen=True, slots=True)
class Feed:
    """A scope with its counters, read before anything else is."""

    scope: Scope
    counters: dict[str, int]
    epoch: str

    @property
    def newest(self) -> str:
        return encode_vector(self, self.counters)


def read_filter(arguments: dict[str, Any]) -> Filter:
    """The filter of a request's parameters. Raises `parameter-invalid`."""
    kind = arguments.get("kind")
    if kind is not None and kind not in KINDS:
        raise ProblemError("parameter-invalid", params={"name": "kind"})
    ids = {name: str(arguments[name]) for name in ("area", "author", "campaign") if name in arguments}
    days = {
        name: arguments[key].isoformat() for name, key in (("from_on", "from_"), ("to_on", "to")) if key in arguments
    }
    if days.get("from_on", "") > days.get("to_on", "~"):
        raise ProblemError("parameter-invalid", params={"name": "from"})
    words = tuple(fold(arguments.get("q", "")).split())[:WORDS_MAX]
    return Filter(kind=kind, words=words, with_void=arguments.get("void", False), **ids, **days)


def open_feed(connection: Connection, actor: Actor, area: str | None) -> Feed:
    """The feed of an area. Raises `role-not-allowed`, `not-found`."""
    scope = find_scope(connection, actor, FEED_ROLES, area)
    counters = dict.fromkeys(scope.partitions, 0)
    query = select(Counter.partition, Counter.seq).where(Counter.partition.in_(scope.partitions))
    counters |= dict(connection.execute(query).all())
    return Feed(scope, counters, str(connection.execute(select(Server.epoch)).scalar()))


def feed_tag(feed: Feed, question: str, language: str) -> str:
    """An ETag that changes with every change in the scope; `question` is the request's parameters."""
    return hashlib.sha256(orjson.dumps([feed.newest, feed.scope.path, question, language])).hexdigest()[:32]


def read_older(connection: Connection, feed: Feed, chosen: Filter, before: str | None, limit: int) -> dict[str, Any]:
    """Records by (created, id) descending, below `before`."""
    place = decode_place(before, (int, str), "before") if before else None
    below = (place[0], place[1]) if place else None
    keys = newest_records(connection, feed.scope.partitions, _where(feed.scope, chosen), limit + 1, below=below)
    page = keys[:limit]
    items = show_records(connection, [key.id for key in page], with_void=chosen.with_void)
    following = encode_place((page[-1].created_ms, page[-1].id)) if len(keys) > limit else None
    return {"items": items, "next": following, "newest": feed.newest}


def read_since(connection: Connection, feed: Feed, chosen: Filter, after: str, limit: int) -> dict[str, Any]:
    """What was created or changed since `after`; `gone` are those that no longer match, or moved away.

    Ascending by change (`seq`) within each unit, on a page and over pages; units have no common order, so they come
    one after another. A changed child, photo or review brings its parent again, at the first of these changes.
    `next` is null when nothing was left out."""
    seen = decode_vector(feed, after)
    changes = _changes(connection, feed, seen, limit + 1)
    taken, is_whole = changes[:limit], len(changes) <= limit
    reached = dict(feed.counters) if is_whole else dict(seen)
    for change in taken:
        reached[change.partition] = max(reached[change.partition], change.seq)
    ids = _listed(connection, feed.scope, chosen, taken)
    items = show_records(connection, ids, with_void=chosen.with_void)
    gone = sorted({_root(change, chosen) for change in taken} - set(ids))
    newest = encode_vector(feed, reached)
    return {"items": items, "next": None if is_whole else newest, "newest": newest, "gone": gone}


def encode_vector(feed: Feed, counters: dict[str, int]) -> str:
    """Counters as short opaque text: a city has a hundred of them, and an address at most 4,000 characters."""
    mark = hashlib.sha256(orjson.dumps([feed.epoch, feed.scope.id, *feed.scope.partitions])).hexdigest()[:12]
    numbers = ".".join(_in_36(counters[partition]) for partition in feed.scope.partitions)
    return f"{mark}.{numbers}"


def decode_vector(feed: Feed, text: str) -> dict[str, int]:
    """The counters of an opaque text. Raises `parameter-invalid` for another scope's or another history's."""
    _, *numbers = text.split(".")
    invalid = ProblemError("parameter-invalid", params={"name": "after"})
    if not text.isascii() or len(numbers) != len(feed.scope.partitions) or any(len(n) > 11 for n in numbers):
        raise invalid
    try:
        seen = dict(zip(feed.scope.partitions, (int(number, 36) for number in numbers), strict=True))
    except ValueError:
        raise invalid from None
    beyond = any(not 0 <= seen[partition] <= counter for partition, counter in feed.counters.items())
    if beyond or encode_vector(feed, seen) != text:
        raise invalid
    return seen


def _where(scope: Scope, chosen: Filter) -> list[Any]:
    found: list[Any] = []
    if not scope.is_whole:
        inside = select(Area.id).where(Area.path.startswith(scope.path, autoescape=True))
        found.append(Record.area.in_(inside))
    # children are listed by name only; they stand in their parent otherwise
    found.append(Record.kind == chosen.kind if chosen.kind else Record.parent.is_(None))
    if not chosen.with_void:
        found.append(Record.hidden.is_(False))
    equal = ((Record.author, chosen.author), (Record.campaign, chosen.campaign))
    found += [column == value for column, value in equal if value]
    found += [Record.day >= chosen.from_on] if chosen.from_on else []
    found += [Record.day <= chosen.to_on] if chosen.to_on else []
    return found + [Record.search.contains(word, autoescape=True) for word in chosen.words]


def _changes(connection: Connection, feed: Feed, seen: dict[str, int], limit: int) -> list[Row[Any]]:
    """The first changes of each partition after `seen`; per partition by `seq`, so that a cut skips nothing."""
    found: list[Row[Any]] = []
    for partition, counter in feed.counters.items():
        if counter > seen[partition] and len(found) < limit:
            found += _changes_of(connection, partition, seen[partition], counter, limit - len(found))
    return found


def _changes_of(connection: Connection, partition: str, seen: int, counter: int, limit: int) -> list[Row[Any]]:
    records = (
        select(Record.partition, Record.seq, Record.id, Record.parent)
        .where(Record.partition == partition, Record.seq > seen, Record.seq <= counter)
        .order_by(Record.seq)
        .limit(limit)
    )
    moved = (
        select(Departure.partition, Departure.seq, Departure.record.label("id"), Departure.record.label("parent"))
        .where(Departure.partition == partition, Departure.seq > seen, Departure.seq <= counter)
        .order_by(Departure.seq)
        .limit(limit)
    )
    both: list[Any] = [row for query in (records, moved) for row in connection.execute(query)]
    return sorted(both, key=lambda row: row.seq)[:limit]


def _root(change: Row[Any], chosen: Filter) -> str:
    """The id under which a change is listed."""
    is_child_list = chosen.kind is not None and KINDS[chosen.kind].child
    return str(change.id if is_child_list or change.parent is None else change.parent)


def _listed(connection: Connection, scope: Scope, chosen: Filter, changes: Sequence[Row[Any]]) -> list[str]:
    """Ids that the filter lists, of the changed records and of those that a changed child stands in; in order."""
    order: dict[str, int] = {}
    parents = _parents(connection, {name for change in changes for name in (change.id, change.parent) if name})
    for change in changes:
        for name in (change.id, change.parent, parents.get(change.id), parents.get(change.parent)):
            if name:
                order.setdefault(name, len(order))
    if not order:
        return []
    query = select(Record.id).where(
        Record.id.in_(sorted(order)), Record.partition.in_(scope.partitions), *_where(scope, chosen)
    )
    return sorted(connection.execute(query).scalars(), key=order.__getitem__)


def _parents(connection: Connection, children: set[str]) -> dict[str, str]:
    """A photo of an incident of a patrol changes the patrol as it is listed."""
    query = select(Record.id, Record.parent).where(Record.id.in_(sorted(children)), Record.parent.is_not(None))
    return {row.id: row.parent for row in connection.execute(query)}


def _in_36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits or "0"
