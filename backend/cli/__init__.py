"""Commands of an operator: `flask --app backend <name>`."""

from importlib import import_module

from flask import Flask

# each module has one click command or group of its own name, called `command`
MODULES = (
    "backend.cli.migrate",
    "backend.cli.users",
    "backend.cli.areas",
    "backend.cli.demo",
    "backend.cli.backup",
    "backend.cli.restore",
    "backend.jobs.command",
)


def init_commands(app: Flask) -> None:
    """Register every command."""
    for name in MODULES:
        app.cli.add_command(import_module(name).command)
