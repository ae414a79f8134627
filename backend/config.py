"""Settings: environment only, read once; a `DIABAN_*` name that is not known refuses to start."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from backend.bucket import read_bucket


class SettingsError(Exception):
    """The environment cannot be used; the message says which name and why."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a deployment chooses; names are those of docs/operations.md without the prefix."""

    instance_dir: Path
    database_url: str
    secret_key: str
    env: str = "production"
    scheduler: str = "embedded"
    aggregate_every_s: int = 3
    database_direct_url: str | None = None
    trusted_proxies: int = 0
    trusted_hosts: tuple[str, ...] = ("localhost", "127.0.0.1")
    photo_store_url: str | None = None
    smtp_url: str | None = None
    webhook_key: str | None = None
    metrics_token: str | None = None
    backup_recipient: str | None = None
    track_units: frozenset[str] = frozenset()

    @property
    def is_demo(self) -> bool:
        return self.env == "demo"

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


NAMES = {
    "DATABASE_URL", "DATABASE_DIRECT_URL", "INSTANCE_DIR", "SECRET_KEY", "ENV", "SCHEDULER",
    "AGGREGATE_EVERY_S", "TRUSTED_PROXIES", "TRUSTED_HOSTS", "PHOTO_STORE_URL", "SMTP_URL",
    "WEBHOOK_KEY", "METRICS_TOKEN", "BACKUP_RECIPIENT", "TRACK_UNITS",
}  # fmt: skip


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from the environment.

    Raises SettingsError on an unknown `DIABAN_*` name or a value outside its range."""
    given = {k[7:]: v for k, v in environ.items() if k.startswith("DIABAN_")}
    if unknown := sorted(given.keys() - NAMES):
        raise SettingsError(f"unknown setting: DIABAN_{unknown[0]}")
    env = _one_of(given, "ENV", ("production", "demo"))
    instance_dir = Path(given.get("INSTANCE_DIR", "instance")).resolve()
    database_url = multi_host_url(given.get("DATABASE_URL") or f"sqlite:///{instance_dir}/diaban.db")
    direct = given.get("DATABASE_DIRECT_URL")
    embedded_first = ("embedded", "external") if database_url.startswith("sqlite") else ("external", "embedded")
    return Settings(
        instance_dir=instance_dir,
        database_url=database_url,
        database_direct_url=multi_host_url(direct) if direct else None,
        secret_key=_secret_key(given.get("SECRET_KEY"), env, instance_dir),
        env=env,
        scheduler=_one_of(given, "SCHEDULER", embedded_first),
        aggregate_every_s=_integer(given, "AGGREGATE_EVERY_S", 3, 1, 3600),
        trusted_proxies=_integer(given, "TRUSTED_PROXIES", 0, 0, 5),
        trusted_hosts=tuple(
            h.strip() for h in given.get("TRUSTED_HOSTS", "localhost,127.0.0.1").split(",") if h.strip()
        ),
        photo_store_url=_photo_store_url(given.get("PHOTO_STORE_URL")),
        smtp_url=given.get("SMTP_URL") or None,
        webhook_key=given.get("WEBHOOK_KEY") or None,
        metrics_token=given.get("METRICS_TOKEN") or None,
        backup_recipient=given.get("BACKUP_RECIPIENT") or None,
        track_units=_codes(given, "TRACK_UNITS"),
    )


def multi_host_url(url: str) -> str:
    """A libpq URL with several hosts, in the form that SQLAlchemy takes (`?host=a:1&host=b:2`)."""
    parts = urlsplit(url)
    login, _, hosts = parts.netloc.rpartition("@")
    if "," not in hosts:
        return url
    query = parse_qsl(parts.query) + [("host", host) for host in hosts.split(",")]
    return urlunsplit(parts._replace(netloc=f"{login}@" if login else "", query=urlencode(query)))


def _one_of(given: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    value = given.get(name) or allowed[0]
    if value not in allowed:
        raise SettingsError(f"DIABAN_{name} must be one of: {', '.join(allowed)}")
    return value


def _integer(given: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = given.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise SettingsError(f"DIABAN_{name} must be a whole number from {low} to {high}")
    return int(text)


def _codes(given: Mapping[str, str], name: str) -> frozenset[str]:
    codes = frozenset(code.strip() for code in given.get(name, "").split(",") if code.strip())
    if not all(code.isascii() and code.isdigit() for code in codes):
        raise SettingsError(f"DIABAN_{name} must be codes of communes with commas between them")
    return codes


def _photo_store_url(given: str | None) -> str | None:
    """The bucket's address, once it has been read: a server that would lose every photo does not start."""
    if not given:
        return None
    try:
        read_bucket(given)
    except ValueError as error:
        raise SettingsError(f"DIABAN_PHOTO_STORE_URL {error}") from None
    return given


def _secret_key(given: str | None, env: str, instance_dir: Path) -> str:
    """The key given; in demo one is made and kept beside the data, in production it is demanded."""
    if given:
        if env == "production" and len(given) < 32:
            raise SettingsError("DIABAN_SECRET_KEY must have at least 32 characters")
        return given
    if env != "demo":
        raise SettingsError("DIABAN_SECRET_KEY is demanded in production")
    path = instance_dir / "secret_key"
    if not path.exists():
        instance_dir.mkdir(parents=True, exist_ok=True)
        path.write_text(secrets.token_urlsafe(48), encoding="ascii")
        path.chmod(0o600)
    return path.read_text(encoding="ascii")
