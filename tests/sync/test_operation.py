"""Reading one operation: its parts as sent, its hash, its size, and the code of each fault (P1, P5, P6, P14, P15)."""

import hashlib
from typing import Any

import pytest

from sync.canonical import ForeignNumber, write
from sync.kinds import KINDS, SCHEMA
from sync.limits import OPERATION_BYTES_MAX
from sync.operation import DEVICE as DEVICE_FORM, Operation, content_fault, is_operation_id, read_operation, split_id

DEVICE = "d" * 16
UNIT = "0190f0a0-0000-7000-8000-00000000000a"
RECORD = "0190f0a0-0000-7000-8000-000000000001"
EARLIER = f"{DEVICE}.16.bbbbbbbb"
SENT: dict[str, Any] = {
    "n": 17,
    "tag": "k3x7aaaa",
    "record": RECORD,
    "kind": "patrol",
    "partition": UNIT,
    "set": {"officers": 3, "route": "Tuyến 1"},
    "prev": {"officers": [EARLIER]},
    "saw": [EARLIER],
    "stamp": [1_764_000_000_000, 2],
    "observed": {"wall_ms": 5, "offset_ms": None},
    "schema": SCHEMA,
}
LONGEST_NAME = "a" * 64


def code(**changes: Any) -> str | None:
    return read_operation(SENT | changes, DEVICE).code


