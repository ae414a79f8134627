"""A pytest plugin for every run against a mutant: the same examples each time, and cheap tests before properties."""

import pytest
from hypothesis import Phase, settings

# how small a failing example could be made is of no interest here
settings.register_profile(
    "mutants", deadline=None, max_examples=25, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate]
)


def pytest_configure() -> None:
    settings.load_profile("mutants")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Most mutants fall to an example."""
    items.sort(key=lambda item: hasattr(getattr(item, "obj", None), "hypothesis"))
