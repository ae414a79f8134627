"""The shared vectors: one JSON table for each rule, run here and by the phone's twin."""

import json
from pathlib import Path
from typing import Any

import pytest

from sync import canonical
from sync.days import day_of, minutes_between
from sync.fold import fold
from sync.kinds import KINDS, accepts, is_value
from sync.merge import Logged, merge
from sync.operation import Operation
from sync.personal import suspected
from sync.record import merged_of
from sync.stamp import clamp, next_stamp

VECTORS = Path(__file__).parent.parent / "vectors"


def cases(name: str) -> list[Any]:
    table = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    return [pytest.param(case["input"], case["expect"], id=case["name"]) for case in table["cases"]]


@pytest.mark.parametrize(("given", "expect"), cases("canonical"))
def test_canonical_text(given: Any, expect: str | None) -> None:
    if expect is None:
        with pytest.raises(canonical.NotCanonical):
            canonical.write(canonical.read(json.dumps(given).encode()))
    else:
        assert canonical.write(given) == expect


@pytest.mark.parametrize(("given", "expect"), cases("read"))
def test_the_reader_is_strict(given: str, expect: str) -> None:
    if expect == "unreadable":
        with pytest.raises(canonical.Unreadable):
            canonical.read(given.encode())
        return
    value = canonical.read(given.encode())[0]
    assert isinstance(value, canonical.ForeignNumber) is (expect == "foreign")
    assert expect == "plain" or canonical.keep([value]) == given


@pytest.mark.parametrize(("given", "expect"), cases("stamp"))
def test_next_stamp(given: Any, expect: list[int]) -> None:
    assert list(next_stamp(given["now"], [(ms, count) for ms, count in given["heads"]])) == expect


@pytest.mark.parametrize(("given", "expect"), cases("clamp"))
def test_clamp(given: Any, expect: Any) -> None:
    assert clamp(given["ms"], given["server_ms"]) == (expect["effective_ms"], expect["suspect"])


@pytest.mark.parametrize(("given", "expect"), cases("values"))
def test_values(given: Any, expect: bool) -> None:
    assert accepts(KINDS[given["kind"]].fields[given["field"]], given["value"]) is expect


@pytest.mark.parametrize(("given", "expect"), cases("personal"))
def test_personal(given: str, expect: list[str]) -> None:
    assert suspected(given) == expect


@pytest.mark.parametrize(("given", "expect"), cases("fold"))
def test_fold(given: str, expect: str) -> None:
    assert fold(given) == expect


@pytest.mark.parametrize(("given", "expect"), cases("day"))
def test_day_of(given: int, expect: str) -> None:
    assert day_of(given) == expect


@pytest.mark.parametrize(("given", "expect"), cases("minutes"))
def test_minutes_between(given: list[int | None], expect: int | None) -> None:
    assert minutes_between(given[0], given[1]) == expect


@pytest.mark.parametrize(("given", "expect"), cases("merge"))
def test_merge(given: Any, expect: Any) -> None:
    state = merge([logged(entry) for entry in given["log"]])
    assert {field: [heads[0].value, *heads[0].ids] for field, heads in state.heads.items()} == expect["fields"]
    siblings = {f: [[h.value, *h.ids] for h in heads[1:]] for f, heads in state.heads.items() if len(heads) > 1}
    assert siblings == expect["siblings"]
    assert state.edited_while_void is expect["edited_while_void"]


@pytest.mark.parametrize(("given", "expect"), cases("overlay"))
def test_what_a_phone_notices_is_what_the_merge_comes_to(given: Any, expect: list[str]) -> None:
    """P10, P30: the server's record and the phone's own operations, against the log of both."""
    server, own = given["server"], given["own"]
    assert flags_of(server + own) == expect
    if server:
        merged = merged_of(merge([pending(entry) for entry in server]), settled=False)
        told = {
            "fields": merged.fields,
            "siblings": merged.siblings,
            "stamps": merged.stamps,
            "flags": flags_of(server),
        }
        assert given["record"] == told


def flags_of(entries: list[dict[str, Any]]) -> list[str]:
    state = merge([pending(entry) for entry in entries])
    raised = {
        "conflict": any(len(heads) > 1 for heads in state.heads.values()),
        "edited_while_void": state.edited_while_void,
    }
    return [flag for flag, is_raised in raised.items() if is_raised]


def pending(entry: dict[str, Any]) -> Logged:
    """An operation of the vectors of overlays: accepted, and never clamped."""
    return logged(entry | {"effective_ms": entry["stamp"][0], "suspect": False, "accepted": True})


def logged(entry: dict[str, Any]) -> Logged:
    operation = Operation(
        entry["device"], entry["n"], entry["tag"], "r", "patrol", "p", entry["set"],
        {field: tuple(ids) for field, ids in entry["prev"].items()}, tuple(entry["saw"]),
        (entry["stamp"][0], entry["stamp"][1]), 1,
    )  # fmt: skip
    return Logged(operation, entry["effective_ms"], entry["suspect"], entry["accepted"])


def test_a_value_is_at_most_four_deep() -> None:
    assert is_value([[[[1]]]])
    assert not is_value([[[[[1]]]]])


def test_a_value_is_at_most_8_kib_of_utf8() -> None:
    assert is_value("ệ" * 2730)
    assert not is_value("ệ" * 2731)
