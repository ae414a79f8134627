"""A marshmallow schema as one predicate, for the hot path: marshmallow says what is wrong, this only that nothing is.

The schema stays the only definition. A predicate that holds means that `load` would give back the same value; one
that does not says nothing, and marshmallow is asked (`tests/backend/test_compiled.py` compares the two)."""

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from sync.canonical import is_integer

Check = Callable[[Any], bool]


class NotCompilable(TypeError):
    """A field or validator of a schema that has no fast form here."""


def compile_schema(schema: type[Schema], checks: dict[type[fields.Field[Any]], Check]) -> Check:
    """The predicate of a schema. `checks`: those of the schema's own field classes."""
    known = schema().fields
    required = frozenset(name for name, field in known.items() if field.required)
    by_name = {name: _field_check(field, checks) for name, field in known.items()}

    def is_sound(value: Any) -> bool:
        if not isinstance(value, dict) or not required <= value.keys() <= by_name.keys():
            return False
        return all(by_name[name](member) for name, member in value.items())

    return is_sound


def _field_check(field: fields.Field[Any], checks: dict[type[fields.Field[Any]], Check]) -> Check:
    parts = [_type_check(field, checks), *(_validator_check(v) for v in field.validators)]
    accepts_null = field.allow_none

    def check(value: Any) -> bool:
        if value is None:
            return accepts_null
        return all(part(value) for part in parts)

    return check


def _type_check(field: fields.Field[Any], checks: dict[type[fields.Field[Any]], Check]) -> Check:
    own = checks.get(type(field))
    if own is not None:
        return own
    if isinstance(field, fields.String):
        return lambda value: isinstance(value, str)
    if isinstance(field, fields.List):
        inner = _field_check(field.inner, checks)
        return lambda value: isinstance(value, list) and all(map(inner, value))
    if isinstance(field, fields.Dict) and field.key_field and field.value_field:
        key, item = _field_check(field.key_field, checks), _field_check(field.value_field, checks)
        return lambda value: isinstance(value, dict) and all(map(key, value)) and all(map(item, value.values()))
    raise NotCompilable(type(field).__name__)


def _validator_check(validator: Any) -> Check:
    if isinstance(validator, validate.Range) and validator.min_inclusive and validator.max_inclusive:
        low, high = validator.min, validator.max
        return lambda value: (low is None or value >= low) and (high is None or value <= high)
    return lambda value: _passes(validator, value)


def _passes(validator: Any, value: Any) -> bool:
    try:
        validator(value)
    except ValidationError:
        return False
    return True


def is_wire_integer(value: Any) -> bool:
    """What `WireInteger` lets through unchanged."""
    return is_integer(value)
