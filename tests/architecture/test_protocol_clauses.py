"""Every clause of sync/PROTOCOL.md says what enforces it, and that thing exists."""

import re
from functools import cache

from tests.support.sources import ROOT

CLAUSE = re.compile(r"^(?:#+ |[-*] )?\**P(\d+)\b", re.MULTILINE)
ENFORCED = re.compile(r"Enforced by:?\**:?\s*(.+(?:\n(?![ \t]*(?:[-*#]|$)).+)*)", re.IGNORECASE)
PATH = re.compile(r"`((?:tests|frontend|sync|backend)/[\w./-]+)(?:::[\w\[\]-]+)?`")
CLAUSES = set(range(1, 31))
NOT_YET_BUILT: set[int] = set()


@cache
def clauses() -> dict[int, str]:
    text = (ROOT / "sync/PROTOCOL.md").read_text("utf-8")
    found = list(CLAUSE.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    return {int(match[1]): text[match.start() : end] for match, end in zip(found, ends, strict=True)}


def test_every_clause_is_there_once() -> None:
    text = (ROOT / "sync/PROTOCOL.md").read_text("utf-8")
    numbers = [int(match[1]) for match in CLAUSE.finditer(text)]
    assert (set(numbers), len(numbers)) == (CLAUSES, len(CLAUSES))


def test_every_clause_says_what_enforces_it() -> None:
    silent = {number for number, text in clauses().items() if not ENFORCED.search(text)}
    assert silent == set()


def test_what_a_clause_names_exists() -> None:
    named = {
        path for text in clauses().values() for match in ENFORCED.finditer(text) for path in PATH.findall(match[1])
    }
    assert {path for path in named if not (ROOT / path).exists()} == set()


def test_a_clause_names_a_test_or_is_one_of_those_not_yet_built() -> None:
    unnamed = {
        number
        for number, text in clauses().items()
        if not any("test" in path for match in ENFORCED.finditer(text) for path in PATH.findall(match[1]))
    }
    assert unnamed <= NOT_YET_BUILT


def test_only_the_known_clauses_are_not_yet_built() -> None:
    unbuilt = {number for number, text in clauses().items() if "not yet built" in text.lower()}
    assert unbuilt == NOT_YET_BUILT
