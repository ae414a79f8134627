"""Strict fields: text that both stores can keep, integers that are integers; in addresses, one way to write each."""

import re
from datetime import date
from typing import Any, Final

from marshmallow import ValidationError, fields, validate

from sync.periods import parse_day

# int() also takes signs, spaces, underscores and the digits of every script
_DIGITS: Final = re.compile(r"0|[1-9][0-9]{0,15}")


class Text(fields.String):
    """Text of at most `length_max` characters that is well-formed UTF-8 without NUL."""

    def __init__(self, length_max: int, *, length_min: int = 0, **options: Any) -> None:
        super().__init__(validate=validate.Length(length_min, length_max), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if "\0" in text or not _is_well_formed(text):
            raise ValidationError("Invalid text.")
        return text


class Whole(fields.Integer):
    """An integer within the range, never a float, a truth value or text."""

    def __init__(self, low: int, high: int, **options: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(low, high), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if type(value) is not int:
            raise ValidationError("Not a valid integer.")
        return super()._deserialize(value, attr, data, **kwargs)


class Count(fields.Integer):
    """An integer in an address, from 0: decimal ASCII digits and nothing else."""

    def __init__(self, low: int, high: int, **options: Any) -> None:
        super().__init__(validate=validate.Range(low, high), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not (isinstance(value, str) and _DIGITS.fullmatch(value)):
            raise ValidationError("Not a valid integer.")
        return int(value)


class Day(fields.Date):
    """A day `YYYY-MM-DD`, from 1970-01-01 to 9999-12-31."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        if not isinstance(value, str):
            raise ValidationError("Not a valid day.")
        try:
            return parse_day(value)
        except ValueError:
            raise ValidationError("Not a valid day.") from None


def _is_well_formed(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
