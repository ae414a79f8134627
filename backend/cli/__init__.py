"""Commands of an operator: `flask --app backend <name>`."""

from importlib import import_module
from importlib.util import find_spec

from flask import Flask

# each module has one click command or group of its own name, called `command`
MODULES = ("migrate", "users", "areas", "demo", "scheduler", "backup", "restore")


def init_commands(app: Flask) -> None:
    """Register every command."""
    for name in MODULES:
        if find_spec(f"backend.cli.{name}") is not None:
            app.cli.add_command(import_module(f"backend.cli.{name}").command)
