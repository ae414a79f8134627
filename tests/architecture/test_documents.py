"""The documents say what the code does."""

import re
import tomllib
from dataclasses import fields

import backend
from backend.config import NAMES, Settings
from tests.support.sources import ROOT

ARCHITECTURE_LINES_MAX = 200
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", *sorted(
    path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")
)]  # fmt: skip


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def test_the_architecture_fits_in_one_sitting() -> None:
    assert len(read("ARCHITECTURE.md").splitlines()) <= ARCHITECTURE_LINES_MAX


def test_every_link_between_documents_leads_somewhere() -> None:
    dead = [
        (name, target)
        for name in DOCUMENTS
        for target in LINK.findall(read(name))
        if not ((ROOT / name).parent / target).exists()
    ]
    assert dead == []


def test_every_setting_is_explained_to_operators() -> None:
    explained = set(re.findall(r"DIABAN_(\w+)", read("docs/operations.md")))
    assert explained == NAMES
    assert {field.name.upper() for field in fields(Settings)} == NAMES


def test_the_changelog_knows_the_version() -> None:
    assert f"## [{backend.__version__}]" in read("CHANGELOG.md")


def test_make_explains_every_target() -> None:
    makefile = read("Makefile")
    phony = set(re.findall(r"^\.PHONY: (\S+)", makefile, re.MULTILINE))
    explained = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    assert phony == explained


def test_pyproject_holds_the_build_backend_only() -> None:
    assert set(tomllib.loads(read("pyproject.toml"))) == {"build-system"}
