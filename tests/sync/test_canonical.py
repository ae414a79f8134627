"""Canonical JSON: the fast writer is the slow one, what is kept is what came in, and the reader says its reason."""

import hashlib
import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, strategies as st

from sync import canonical
from sync.canonical import DEPTH_MAX, ForeignNumber, NotCanonical, Unreadable, digest, keep, read, rewrite, write

INTEGERS = st.integers(-(2**53) + 1, 2**53 - 1)
LETTERS = st.text(st.characters(exclude_categories=()), max_size=4)
# keys on both sides of the surrogates: there the order of code points is not that of UTF-16
KEYS = st.sampled_from(["a", "b", "\uff5e", "\U0001f600", "é", '"', "\x1f"]) | LETTERS
VALUES = st.recursive(
    st.none() | st.booleans() | INTEGERS | LETTERS | st.just("\ud800") | st.builds(ForeignNumber, st.just("1.5")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def nested(depth: int, of: type) -> Any:
    value: Any = 1
    for level in range(depth):
        value = [value] if of is list or (of is object and level % 2) else {"a": value}
    return value


def text_of(value: Any, writer: Any) -> str | None:
    try:
        return str(writer(value))
    except NotCanonical:
        return None


@given(VALUES)
def test_the_fast_writer_writes_the_same(value: Any) -> None:
    assert text_of(value, rewrite) == text_of(value, write)


def test_the_fast_writer_need_not_ask_the_slow_one() -> None:
    """It would still be right if it always did, and several times slower."""
    value = {"b": ["Ấp", 1, None, True], "a": {"c": 'q"\n', "é": {}}}
    assert canonical._encode(value) == write(value)


# in a Python of its own, whose json has no part in C
WITHOUT_C = """
import sys
sys.modules["_json"] = None
import json
from sync.canonical import NotCanonical, read, rewrite
assert json.encoder.c_make_encoder is None
for body in json.loads(sys.stdin.read()):
    try:
        print(json.dumps(rewrite(read(body.encode()))))
    except NotCanonical:
        print(None)
"""


def test_a_python_without_an_encoder_in_c_writes_the_same() -> None:
    bodies = ['{"b":[1,"Ấp\\u0001",null],"a":{"d":true,"c":{}}}', "[1.5]", '["\\ud800"]', '{"\uff5e":1,"\U0001f600":2}']
    asked = subprocess.run(
        [sys.executable, "-c", WITHOUT_C],
        input=json.dumps(bodies),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    expected = [text_of(read(body.encode()), write) for body in bodies]
    told = [None if line == "None" else json.loads(line) for line in asked.stdout.splitlines()]
    assert told == expected


def test_keys_are_sorted_by_utf16_code_units_by_both_writers() -> None:
    value = {"\uff5e": 1, "\U0001f600": 2, "a": 3}
    assert write(value) == rewrite(value) == '{"a":3,"\U0001f600":2,"\uff5e":1}'


@pytest.mark.parametrize("writer", [write, rewrite])
@pytest.mark.parametrize("of", [list, dict, object])
def test_a_value_nests_64_deep_and_no_deeper(writer: Any, of: type) -> None:
    assert text_of(nested(DEPTH_MAX, of), writer) is not None
    assert text_of(nested(DEPTH_MAX + 1, of), writer) is None
    assert text_of(nested(5_000, of), writer) is None


@pytest.mark.parametrize("writer", [write, rewrite])
def test_depth_is_counted_and_not_brackets(writer: Any) -> None:
    wide = [[{"a": [n]}] for n in range(100)]
    assert text_of(wide, writer) == json.dumps(wide, separators=(",", ":"))
    assert text_of([*wide, nested(DEPTH_MAX, list)], writer) is None
    assert text_of({"a": 1, "b": nested(DEPTH_MAX, dict)}, writer) is None
    assert text_of(["[" * 200], writer) == json.dumps(["[" * 200])
    assert text_of({"a": 1, "b": (1, 2)}, writer) == '{"a":1,"b":[1,2]}'


@pytest.mark.parametrize("writer", [write, rewrite])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), ForeignNumber("1e5"), {"a": {1}}, ["\udfff"], b"a"])
def test_what_has_no_canonical_form(writer: Any, value: Any) -> None:
    assert text_of(value, writer) is None


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (2**53, "integer out of range"),
        (-(2**53), "integer out of range"),
        ("\ud800", "lone surrogate"),
        (1.5, "no canonical form for float"),
        (nested(65, list), "nested too deep"),
    ],
)
def test_a_refusal_to_write_says_its_reason(value: Any, reason: str) -> None:
    with pytest.raises(NotCanonical, match=f"^{reason}$"):
        write(value)


