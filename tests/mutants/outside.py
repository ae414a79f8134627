"""What mutmut leaves alone: tables, patterns and limits at the top of a module, classes, and decorated functions.

Its own changes are made there too, one at a time; a worker imports the changed module from memory and runs all tests."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType
from typing import Final, NamedTuple

import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

from tests.mutants.report import KILLED, SURVIVED, TIMEOUT

SECONDS_MAX: Final = 180
LEFT_ALONE: Final = (cst.Annotation, cst.Decorator, cst.Import, cst.ImportFrom)
ARGUMENTS: Final = ("-x", "-q", "-p_hypothesis_pytestplugin", "-ptests.mutants.cheap", "-pno:cacheprovider")
TESTS: Final = Path("tests/sync")


class Mutant(NamedTuple):
    """A module with one change, and where and what it is."""

    name: str
    text: str


class _Outside(cst.CSTVisitor):
    """Every change to what is no undecorated function, annotation, decorator or import."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self) -> None:
        super().__init__()
        self.changes: list[tuple[int, cst.CSTNode, cst.CSTNode]] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, LEFT_ALONE) or (isinstance(node, cst.FunctionDef) and not node.decorators):
            return False
        line = self.get_metadata(PositionProvider, node).start.line
        changed = [new for kind, change in mutation_operators if isinstance(node, kind) for new in change(node)]
        self.changes += [(line, node, new) for new in changed]
        return True


def mutants(path: Path) -> Iterator[Mutant]:
    """Each with one change outside functions."""
    wrapper, visitor = MetadataWrapper(cst.parse_module(path.read_text("utf-8"))), _Outside()
    wrapper.visit(visitor)
    for line, node, new in visitor.changes:
        said = " → ".join(" ".join(wrapper.module.code_for_node(part).split()) for part in (node, new))
        changed = wrapper.module.deep_replace(node, new)
        assert isinstance(changed, cst.Module)
        yield Mutant(f"sync/{path.name}:{line}\n    {said}\n", changed.code)


class _Changed(SourceFileLoader):
    def __init__(self, module: str, path: str, text: str) -> None:
        super().__init__(module, path)
        self.text = text

    def get_code(self, fullname: str) -> CodeType:
        code: CodeType = compile(self.text, self.path, "exec")
        return code


class _Finder(MetaPathFinder):
    """Finds one module, changed."""

    def __init__(self, path: Path, text: str) -> None:
        self.module = f"sync.{path.stem}"
        self.path, self.text = str(path), text

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:
        if fullname != self.module:
            return None
        return spec_from_file_location(fullname, self.path, loader=_Changed(fullname, self.path, self.text))


def main(results: Path) -> None:
    """Write what became of the mutants of each file, in the folder of the copy; it must be the working directory."""
    found: dict[str, dict[str, list[str]]] = {}
    paths = sorted(Path("sync").glob("*.py"))
    if _status(paths[0], paths[0].read_text("utf-8")) != SURVIVED:
        sys.exit("the tests fail without any change")
    for path in paths:
        of_file = found.setdefault(path.name, {})
        for mutant in mutants(path):
            of_file.setdefault(_status(path, mutant.text), []).append(mutant.name)
        results.write_text(json.dumps(found), encoding="utf-8")


def _status(path: Path, text: str) -> str:
    """In a process of its own, forked from one that has imported no part of `sync/`."""
    worker = os.fork()
    if worker == 0:
        _work(path, text)
    _, ended = os.waitpid(worker, 0)
    if os.WIFSIGNALED(ended):
        return TIMEOUT
    return SURVIVED if os.waitstatus_to_exitcode(ended) == 0 else KILLED


def _work(path: Path, text: str) -> None:
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    signal.alarm(SECONDS_MAX)
    sys.meta_path.insert(0, _Finder(path, text))
    # most fall to the tests of the same name, and those alone are soon collected
    named = TESTS / f"test_{path.stem}.py"
    stages = [named, TESTS] if named.exists() else [TESTS]
    os._exit(next((1 for stage in stages if pytest.main([*ARGUMENTS, str(stage)])), 0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
