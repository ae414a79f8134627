"""`flask demo`: a city to try the app on. Refused outside DIABAN_ENV=demo; a second run changes nothing."""

import random

import click
from flask.cli import with_appcontext

from backend.ambient import ambient
from backend.database import writing
from backend.demo import accounts, activity, places, reference
from backend.services import aggregate, area_units
from backend.settings import settings
from sync.days import DAY_MS

SEED = 138


@click.command("demo")
@click.option("--empty", is_flag=True, help="Areas, two leaflet designs and accounts only.")
@with_appcontext
def command(*, empty: bool) -> None:
    """Load areas, accounts and sixty days of invented activity."""
    if not settings().is_demo:
        raise click.ClickException("only with DIABAN_ENV=demo: the demo's accounts have a known password")
    now_ms = ambient().now_ms()
    with writing() as connection, click.progressbar(length=area_units.count_units(), label="areas   ") as bar:
        for count in area_units.load_units(connection, now_ms):
            bar.update(count)
        places.load_places(connection, now_ms)
        places.load_outlines(connection, now_ms)
        accounts.load_accounts(connection, now_ms)
        reference.write_leaflets(connection, _chance("leaflets"), now_ms - (activity.DAYS + 1) * DAY_MS)
    if not empty:
        _write_activity(now_ms)
    click.echo(f"accounts, all with the password {accounts.PASSWORD}:")
    for username, (name, role, code) in accounts.ACCOUNTS.items():
        click.echo(f"  {username:<18} {role:<12} {code:<6} {name}")


def _chance(part: str) -> random.Random:
    """Each part has its own, so that it is the same whatever was written before."""
    return random.Random(f"{SEED}/{part}")  # noqa: S311 - the same city for everyone


def _write_activity(now_ms: int) -> None:
    with writing() as connection, click.progressbar(length=activity.DAYS, label="activity") as bar:
        for _ in activity.write_activity(connection, _chance("activity"), now_ms):
            bar.update(1)
    with click.progressbar(length=1, label="figures ") as bar:
        while aggregate.drain(now_ms):
            pass
        bar.update(1)
