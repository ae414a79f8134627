"""The small city of tests, for every backend test that asks for it."""

import pytest
from flask import Flask

from tests.support.world import build_world


@pytest.fixture
def world(app: Flask) -> Flask:
    """An application with areas, users and their roles."""
    build_world(app)
    return app
