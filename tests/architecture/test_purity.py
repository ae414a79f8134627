"""The protocol decides and does nothing: no clock, no chance, no disk, no network."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.sources import PROTOCOL, python_files, relative

# Reading its own JSON tables at import is the one thing sync may do.
DOERS = {
    "asyncio", "ctypes", "fcntl", "http", "io", "logging", "mmap", "multiprocessing", "os", "platform", "random",
    "secrets", "select", "selectors", "shutil", "signal", "socket", "sqlite3", "subprocess", "tempfile", "threading",
    "time", "urllib", "zoneinfo",
}  # fmt: skip
CLOCK_AND_CHANCE = {"uuid1", "uuid4", "uuid6", "uuid7", "now", "utcnow", "today"}
DOING_CALLS = {"open", "input", "print", "exec", "eval", "__import__"}


def imported_modules(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


@pytest.mark.parametrize("path", python_files(PROTOCOL), ids=relative)
def test_the_protocol_imports_the_standard_library_only(path: Path) -> None:
    roots = {name.split(".")[0] for name in imported_modules(ast.parse(path.read_text("utf-8")))}
    assert roots - {"sync"} - sys.stdlib_module_names == set()


@pytest.mark.parametrize("path", python_files(PROTOCOL), ids=relative)
def test_the_protocol_takes_time_and_chance_as_arguments(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    roots = {name.split(".")[0] for name in imported_modules(tree)}
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert (roots & DOERS, called & DOING_CALLS, attributes & CLOCK_AND_CHANCE) == (set(), set(), set())
