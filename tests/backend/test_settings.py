"""Settings come from the environment only, and what cannot be used refuses to start."""

from pathlib import Path

import pytest

from backend.config import SettingsError, multi_host_url, read_settings
from backend.database import refuse_unsound_sqlite

KEY = "k" * 32


def test_a_demo_needs_nothing_but_its_name(tmp_path: Path) -> None:
    settings = read_settings({"DIABAN_ENV": "demo", "DIABAN_INSTANCE_DIR": str(tmp_path)})
    assert settings.is_demo
    assert settings.is_sqlite
    assert settings.database_url == f"sqlite:///{tmp_path}/diaban.db"
    assert (settings.scheduler, settings.aggregate_every_s, settings.trusted_proxies) == ("embedded", 3, 0)
    assert settings.trusted_hosts == ("localhost", "127.0.0.1")
    again = read_settings({"DIABAN_ENV": "demo", "DIABAN_INSTANCE_DIR": str(tmp_path)})
    assert again.secret_key == settings.secret_key
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_production_demands_a_key() -> None:
    with pytest.raises(SettingsError, match="SECRET_KEY"):
        read_settings({})
    with pytest.raises(SettingsError, match="32"):
        read_settings({"DIABAN_SECRET_KEY": "short"})
    assert not read_settings({"DIABAN_SECRET_KEY": KEY}).is_demo


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DIABAN_COLOUR", "red"),
        ("DIABAN_ENV", "test"),
        ("DIABAN_SCHEDULER", "both"),
        ("DIABAN_AGGREGATE_EVERY_S", "0"),
        ("DIABAN_AGGREGATE_EVERY_S", "3.5"),
        ("DIABAN_AGGREGATE_EVERY_S", "\u0663"),
        ("DIABAN_TRUSTED_PROXIES", "-1"),
        ("DIABAN_TRUSTED_PROXIES", "6"),
    ],
)
def test_what_is_unknown_or_out_of_range_refuses_to_start(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read_settings({"DIABAN_SECRET_KEY": KEY, name: value})


def test_postgresql_leaves_the_scheduler_to_its_own_process() -> None:
    settings = read_settings({"DIABAN_SECRET_KEY": KEY, "DIABAN_DATABASE_URL": "postgresql://a@h/d"})
    assert (settings.scheduler, settings.is_sqlite) == ("external", False)


def test_several_hosts_become_parameters() -> None:
    assert multi_host_url("postgresql://u:p@a:1,b:2/d?x=1") == "postgresql://u:p@/d?x=1&host=a%3A1&host=b%3A2"
    assert multi_host_url("postgresql://u@a/d") == "postgresql://u@a/d"


@pytest.mark.parametrize(
    ("version", "is_sound"),
    [((3, 40, 1), False), ((3, 51, 2), False), ((3, 51, 3), True), ((3, 52, 0), True), ((3, 50, 7), True),
     ((3, 50, 6), False), ((3, 44, 6), True), ((3, 44, 5), False)],
)  # fmt: skip
def test_a_sqlite_that_loses_writes_refuses_to_start(version: tuple[int, int, int], *, is_sound: bool) -> None:
    if is_sound:
        refuse_unsound_sqlite(version)
        return
    with pytest.raises(SettingsError, match=r"3\.51\.3"):
        refuse_unsound_sqlite(version)
