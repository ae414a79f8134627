"""`flask users add | list | disable | password | assign`. A password is asked for, never an argument."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask.cli import AppGroup

from backend.ambient import ambient
from backend.database import reading, writing
from backend.errors import ProblemError
from backend.services import users

command = AppGroup("users", help="Accounts and their roles.")

password_option = click.password_option("--password", prompt="Password", help="Asked for when not given.")


@command.command("add")
@click.argument("username")
@click.option("--name", required=True, help="Full name, as it is shown.")
@password_option
def add(username: str, name: str, password: str) -> None:
    """A new account; give it a role with `users assign`."""
    with writing() as connection, _refusals():
        users.add_user(connection, username, name, password, ambient().uuid(), ambient().now_ms())
    click.echo(f"added {username}")


@command.command("list")
def show() -> None:
    """Every account with its roles."""
    with reading() as connection:
        for user in users.list_users(connection):
            state = " (disabled)" if user["disabled"] else ""
            click.echo(f"{user['username']}{state}  {user['name']}  {'; '.join(user['roles'])}")


@command.command("disable")
@click.argument("username")
def disable(username: str) -> None:
    """End all sessions of an account and refuse new ones."""
    with writing() as connection, _refusals():
        users.disable_user(connection, username, ambient().now_ms())
    click.echo(f"disabled {username}")


@command.command("password")
@click.argument("username")
@password_option
def change_password(username: str, password: str) -> None:
    """A new password; all sessions end."""
    with writing() as connection, _refusals():
        users.set_password(connection, username, password, ambient().now_ms())
    click.echo(f"changed the password of {username}")


@command.command("assign")
@click.argument("username")
@click.argument("role", type=click.Choice(users.ROLES))
@click.argument("code")
@click.option("--from", "from_on", help="First day, YYYY-MM-DD.")
@click.option("--to", "to_on", help="Last day, YYYY-MM-DD.")
def assign(username: str, role: str, code: str, from_on: str | None, to_on: str | None) -> None:
    """A role in the area with this code, and below."""
    with writing() as connection, _refusals():
        users.assign_role(connection, username, role, code, (from_on, to_on), ambient().uuid())
    click.echo(f"{username} is {role} in {code}")


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except ProblemError as error:
        where = ", ".join(fault["pointer"] for fault in error.errors or [])
        raise click.ClickException(f"{error.code} {where}".strip()) from None