def padded(size_bytes: int) -> dict[str, Any]:
    """A sound operation of exactly so many bytes: it names many heads."""
    ids = [f"{'e' * 16}.{n}.aaaaaaaa" for n in range(10_000, 11_000)]
    value = SENT | {"set": {"note": "", "route": ""}, "prev": {"note": ids}}
    del ids[-((len(write(value)) - size_bytes) // len(f'"{ids[0]}",') + 2) :]
    missing = size_bytes - len(write(value))
    return value | {"set": {"note": "x" * missing, "route": ""}}


def test_each_part_of_an_operation_is_read_as_it_was_sent() -> None:
    operation = read_operation(SENT, DEVICE).operation
    assert operation == Operation(
        device=DEVICE,
        n=17,
        tag="k3x7aaaa",
        record=RECORD,
        kind="patrol",
        partition=UNIT,
        set={"officers": 3, "route": "Tuyến 1"},
        prev={"officers": (EARLIER,)},
        saw=(EARLIER,),
        stamp=(1_764_000_000_000, 2),
        schema=SCHEMA,
        observed={"wall_ms": 5, "offset_ms": None},
        is_known=True,
    )


def test_what_need_not_be_sent_is_empty() -> None:
    brief = {name: member for name, member in SENT.items() if name not in ("prev", "saw", "observed")}
    operation = read_operation(brief, DEVICE).operation
    assert operation is not None
    assert (operation.prev, operation.saw, operation.observed) == ({}, (), {})


def test_an_id_and_a_place_in_the_order_are_made_of_its_parts() -> None:
    operation = read_operation(SENT, DEVICE).operation
    assert operation is not None
    assert operation.id == f"{DEVICE}.17.k3x7aaaa"
    assert split_id(operation.id) == (DEVICE, 17, "k3x7aaaa")
    assert operation.key(9) == (9, 1_764_000_000_000, 2, DEVICE, 17, "k3x7aaaa")


def test_the_hash_is_that_of_the_canonical_text_as_sent() -> None:
    """P14: unknown members are hashed too, the device is not."""
    sent = SENT | {"surprise": 1}
    reading = read_operation(sent, DEVICE)
    assert reading.text == write(sent)
    assert reading.hash == hashlib.sha256(write(sent).encode()).hexdigest()
    assert read_operation(sent, "e" * 16).hash == reading.hash


def test_a_faulty_operation_still_says_its_number_record_and_time() -> None:
    reading = read_operation(SENT | {"tag": "short"}, DEVICE)
    assert (reading.operation, reading.code) == (None, "operation-invalid")
    assert (reading.n, reading.record, reading.ms) == (17, RECORD, 1_764_000_000_000)


@pytest.mark.parametrize("record", ["7", None, RECORD.upper(), RECORD + "\n", [RECORD], ForeignNumber("1.5")])
def test_a_record_that_is_no_uuid_is_not_told(record: Any) -> None:
    assert read_operation(SENT | {"record": record}, DEVICE).record is None


@pytest.mark.parametrize("stamp", ["1", None, 5, [1], [1, 2, 3], [-1, 0], [1, 2**31], (1, 0), {"0": 1, "1": 0}])
def test_a_stamp_that_cannot_be_read_gives_no_time(stamp: Any) -> None:
    reading = read_operation(SENT | {"stamp": stamp}, DEVICE)
    assert (reading.ms, reading.operation, reading.code) == (None, None, "operation-invalid")


@pytest.mark.parametrize("stamp", [[0, 0], [2**53 - 1, 2**31 - 1]])
def test_a_stamp_reaches_both_ends_of_its_ranges(stamp: list[int]) -> None:
    assert read_operation(SENT | {"stamp": stamp}, DEVICE).ms == stamp[0]
    assert code(stamp=stamp) is None


def test_an_operation_is_at_most_32_kib() -> None:
    largest = padded(OPERATION_BYTES_MAX)
    assert len(write(largest).encode()) == OPERATION_BYTES_MAX
    assert read_operation(largest, DEVICE).code is None
    assert read_operation(padded(OPERATION_BYTES_MAX + 1), DEVICE).code == "operation-invalid"


def test_bytes_are_counted_and_not_letters() -> None:
    wide = padded(OPERATION_BYTES_MAX)
    wide["set"] = {"note": wide["set"]["note"][:-1] + "ệ", "route": ""}
    assert len(write(wide)) == OPERATION_BYTES_MAX
    assert read_operation(wide, DEVICE).code == "operation-invalid"


def test_a_number_that_is_none_of_ours_is_the_fault_of_where_it_stands() -> None:
    """P15: within `set` it is a value; anywhere else the operation itself is at fault."""
    foreign = ForeignNumber("1.5")
    assert code(set={"officers": foreign}) == "value-invalid"
    assert code(observed={"wall_ms": foreign}) == "operation-invalid"
    assert code(set={"officers": foreign}, observed={"wall_ms": foreign}) == "operation-invalid"
    assert read_operation(SENT | {"set": {"officers": foreign}}, DEVICE).hash is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"kind": LONGEST_NAME}, "unknown-kind"),
        ({"kind": LONGEST_NAME + "a"}, "operation-invalid"),
        ({"kind": 7}, "operation-invalid"),
        ({"kind": "Patrol"}, "operation-invalid"),
        ({"set": {LONGEST_NAME: 1}}, "unknown-field"),
        ({"set": {LONGEST_NAME + "a": 1}}, "operation-invalid"),
        ({"set": {"officers": 3, "Route": 1}}, "operation-invalid"),
        ({"set": []}, "operation-invalid"),
        ({"prev": {"colour": [EARLIER]}}, "unknown-field"),
        ({"prev": {"Officers": [EARLIER]}}, "operation-invalid"),
        ({"prev": [EARLIER]}, "operation-invalid"),
        ({"prev": None}, "operation-invalid"),
        ({"prev": {"officers": EARLIER}}, "operation-invalid"),
        ({"saw": {EARLIER: 1}}, "operation-invalid"),
        ({"saw": [EARLIER, "nobody"]}, "operation-invalid"),
        ({"tag": "a" * 9}, "operation-invalid"),
        ({"tag": 12345678}, "operation-invalid"),
        ({"partition": "here"}, "operation-invalid"),
        ({"schema": 0}, "operation-invalid"),
        ({"schema": True}, "operation-invalid"),
        ({"schema": SCHEMA + 1}, "schema-newer"),
        ({"observed": [1]}, "operation-invalid"),
        ({"observed": None}, "operation-invalid"),
        ({"observed": {"wall_ms": "now"}}, "operation-invalid"),
        ({"observed": {"weather": 1}}, "operation-invalid"),
        ({"observed": {"wall_ms": None, "offset_ms": -5, "offset_age_ms": 0, "mono_ms": 1}}, None),
    ],
)
def test_faults_of_form_and_content(changes: dict[str, Any], expected: str | None) -> None:
    assert code(**changes) == expected


@pytest.mark.parametrize("absent", ["tag", "record", "kind", "partition", "set", "stamp", "schema"])
def test_nothing_required_may_be_absent(absent: str) -> None:
    sent = {name: member for name, member in SENT.items() if name != absent}
    reading = read_operation(sent, DEVICE)
    assert (reading.operation, reading.code) == (None, "operation-invalid")


