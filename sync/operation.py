"""Reading one operation (P1, P5 to P7): its parts, its hash, and the code that holds it when it is faulty.

A faulty operation is still read as far as it can be, because accepted operations may name it (P8)."""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sync.canonical import Json, NotCanonical, digest, is_integer, keep, rewrite, write
from sync.kinds import KINDS, SCHEMA, accepts, has_sound_values, is_uuid
from sync.lift import Said, lift
from sync.limits import FIELD_NAME_BYTES_MAX, OPERATION_BYTES_MAX
from sync.stamp import Key, Stamp, is_stamp

DEVICE: Final = re.compile(r"[a-z2-7]{16}")
_TAG: Final = re.compile(r"[a-z2-7]{8}")
_ID: Final = re.compile(r"([a-z2-7]{16})\.([1-9][0-9]{0,15})\.([a-z2-7]{8})")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_REQUIRED: Final = frozenset({"n", "tag", "record", "kind", "partition", "set", "stamp", "schema"})
_OPTIONAL: Final = frozenset({"prev", "saw", "observed"})
NOTHING: Final[Mapping[str, Any]] = {}
_OBSERVED: Final = frozenset({"wall_ms", "offset_ms", "offset_age_ms", "mono_ms"})


class Operation(NamedTuple):
    """An operation whose form is sound; its content may still be held."""

    device: str
    n: int
    tag: str
    record: str
    kind: str
    partition: str
    set: Mapping[str, Json]
    prev: Mapping[str, tuple[str, ...]]
    saw: tuple[str, ...]
    stamp: Stamp
    schema: int
    observed: Mapping[str, Any] = NOTHING
    # false where it has a member that this server does not know: held, but still a link (P8)
    is_known: bool = True

    @property
    def id(self) -> str:
        return f"{self.device}.{self.n}.{self.tag}"

    def key(self, effective_ms: int) -> Key:
        """Its place in the total order (P4)."""
        return effective_ms, *self.stamp, self.device, self.n, self.tag


class Reading(NamedTuple):
    """What came in under a number: the text kept, its hash (null without a canonical form), the parts, the fault."""

    n: int
    text: str
    hash: str | None
    operation: Operation | None
    code: str | None
    record: str | None
    # null where the stamp cannot be read
    ms: int | None


def read_operation(value: Mapping[str, Json], device: str) -> Reading:
    """Read an operation as sent by `device`; `value["n"]` is known to be an integer of at least 1."""
    text, hashed, size_bytes = _text_of(value)
    record, stamp = value.get("record"), value.get("stamp")
    operation = _parse(value, device)
    if hashed is None:
        code: str | None = "operation-invalid" if _is_canonical_without_set(value) is None else "value-invalid"
    elif operation is None or size_bytes > OPERATION_BYTES_MAX:
        code = "operation-invalid"
    else:
        code = content_fault(operation, are_values_sound=has_sound_values(text, size_bytes))
    ms = stamp[0] if stamp is not None and is_stamp(stamp) else None
    return Reading(value["n"], text, hashed, operation, code, record if is_uuid(record) else None, ms)


def content_fault(operation: Operation, *, are_values_sound: bool = False) -> str | None:
    """The code for what an operation says by itself: members, schema, kind, fields, values, impossible names.

    `are_values_sound`: its whole text was seen to hold no value that P6 refuses, so only the fields judge them."""
    if not operation.is_known:
        return "operation-invalid"
    if operation.schema > SCHEMA:
        return "schema-newer"
    kind = KINDS.get(operation.kind)
    if kind is None:
        return "unknown-kind"
    fields = kind.fields
    if not (operation.set.keys() <= fields.keys() and operation.prev.keys() <= fields.keys()):
        return "unknown-field"
    for name, value in operation.set.items():
        field = fields[name]
        if value is not None and not (field.accepts(value) if are_values_sound else accepts(field, value)):
            return "value-invalid"
    return "impossible-prev" if _names_itself_or_later(operation) else None


def is_operation_id(value: Json) -> bool:
    """`<device>.<n>.<tag>`."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def split_id(operation_id: str) -> tuple[str, int, str]:
    """Device, n and tag of an operation id."""
    device, n, tag = operation_id.split(".")
    return device, int(n), tag


def _text_of(value: Mapping[str, Json]) -> tuple[str, str | None, int]:
    """The text to keep, its hash (null without a canonical form) and its length in bytes."""
    try:
        text = rewrite(value)
    except NotCanonical:
        return keep(value), None, 0
    encoded = text.encode("utf-8")
    return text, digest(encoded), len(encoded)


def _is_canonical_without_set(value: Mapping[str, Json]) -> str | None:
    try:
        return write({name: member for name, member in value.items() if name != "set"})
    except NotCanonical:
        return None


def _parse(value: Mapping[str, Json], device: str) -> Operation | None:
    if not value.keys() >= _REQUIRED:
        return None
    prev, saw, observed = value.get("prev", {}), value.get("saw", []), value.get("observed", {})
    sound = (
        isinstance(value["tag"], str)
        and _TAG.fullmatch(value["tag"]) is not None
        and is_uuid(value["record"])
        and is_uuid(value["partition"])
        and _is_name(value["kind"])
        and isinstance(value["set"], dict)
        and _are_names(value["kind"], value["set"])
        and _is_prev(prev)
        and _are_ids(saw)
        and is_stamp(value["stamp"])
        and is_integer(value["schema"])
        and value["schema"] >= 1
    )
    if not sound:
        return None
    said = Said(value["kind"], value["set"], {name: tuple(ids) for name, ids in prev.items()})
    said = lift(said, value["schema"], SCHEMA)
    return Operation(
        device, value["n"], value["tag"], value["record"], said.kind, value["partition"], said.set,
        said.prev, tuple(saw), (value["stamp"][0], value["stamp"][1]),
        value["schema"], observed, value.keys() <= _REQUIRED | _OPTIONAL and _is_observed(observed),
    )  # fmt: skip


def _is_name(value: Json) -> bool:
    named = isinstance(value, str) and _NAME.fullmatch(value) is not None
    return named and len(value) <= FIELD_NAME_BYTES_MAX


def _are_names(kind: str, fields: Mapping[str, Json]) -> bool:
    """Whether these may be names of fields; those of the kind itself need no look at their letters."""
    known = KINDS.get(kind)
    return (known is not None and fields.keys() <= known.fields.keys()) or all(map(_is_name, fields))


def _is_prev(value: Json) -> bool:
    if not isinstance(value, dict):
        return False
    return all(_is_name(name) and _are_ids(ids) for name, ids in value.items())


def _are_ids(value: Json) -> bool:
    # how many is bounded by the size of an operation alone: a decision names every head (P9)
    return isinstance(value, list) and all(map(is_operation_id, value))


def _is_observed(value: Json) -> bool:
    if not (isinstance(value, dict) and value.keys() <= _OBSERVED):
        return False
    return all(map(_is_integer_or_null, value.values()))


def _is_integer_or_null(value: Json) -> bool:
    return value is None or is_integer(value)


def _names_itself_or_later(operation: Operation) -> bool:
    if not (operation.prev or operation.saw):
        return False
    named = [*operation.saw, *(name for ids in operation.prev.values() for name in ids)]
    return any(device == operation.device and n >= operation.n for device, n, _ in map(split_id, named))
