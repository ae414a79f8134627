"""`flask backup DEST`: one consistent copy while the server runs."""

from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError

from backend.ambient import ambient
from backend.errors import is_table_missing
from backend.services.backup import BackupError, write_backup
from backend.settings import settings


@click.command("backup")
@click.argument("destination", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def command(destination: Path) -> None:
    """Write one copy of the records and keys, encrypted to DIABAN_BACKUP_RECIPIENT when that is set."""
    recipient = settings().backup_recipient
    if recipient is None and not settings().is_demo:
        raise click.ClickException("production encrypts its backups: set DIABAN_BACKUP_RECIPIENT to an age key")
    try:
        manifest = write_backup(destination, settings().instance_dir, recipient, ambient().now_ms(), click.echo)
    except (BackupError, OSError) as error:
        raise click.ClickException(str(error)) from None
    except DBAPIError as error:
        if not is_table_missing(error):
            raise
        raise click.ClickException("the store has no tables: run flask migrate first") from None
    rows = sum(manifest["rows"].values())
    click.echo(f"{destination}: {rows} rows, {'encrypted' if recipient else 'NOT encrypted'}")