@pytest.mark.parametrize("observed", [[1], {"weather": 1}, {"wall_ms": "now"}, {"wall_ms": True}])
def test_what_a_newer_phone_observed_is_held_and_stays_a_link(observed: Any) -> None:
    operation = read_operation(SENT | {"observed": observed}, DEVICE).operation
    assert operation is not None
    assert not operation.is_known


def test_one_operation_may_set_and_name_every_field_of_a_kind() -> None:
    fields = KINDS["patrol"].fields
    cleared = dict.fromkeys(fields)
    assert code(set=cleared, prev={field: [EARLIER] for field in fields}) is None


def test_null_clears_any_field_whatever_its_type() -> None:
    for name, kind in KINDS.items():
        assert code(kind=name, set=dict.fromkeys(kind.fields), prev={}) is None, name


@pytest.mark.parametrize("value", [ForeignNumber("1.5"), "a\0b", "e\u0301", "x" * 501, "\ud800"])
def test_values_are_judged_one_by_one_where_the_text_was_not_seen(value: Any) -> None:
    operation = read_operation(SENT, DEVICE).operation
    assert operation is not None
    assert content_fault(operation) is None
    assert content_fault(operation._replace(set={"note": value})) == "value-invalid"


def test_a_bad_value_does_not_hide_behind_a_good_one() -> None:
    assert code(set={"officers": 3, "note": 5}) == "value-invalid"
    assert code(set={"note": 5, "officers": 3}) == "value-invalid"
    assert code(set={"route": None, "note": 5}) == "value-invalid"


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (f"{DEVICE}.16.aaaaaaaa", None),
        (f"{DEVICE}.17.aaaaaaaa", "impossible-prev"),
        (f"{DEVICE}.18.aaaaaaaa", "impossible-prev"),
        (f"{'e' * 16}.17.aaaaaaaa", None),
        (f"{'e' * 16}.99.aaaaaaaa", None),
    ],
)
def test_nobody_names_what_they_have_not_made_yet(named: str, expected: str | None) -> None:
    assert code(prev={"officers": [EARLIER, named]}, saw=[]) == expected
    assert code(prev={}, saw=[EARLIER, named]) == expected


@pytest.mark.parametrize(
    "text",
    ["", "a", f"{DEVICE}.0.aaaaaaaa", f"{DEVICE}.01.aaaaaaaa", f"{DEVICE}.1.aaaaaaa", f"{DEVICE}.1.aaaaaaaaa",
     f"{DEVICE[1:]}.1.aaaaaaaa", f"{DEVICE}d.1.aaaaaaaa", f"{DEVICE}.1.AAAAAAAA", f"{DEVICE}.1.aaaaaaa1",
     f"{DEVICE}.1.aaaaaaaa\n", f"{DEVICE}x1xaaaaaaaa", f"{DEVICE}.{'9' * 17}.aaaaaaaa", 7, None],
)  # fmt: skip
def test_what_is_no_operation_id(text: Any) -> None:
    assert not is_operation_id(text)


def test_an_operation_id_has_a_number_of_up_to_16_digits() -> None:
    assert is_operation_id(f"{DEVICE}.1.aaaaaaaa")
    assert is_operation_id(f"{'a2z7' * 4}.{'9' * 16}.a2z7aaaa")


@pytest.mark.parametrize("name", [DEVICE, "abcdefgh234567yz", "z" * 16])
def test_a_device_has_16_letters_and_digits(name: str) -> None:
    assert DEVICE_FORM.fullmatch(name)


@pytest.mark.parametrize("name", ["", DEVICE[1:], f"{DEVICE}d", DEVICE.upper(), "0" * 16, "8" * 16, f"{DEVICE}\n"])
def test_what_is_no_device(name: str) -> None:
    assert not DEVICE_FORM.fullmatch(name)


def test_an_operation_observes_nothing_unless_it_says_so() -> None:
    brief = Operation(DEVICE, 1, "aaaaaaaa", RECORD, "patrol", UNIT, {}, {}, (), (1, 0), SCHEMA)
    assert (brief.observed, brief.is_known) == ({}, True)
    assert content_fault(brief) is None
