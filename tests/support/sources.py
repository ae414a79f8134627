"""The project's own source files, for the tests that read them."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROTOCOL = ("sync",)
PYTHON_PACKAGES = ("sync", "backend", "locales")
# A migration is a list of tables, written once and never changed.
NOT_SOURCE = {"node_modules", "__pycache__", "static", "versions"}


def files(directories: tuple[str, ...], *suffixes: str) -> list[Path]:
    """Files under the directories with one of the suffixes, sorted, nothing built or installed."""
    return sorted(
        path
        for directory in directories
        for path in (ROOT / directory).rglob("*")
        if path.suffix in suffixes and not NOT_SOURCE & set(path.relative_to(ROOT).parts)
    )


def python_files(directories: tuple[str, ...] = PYTHON_PACKAGES) -> list[Path]:
    return files(directories, ".py")


def frontend_files() -> list[Path]:
    return files(("frontend",), ".ts", ".tsx", ".css")


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tracked_text_files() -> Iterator[tuple[str, str]]:
    """Path and text of everything in the index that is text."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        path = ROOT / name
        content = path.read_bytes() if path.is_file() else b""
        if b"\0" not in content:
            yield name, content.decode("utf-8", errors="replace")
