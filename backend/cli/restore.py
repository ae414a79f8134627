"""`flask restore SRC --yes`: replace the store by a copy, after verifying all of it."""

from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import inspect

from backend.ambient import ambient
from backend.cli.migrate import migrate_store
from backend.database import reading
from backend.services.backup import BackupError
from backend.services.restore import restore_backup
from backend.settings import settings

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("restore")
@click.argument("source", type=EXISTING)
@click.option("--yes", is_flag=True, help="Replace everything that is in the store now.")
@click.option("--identity", type=EXISTING, help="The file of the age key, for an encrypted copy.")
@with_appcontext
def command(source: Path, yes: bool, identity: Path | None) -> None:
    """Replace the store by a copy and begin a new history; phones then offer again what the copy lacks."""
    if not yes:
        raise click.ClickException("this replaces everything in the store: say so with --yes")
    key = identity.read_text(encoding="ascii", errors="replace") if identity else None
    try:
        epoch = restore_backup(source, settings().instance_dir, key, ambient(), click.echo, migrate_new_store)
    except (BackupError, OSError) as error:
        raise click.ClickException(f"nothing was changed: {error}") from None
    click.echo(f"restored; the new history is named {epoch}")


def migrate_new_store() -> None:
    """A box on which nothing ever ran has no tables to restore into; an older store is for `flask migrate`."""
    with reading() as connection:
        is_new = not inspect(connection).has_table("alembic_version")
    if is_new:
        migrate_store()
