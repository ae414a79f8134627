"""Every anomaly of sync/PROTOCOL.md names tests, and each of them exists and carries the anomaly's number."""

import ast
import re
from functools import cache

import pytest

from tests.support.sources import ROOT

ANOMALIES = range(1, 27)
ROW = re.compile(r"^\| A(\d+) \|[^|]+\|([^|]+)\|$", re.MULTILINE)
IN_PYTHON = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
IN_VITEST = re.compile(r'`(frontend/tests/[\w/.-]+\.test\.tsx?)`: "([^"]+)"')
TITLE = re.compile(r"\b(?:it|test|describe)(?:\.\w+)*\(\s*\"((?:[^\"\\]|\\.)+)\"")


@cache
def rows() -> dict[int, str]:
    text = (ROOT / "sync/PROTOCOL.md").read_text("utf-8")
    return {int(number): tests for number, tests in ROW.findall(text)}


@cache
def docstrings(path: str) -> dict[str, str]:
    """What the test functions of a module say of themselves, by name."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return {function.name: ast.get_docstring(function) or "" for function in functions}


@cache
def titles(path: str) -> list[str]:
    return TITLE.findall((ROOT / path).read_text("utf-8"))


def fault_of(number: int, tests: str) -> list[str]:
    """What is wrong with the tests that a row names."""
    python, vitest = IN_PYTHON.findall(tests), IN_VITEST.findall(tests)
    carries = re.compile(rf"\bA{number}\b")
    unknown = [f"{path}::{name}" for path, name in python if not carries.search(docstrings(path).get(name, ""))]
    unknown += [f"{path}: {title}" for path, title in vitest if not (title in titles(path) and carries.search(title))]
    return unknown if python or vitest else ["names no test"]


def test_every_anomaly_is_there_once() -> None:
    text = (ROOT / "sync/PROTOCOL.md").read_text("utf-8")
    assert [int(number) for number, _ in ROW.findall(text)] == list(ANOMALIES)


def test_every_name_in_a_row_is_read() -> None:
    """A name in another form would be looked at by nobody."""
    read = {n: len(IN_PYTHON.findall(tests) + IN_VITEST.findall(tests)) for n, tests in rows().items()}
    assert read == {n: len(re.findall(r"`(?:tests|frontend)/", tests)) for n, tests in rows().items()}


@pytest.mark.parametrize("number", ANOMALIES)
def test_the_tests_of_an_anomaly_exist_and_carry_its_number(number: int) -> None:
    assert fault_of(number, rows()[number]) == []


def test_a_test_without_the_number_is_found() -> None:
    """Control: what this module asks for can be missing."""
    assert fault_of(1, "`tests/backend/test_sync.py::test_gzip_is_taken_and_given`")
    assert fault_of(1, "`tests/backend/test_sync.py::test_nothing`")
    assert fault_of(3, '`frontend/tests/loop.test.ts`: "sends in halves after a 413"')
    assert fault_of(1, "later") == ["names no test"]
