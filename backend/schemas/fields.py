"""Fields that both stores can keep: text without NUL or lone surrogates, integers that are integers."""

from typing import Any

from marshmallow import ValidationError, fields, validate


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


def _is_well_formed(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
