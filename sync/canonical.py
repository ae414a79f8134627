"""Canonical JSON (P14): RFC 8785 limited to integers, and a reader that keeps what it cannot represent.

Python's own reader is lenient (NaN, duplicate keys, floats); ours is not. A number that the
protocol has no place for (a float, or an integer beyond 2^53-1) is kept as `ForeignNumber` with
its text, so that one such value holds one operation and not the whole batch (P15).
"""

import hashlib
import json
import json.encoder
from collections.abc import Callable, Mapping
from typing import Any, Final

from sync.limits import INTEGER_MAX

Json = Any

# far beyond any value of the protocol (4), far below any stack
DEPTH_MAX: Final = 64
_ESCAPES: Final = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_TRANSLATION: Final = {code: f"\\u{code:04x}" for code in range(0x20)} | {ord(k): v for k, v in _ESCAPES.items()}


class Unreadable(ValueError):
    """The text is not JSON, repeats a key, or names NaN or Infinity."""


class NotCanonical(ValueError):
    """The value has no canonical form: a float, a number out of range, or a lone surrogate."""


class ForeignNumber:
    """A number that the protocol does not have, with its text as sent."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"ForeignNumber({self.text})"


def read(body: bytes) -> Json:
    """The value of a JSON text in UTF-8.

    Raises Unreadable for anything that is not strictly JSON, repeats a key or nests too deep."""
    try:
        return json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_float=ForeignNumber,
            parse_int=_integer,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError) as error:
        raise Unreadable(str(error)[:200]) from None


def write(value: Json) -> str:
    """The canonical text of a value: no spaces, keys by UTF-16 code units, nothing normalised.

    Raises NotCanonical for what has no such form."""
    parts: list[str] = []
    _append(value, parts, DEPTH_MAX)
    text = "".join(parts)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise NotCanonical("lone surrogate") from None
    return text


def rewrite(value: Json) -> str:
    """The same as `write`, several times faster, for what `read` returned and for texts and integers of ours.

    Such a value holds no float, and what it holds instead (`ForeignNumber`) the encoder in C does not know.
    Raises NotCanonical like `write`."""
    try:
        text = _encode(value)
        # two bytes a character: none is outside the basic plane, where both sorts of keys agree (RFC 8785)
        is_basic = len(text.encode("utf-16-le")) == 2 * len(text)
    except (TypeError, ValueError, RecursionError):
        return write(value)
    is_shallow = text.count("{") + text.count("[") < DEPTH_MAX or _is_shallow(value, DEPTH_MAX)
    return text if is_basic and is_shallow else write(value)


def _foreign(value: Json) -> Json:
    raise TypeError(f"no canonical form for {type(value).__name__}")


def _encoder() -> Callable[[Json], str]:
    """The encoder in C, made once: `json.dumps` makes one for each call, which costs as much as the encoding."""
    made = getattr(json.encoder, "c_make_encoder", None)
    if made is None:
        return json.JSONEncoder(
            default=_foreign, ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True,
            separators=(",", ":"),
        ).encode  # fmt: skip
    #            markers, default, quoting, indent, separators, sort_keys, skipkeys, allow_nan
    encode = made(None, _foreign, json.encoder.encode_basestring, None, ":", ",", True, False, False)
    return lambda value: "".join(encode(value, 0))


_encode: Final = _encoder()


def _is_shallow(value: Json, depth: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value
    return depth > 0 and all(_is_shallow(item, depth - 1) for item in inner if isinstance(item, dict | list | tuple))


def digest(text: str | bytes) -> str:
    """SHA-256 (hex) of a canonical text, or of its bytes in UTF-8."""
    return hashlib.sha256(text.encode("utf-8") if isinstance(text, str) else text).hexdigest()


def keep(value: Json) -> str:
    """JSON text of a value that may have no canonical form: foreign numbers and surrogates survive.

    Without recursion: it must also keep what nests deeper than Python's own stack."""
    parts: list[str] = []
    waiting: list[Json] = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, _Text):
            parts.append(item)
        elif isinstance(item, dict):
            waiting += [_Text("}"), *_members(item), _Text("{")]
        elif isinstance(item, list):
            waiting += [_Text("]"), *_separated(item), _Text("[")]
        else:
            parts.append(item.text if isinstance(item, ForeignNumber) else json.dumps(item))
    return "".join(parts)


class _Text(str):
    """A piece of JSON text that is ready."""

    __slots__ = ()


def _members(value: dict[str, Json]) -> list[Json]:
    """Names and values of an object, last first."""
    found: list[Json] = []
    for index, (name, member) in enumerate(reversed(value.items())):
        found += [*([_Text(",")] if index else []), member, _Text(f"{json.dumps(name)}:")]
    return found


def _separated(value: list[Json]) -> list[Json]:
    """Items of a list, last first."""
    found: list[Json] = []
    for index, item in enumerate(reversed(value)):
        found += [*([_Text(",")] if index else []), item]
    return found


def is_integer(value: object) -> bool:
    """Whether a value is an integer of the protocol; `True` is not one."""
    return type(value) is int and -INTEGER_MAX <= value <= INTEGER_MAX


def _append(value: Json, parts: list[str], depth: int) -> None:
    if depth < 0:
        raise NotCanonical("nested too deep")
    if isinstance(value, str):
        parts.append(_quote(value))
    elif value is None or isinstance(value, bool):
        parts.append("null" if value is None else "true" if value else "false")
    elif isinstance(value, int):
        if not -INTEGER_MAX <= value <= INTEGER_MAX:
            raise NotCanonical("integer out of range")
        parts.append(str(value))
    elif isinstance(value, Mapping):
        _append_object(value, parts, depth - 1)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            parts.append("," if index else "[")
            _append(item, parts, depth - 1)
        parts.append("]" if value else "[]")
    else:
        raise NotCanonical(f"no canonical form for {type(value).__name__}")


def _append_object(value: Mapping[str, Json], parts: list[str], depth: int) -> None:
    keys = sorted(value, key=utf16_key)
    for index, key in enumerate(keys):
        parts.append("," if index else "{")
        parts.append(_quote(key))
        parts.append(":")
        _append(value[key], parts, depth)
    parts.append("}" if keys else "{}")


def utf16_key(text: str) -> bytes:
    """Sort key by UTF-16 code units, as JavaScript sorts: U+1F600 comes before U+FF5E."""
    return text.encode("utf-16-be", "surrogatepass")


def _quote(text: str) -> str:
    return f'"{text.translate(_TRANSLATION)}"'


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable("duplicate key")
    return found


def _integer(text: str) -> int | ForeignNumber:
    # 17 characters hold every integer of the protocol with its sign; a longer one need not be computed
    if len(text) > 17:
        return ForeignNumber(text)
    value = int(text)
    return value if is_integer(value) else ForeignNumber(text)


def _refuse_constant(name: str) -> None:
    raise Unreadable(f"{name} is not JSON")
