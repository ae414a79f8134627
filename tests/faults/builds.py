"""A copy of the app and its server of its own: safe from a rebuild meanwhile, and with a fault put in if wanted."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.sources import ROOT

PARTS = ("backend", "sync", "locales", "frontend")
NOT_COPIED = shutil.ignore_patterns("node_modules", "__pycache__", "app", "tests", ".ok")
BUILD_S_MAX = 300


@dataclass(frozen=True, slots=True)
class Replacement:
    """A piece of the phone's source, and what stands there instead."""

    file: str
    old: str
    new: str


SAVING = "screens/forms/saving.ts"
STORE = "  if (!first || !source || !mayHavePhotos(engine, source)) return await plainly();\n  "
# Positive controls by name: mistakes that somebody might make, and that the schedules must catch.
CONTROLS: dict[str, tuple[Replacement, ...]] = {
    # the screen says so before the store has been asked
    "say-first": (
        Replacement(
            SAVING,
            STORE,
            "  void engine.save(changes);\n  return { ok: true, value: null };\n  // ",
        ),
    ),
    "relaxed": (
        Replacement("store/device-store.ts", 'durability: "strict"', 'durability: "relaxed"'),
        Replacement("store/session-store.ts", 'durability: "strict"', 'durability: "relaxed"'),
    ),
    # the records stand in IndexedDB alone
    "no-spare": (Replacement("platform/platform.ts", "spares: deviceSpares()", "spares: undefined"),),
    # rows stand as they were written, and no lock can be set
    "no-sealing": (
        Replacement(
            "engine/work-keys.ts",
            "  if (!(crypto as Partial<Crypto>).subtle) return null;",
            "  if (sessions) return null;",
        ),
    ),
    # a parent and its child one after the other
    "two-transactions": (
        Replacement(
            SAVING,
            STORE,
            "  for (const change of changes) {\n    const outcome = await engine.save([change]);\n"
            "    if (!outcome.ok) return outcome;\n  }\n  return { ok: true, value: null };\n  // ",
        ),
    ),
}


def copy_app(folder: Path, control: str | None = None) -> Path:
    """Copy and build the tree under `folder`; gives the root to start servers from."""
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=NOT_COPIED, symlinks=True)
    (folder / "frontend/node_modules").symlink_to(ROOT / "frontend/node_modules")
    for replacement in CONTROLS[control] if control else ():
        _replace(folder / "frontend/src" / replacement.file, replacement)
    _build(folder)
    return folder


def _replace(path: Path, replacement: Replacement) -> None:
    text = path.read_text("utf-8")
    if text.count(replacement.old) != 1:
        raise LookupError(f"{replacement.file} has changed: mend the control that replaces a part of it")
    path.write_text(text.replace(replacement.old, replacement.new), "utf-8")


def _build(folder: Path) -> None:
    node = ROOT / ".venv/bin"
    environment = os.environ | {"PATH": f"{node}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["node", "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"],
        cwd=folder / "frontend", env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=BUILD_S_MAX,
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"the copy cannot be built: {done.stdout[-2000:]}{done.stderr[-2000:]}")