def test_the_largest_integers_are_written() -> None:
    assert write([2**53 - 1, 1 - 2**53]) == "[9007199254740991,-9007199254740991]"


def test_a_refused_kind_of_value_is_named() -> None:
    with pytest.raises(TypeError, match=r"^no canonical form for ForeignNumber$"):
        canonical._encode(ForeignNumber("1"))


@given(VALUES)
def test_what_is_kept_reads_back_as_what_it_was(value: Any) -> None:
    plain = json.loads(keep(value), parse_float=str)
    assert plain == json.loads(json.dumps(value, default=lambda foreign: foreign.text))


def test_what_is_kept_has_its_members_and_items_in_their_order() -> None:
    kept = {"b": [1, [], {}, "x"], "a": {"c": None, 'q"': True}, "f": ForeignNumber("1.50")}
    assert keep(kept) == '{"b":[1,[],{},"x"],"a":{"c":null,"q\\"":true},"f":1.50}'


def test_what_is_kept_may_nest_past_any_stack() -> None:
    assert keep(nested(5_000, list)) == "[" * 5_000 + "1" + "]" * 5_000
    assert keep(nested(5_000, dict)) == '{"a":' * 5_000 + "1" + "}" * 5_000


def test_a_digest_is_that_of_the_utf8_bytes() -> None:
    expected = hashlib.sha256("Tuyến".encode()).hexdigest()
    assert digest("Tuyến") == digest("Tuyến".encode()) == expected


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"a":1,"a":2}', "^duplicate key$"),
        (b"[NaN]", "^NaN is not JSON$"),
        (b"[-Infinity]", "^-Infinity is not JSON$"),
        (b"[1", "delimiter"),
        (b'["\xff"]', "utf-8"),
        (b"[" * 100_000, "recursion"),
    ],
)
def test_a_refusal_to_read_says_its_reason_in_short(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason) as refusal:
        read(body)
    assert len(str(refusal.value)) <= 200


def test_the_reader_takes_utf8_only() -> None:
    assert read('{"a":"Ấp"}'.encode()) == {"a": "Ấp"}
    with pytest.raises(Unreadable):
        read("[1]".encode("utf-16"))


@pytest.mark.parametrize("text", ["9007199254740991", "-9007199254740991", "0", "-1"])
def test_an_integer_of_the_protocol_is_read_as_one(text: str) -> None:
    assert read(f"[{text}]".encode()) == [int(text)]


@pytest.mark.parametrize(
    "text",
    ["9007199254740992", "-9007199254740992", "90071992547409910", "-90071992547409910", "1.0", "1e3", "9" * 5_000],
)
def test_any_other_number_is_kept_as_it_was_sent(text: str) -> None:
    (number,) = read(f"[{text}]".encode())
    assert isinstance(number, ForeignNumber)
    assert number.text == text
    assert repr(number) == f"ForeignNumber({text})"


@pytest.mark.parametrize(
    ("value", "is_one"),
    [(0, True), (2**53 - 1, True), (1 - 2**53, True), (2**53, False), (-(2**53), False), (True, False), (1.0, False)],
)
def test_what_is_an_integer_of_the_protocol(value: Any, is_one: bool) -> None:
    assert canonical.is_integer(value) is is_one
