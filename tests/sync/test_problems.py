"""The catalogue of failures is read whole: every entry as it stands in problems.json (P26)."""

import json
from pathlib import Path

import pytest

import sync
from sync.problems import PROBLEMS, Problem

ENTRIES = json.loads((Path(sync.__file__).parent / "problems.json").read_text("utf-8"))["problems"]


def test_every_entry_of_the_catalogue_is_a_problem() -> None:
    assert list(PROBLEMS) == list(ENTRIES)


@pytest.mark.parametrize("code", ENTRIES)
def test_a_problem_says_what_its_entry_says(code: str) -> None:
    entry = ENTRIES[code]
    assert PROBLEMS[code] == Problem(
        code=code,
        where=entry["where"],
        status=entry.get("status"),
        retry=entry["retry"],
        title=entry["title"],
        detail=entry["detail"],
    )


def test_what_holds_an_operation_never_travels_as_an_http_error() -> None:
    held = PROBLEMS["schema-newer"]
    assert (held.where, held.status) == ("held", None)
    assert PROBLEMS["json-unreadable"].status == 400
