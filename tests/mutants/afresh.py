"""A pytest plugin for the workers of mutmut: what `sync/` does at import is mutated too.

mutmut forks a worker from a process that has imported everything, and takes what ran at import for a part of the first
test. Here it is a part of every test, is imported anew for a mutant in it, and may fail at that."""

import os
import sys
from collections.abc import Generator

import pytest
from mutmut.state import state
from mutmut.utils.format_utils import mangled_name_from_mutant_name

# more names of tests than this cost more than to run them all
NAMED_TESTS_MAX = 200
_hit_at_import: set[str] = set()


def is_run_at_import(mutant: str) -> bool:
    """Whether a mutant lies in a function that was called before any test began."""
    return "__mutmut_" in mutant and mangled_name_from_mutant_name(mutant) in _hit_at_import


def pytest_configure(config: pytest.Config) -> None:
    if len(config.args) > NAMED_TESTS_MAX:
        config.args = ["tests/sync"]


def pytest_sessionstart() -> None:
    _forget_results()
    if is_run_at_import(os.environ.get("MUTANT_UNDER_TEST", "")):
        for name in [name for name in sys.modules if f"{name}.".startswith(("sync.", "tests.sync."))]:
            del sys.modules[name]


def _forget_results() -> None:
    """What the process before the fork has remembered, the mutant would not be asked for."""
    for module in [module for name, module in sys.modules.items() if name.startswith("sync.")]:
        for remembering in [value for value in vars(module).values() if hasattr(value, "cache_clear")]:
            remembering.cache_clear()


def pytest_collection_finish() -> None:
    _hit_at_import.update(state()._stats)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown() -> None:
    """Before mutmut notes which functions the test called."""
    state()._stats.update(_hit_at_import)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, None, None]:
    """A failed collection kills too; to mutmut its exit code means that somebody pressed Ctrl-C."""
    yield
    if session.exitstatus == pytest.ExitCode.INTERRUPTED:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
