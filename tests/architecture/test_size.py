"""A file answers one question: 400 lines is the wall; 70 lines for a function."""

import ast
from pathlib import Path

from tests.support.sources import frontend_files, python_files, relative

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers"}


def line_count(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def test_no_file_is_longer_than_the_wall() -> None:
    counted = {relative(path): line_count(path) for path in [*python_files(), *frontend_files()]}
    assert {name: lines for name, lines in counted.items() if lines > FILE_LINES_MAX} == {}


def test_no_function_is_longer_than_the_wall() -> None:
    long: dict[str, int] = {}
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    long[f"{relative(path)}:{node.name}"] = lines
    assert long == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    paths = [*python_files(), *frontend_files()]
    parts = {relative(path): {*path.parts[:-1], path.name.split(".")[0]} for path in paths}
    assert {name for name, words in parts.items() if BANNED_NAMES & {word.lower() for word in words}} == set()
