"""`make mutants`: mutate a copy of `sync/`, run `tests/sync` against each mutant, and say which ones survived."""

import os
import shutil
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Final

from tests.mutants.report import Tally, survivors, tallies, write_table

ROOT: Final = Path(__file__).parents[2]
HOME: Final = ROOT / "build" / "mutants"
WORK: Final = HOME / "work"
SCORE_MIN: Final = 0.9
COPIED: Final = ("sync", "tests/sync", "tests/vectors", "tests/mutants")
NAIVE: Final = Path("tests/simulation/naive.py")


def main() -> int:
    """Exit code 1 where fewer mutants were killed than the project asks for."""
    prepare()
    began = time.monotonic()
    run()
    minutes = (time.monotonic() - began) / 60
    os.chdir(WORK)
    found = tallies(WORK)
    (HOME / "survivors.txt").write_text("".join(survivors(found)), encoding="utf-8")
    print((HOME / "survivors.txt").read_text(encoding="utf-8"))
    total = Tally.sum(found.values())
    print(write_table(found, total))
    print(f"\nmutmut {version('mutmut')}, {minutes:.1f} minutes; survivors: {HOME / 'survivors.txt'}")
    return 0 if total.score >= SCORE_MIN else 1


def prepare() -> None:
    """A copy with nothing but the protocol and its tests: mutants never stand in the working tree."""
    shutil.rmtree(WORK, ignore_errors=True)
    for name in COPIED:
        shutil.copytree(ROOT / name, WORK / name, ignore=shutil.ignore_patterns("__pycache__"))
    (WORK / NAIVE).parent.mkdir()
    shutil.copyfile(ROOT / NAIVE, WORK / NAIVE)
    shutil.copyfile(Path(__file__).parent / "mutmut.cfg", WORK / "setup.cfg")


def run() -> None:
    """One worker, and gently: a run takes long and the machine has other work."""
    command = [sys.executable, str(HOME / "lib/bin/mutmut"), "run", "--max-children", "1"]
    env = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    with (HOME / "run.log").open("w") as log:
        outcome = subprocess.run(["nice", "-n", "10", *command], cwd=WORK, env=env, stdout=log, stderr=log, check=False)
    if outcome.returncode:
        sys.exit(f"mutmut ended with {outcome.returncode}: see {HOME / 'run.log'}")


if __name__ == "__main__":
    sys.exit(main())
