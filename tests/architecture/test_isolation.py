"""Nothing reaches out: no foreign address in the app, no machine's own path or host in the repository."""

import re
from collections.abc import Iterator

import pytest

from tests.support.sources import ROOT, files, tracked_text_files

ADDRESS = re.compile(r"\b(?:https?|wss?)://([\w.-]*)")
# Addresses that are names (namespaces, licences, specifications) or nobody's; none is ever fetched.
ALLOWED_HOSTS = re.compile(
    r"^$|^localhost$|^127\.|(^|\.)example(\.(com|org|net))?$|\.(test|invalid)$|(^|\.)w3\.org$|(^|\.)rfc-editor\.org$"
    r"|^spdx\.org$|(^|\.)gnu\.org$"
)
BUILT = ROOT / "backend/static/app"
# Joined here so that this file does not name them either.
MACHINE_PATHS = ("/" + "work/", "/" + "root/", "/tmp" + "/w", "/home" + "/user")


def foreign_hosts(text: str) -> set[str]:
    return {host for host in ADDRESS.findall(text) if not ALLOWED_HOSTS.search(host)}


def test_the_app_source_names_no_foreign_host() -> None:
    sources = files(("frontend/src", "frontend/public"), ".ts", ".tsx", ".css", ".html", ".json", ".svg")
    found = {path.name: foreign_hosts(path.read_text("utf-8")) for path in sources}
    assert {name: hosts for name, hosts in found.items() if hosts} == {}


def test_the_built_app_names_no_foreign_host() -> None:
    if not BUILT.is_dir():
        pytest.skip("the app is not built: make build")
    texts = [path for path in BUILT.rglob("*") if path.suffix in {".js", ".css", ".html", ".json", ".webmanifest"}]
    found = {path.name: foreign_hosts(path.read_text("utf-8")) for path in texts}
    assert {name: hosts for name, hosts in found.items() if hosts} == {}


def lock_entries() -> Iterator[tuple[str, str]]:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
        yield from ((name, line) for line in text.splitlines() if line and not line.startswith("#"))


def test_every_locked_package_has_a_version_and_a_hash() -> None:
    loose = [line for _, line in lock_entries() if not re.match(r"[\w.\[\]-]+==\S+.*--hash=sha256:[0-9a-f]{64}", line)]
    assert loose == []


def test_no_lock_file_names_a_host() -> None:
    locks = ("requirements.txt", "requirements-dev.txt", "frontend/package-lock.json")
    found = {
        name: re.findall(r'"resolved": .*|^--.*|@ https?:.*', (ROOT / name).read_text("utf-8"), re.M) for name in locks
    }
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_no_tracked_file_names_a_path_of_somebodys_machine() -> None:
    found = {name for name, text in tracked_text_files() if any(path in text for path in MACHINE_PATHS)}
    assert found == set()
