"""Kinds as kinds.json says them, and what any value must be before its field is asked (P6, P17)."""

import json
from pathlib import Path
from typing import Any

import pytest

import sync
from sync.canonical import ForeignNumber, write
from sync.kinds import (
    KINDS,
    MEASURED_KINDS,
    MEASURES,
    SCHEMA,
    VOCABULARIES,
    accepts,
    has_sound_values,
    is_day,
    is_reference,
    is_uuid,
    is_value,
)
from sync.limits import VALUE_BYTES_MAX

SOURCE = json.loads((Path(sync.__file__).parent / "kinds.json").read_text("utf-8"))
UUID = "0190f0a0-0000-7000-8000-00000000000a"


@pytest.mark.parametrize("name", SOURCE["kinds"])
def test_a_kind_is_what_the_table_says(name: str) -> None:
    entry, kind = SOURCE["kinds"][name], KINDS[name]
    assert kind.name == name
    assert kind.writers == set(entry["writers"])
    for member in ("label", "context", "activity", "child", "reference"):
        assert getattr(kind, member) == entry[member], member
    assert list(kind.fields) == list(entry["fields"])
    for field, spec in entry["fields"].items():
        told = kind.fields[field]
        assert (told.name, told.type, told.label, told.context) == (field, spec["type"], spec["label"], spec["context"])
        assert told.spec == spec


def test_nothing_stands_beside_the_table() -> None:
    assert (SOURCE["schema"], SOURCE["vocabularies"]) == (SCHEMA, VOCABULARIES)
    assert list(KINDS) == list(SOURCE["kinds"])
    assert {measure["kind"] for measure in MEASURES} - {None} == MEASURED_KINDS


@pytest.mark.parametrize(
    ("kind", "shown", "expected"),
    [
        ("group", {}, True),
        ("patrol", {}, False),
        ("proposal", {"state": "open"}, True),
        ("proposal", {"state": "done"}, False),
        ("proposal", {"state": None}, False),
        ("proposal", {}, False),
    ],
)
def test_what_every_phone_always_has(kind: str, shown: dict[str, Any], expected: bool) -> None:
    assert is_reference(kind, shown) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, True),
        (True, True),
        (2**53 - 1, True),
        (2**53, False),
        (1.5, False),
        (ForeignNumber("1.5"), False),
        ([ForeignNumber("1.5")], False),
        ({"a": ForeignNumber("1.5")}, False),
        ("a\0b", False),
        (["a\0b"], False),
        ({"a\0b": 1}, False),
        ({"a": "a\0b"}, False),
        ("e\u0301", False),
        ({"e\u0301": 1}, False),
        ("é", True),
        ("\ud800", False),
        ("é\udfff", False),
        ({"\ud800": 1}, False),
        ([[[[]]]], True),
        ([[[[[]]]]], False),
        ({"a": {"a": {"a": {"a": 1}}}}, True),
        ({"a": {"a": {"a": {"a": []}}}}, False),
        ([{"a": [{"a": "x"}]}], True),
        ([{"a": [{"a": ["x"]}]}], False),
        (["x", [[[[]]]]], False),
        ("x" * (VALUE_BYTES_MAX - 2), True),
        ("x" * (VALUE_BYTES_MAX - 1), False),
        (b"x", False),
    ],
)
def test_what_any_value_must_be(value: Any, expected: bool) -> None:
    assert is_value(value) is expected


def test_what_no_value_may_be_no_field_accepts() -> None:
    note = KINDS["patrol"].fields["note"]
    assert note.accepts("e\u0301")
    assert not accepts(note, "e\u0301")
    assert accepts(note, None)
    assert not note.accepts(None)


@pytest.mark.parametrize("value", [5, None, "", "20260228", "2026-W09", "2026-02-29", "2026-02-28 ", ["2026-02-28"]])
def test_what_is_no_day(value: Any) -> None:
    assert is_day(value) is False


@pytest.mark.parametrize("value", [5, None, "", UUID.upper(), f"{UUID}0", UUID[1:], UUID.replace("-", "_"), [UUID]])
def test_what_is_no_uuid(value: Any) -> None:
    assert is_uuid(value) is False


def test_a_day_and_a_uuid() -> None:
    assert is_day("2024-02-29") is True
    assert is_uuid(UUID) is True


@pytest.mark.parametrize("value", ["a\0b", "e\u0301", "x" * VALUE_BYTES_MAX, {"e\u0301": 1}])
def test_a_text_that_may_hold_an_unsound_value_is_not_taken_for_sound(value: Any) -> None:
    text = write({"set": {"note": value}})
    assert not has_sound_values(text, len(text.encode()))


def test_a_short_text_in_nfc_holds_sound_values() -> None:
    text = write({"set": {"note": "Ấp 1\n"}})
    assert has_sound_values(text, len(text.encode()))
    assert has_sound_values(text, VALUE_BYTES_MAX)
    assert not has_sound_values(text, VALUE_BYTES_MAX + 1)
