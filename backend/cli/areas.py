"""`flask areas load | import | import-geometry | merge | move-hamlet`."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy import Connection, select

from backend.ambient import ambient
from backend.database import writing
from backend.errors import ProblemError
from backend.models import Area
from backend.services import area_geometry, area_import, area_units, geometry_file, moving
from backend.services.area_file import FILE_BYTES_MAX, FileUnreadable, TooManyRows, read_rows
from backend.services.areas import find_area

command = AppGroup("areas", help="Load, import, merge and move areas.")


@command.command("load")
def load() -> None:
    """All provinces and communes of Vietnam, with former names. A second run changes nothing."""
    with writing() as connection, click.progressbar(length=area_units.count_units(), label="areas") as bar:
        for count in area_units.load_units(connection, ambient().now_ms()):
            bar.update(count)
    click.echo("areas are loaded")


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--parent", "code", required=True, help="Code of the commune.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
def import_file(file: Path, code: str, *, dry_run: bool) -> None:
    """Hamlets and groups from a CSV or XLSX file with the columns loai, ten, cha."""
    if file.stat().st_size > FILE_BYTES_MAX:
        raise click.ClickException(f"the file is larger than {FILE_BYTES_MAX // 1024} KiB")
    try:
        rows = read_rows(file.read_bytes())
        outcome = _import(rows, code, dry_run=dry_run)
    except (FileUnreadable, TooManyRows, ProblemError) as error:
        raise click.ClickException(f"nothing was imported: {type(error).__name__} {error}") from None
    for row in outcome["rows"]:
        if row["outcome"] == "error":
            click.echo(f"row {row['row']}: {row['name']}: {row['detail']}")
    click.echo(f"added {outcome['added']}, already there {outcome['exists']}, with errors {outcome['errors']}")


@command.command("import-geometry")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", required=True, help="Where it comes from, in words that stand beside the map.")
@click.option("--code-property", default="code", show_default=True, help="Property with the code of the commune.")
@click.option("--hamlet-property", default="hamlet", show_default=True, help="Property with the name of a hamlet.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
def import_geometry(file: Path, source: str, code_property: str, hamlet_property: str, *, dry_run: bool) -> None:
    """Boundaries of communes and hamlets from a GeoJSON file, thinned out to 20 m; what is there is replaced."""
    words = source.strip()
    if not 0 < len(words) <= area_geometry.SOURCE_CHARACTERS_MAX:
        raise click.ClickException(f"--source takes 1 to {area_geometry.SOURCE_CHARACTERS_MAX} characters")
    if file.stat().st_size > geometry_file.FILE_BYTES_MAX:
        raise click.ClickException(f"the file is larger than {geometry_file.FILE_BYTES_MAX // 1024 // 1024} MiB")
    try:
        features = geometry_file.read_features(file.read_bytes(), code_property, hamlet_property)
    except geometry_file.GeometryFileUnreadable as error:
        raise click.ClickException(f"nothing was imported: {error}") from None
    with writing() as connection:
        done = area_geometry.import_geometry(connection, features, words, ambient().now_ms(), dry_run=dry_run)
    for fault in done.faults:
        click.echo(fault)
    click.echo(f"stored {done.stored}, as they were {done.same}, with faults {len(done.faults)}")


@command.command("merge")
@click.argument("code")
@click.argument("into")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The first day in the new commune.")
def merge(code: str, into: str, on: datetime) -> None:
    """Make commune CODE part of commune INTO: hamlets, roles and records go over, and phones follow."""
    door = ambient()
    with writing() as connection, _refusals():
        source, target = _area_with_code(connection, code), _area_with_code(connection, into)
        moved = moving.merge_communes(connection, source, target, on.date(), door.now_ms(), door)
    click.echo(f"{code} is part of {into}; records that moved: {moved}")


@command.command("move-hamlet")
@click.argument("hamlet")
@click.argument("into")
def move_hamlet(hamlet: str, into: str) -> None:
    """Make a hamlet (its id) part of commune INTO (its code), with its groups and the records placed there."""
    door = ambient()
    with writing() as connection, _refusals():
        moved = moving.move_hamlet(connection, hamlet, _area_with_code(connection, into), door.now_ms(), door)
    click.echo(f"the hamlet is part of {into}; records that moved: {moved}")


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except ProblemError as error:
        raise click.ClickException(f"nothing was changed: {error.code}") from None


def _area_with_code(connection: Connection, code: str) -> str:
    area = connection.execute(select(Area.id).where(Area.code == code)).scalar()
    if area is None:
        raise click.ClickException(f"no area has the code {code}")
    return area


def _import(rows: list[Any], code: str, *, dry_run: bool) -> dict[str, Any]:
    now_ms, new_id = ambient().now_ms(), ambient().uuid
    with writing() as connection:
        commune = find_area(connection, _area_with_code(connection, code))
        return area_import.import_areas(connection, commune, rows, new_id, now_ms, dry_run=dry_run)
