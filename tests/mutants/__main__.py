"""`make mutants`: mutate a copy of `sync/`, run `tests/sync` against each mutant, and say which ones survived."""

import os
import shutil
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Final

from tests.mutants.report import Tally, read_tallies, tallies, write_table

ROOT: Final = Path(__file__).parents[2]
HOME: Final = ROOT / "build" / "mutants"
WORK: Final = HOME / "work"
OUTSIDE: Final = HOME / "outside.json"
SURVIVORS: Final = HOME / "survivors.txt"
SCORE_MIN: Final = 0.9
COPIED: Final = ("sync", "tests/sync", "tests/vectors", "tests/mutants")
NAIVE: Final = Path("tests/simulation/naive.py")


def main() -> int:
    """Exit code 1 where fewer mutants were killed than the project asks for."""
    prepare()
    began = time.monotonic()
    run(str(HOME / "lib/bin/mutmut"), "run", "--max-children", "1")
    run("-m", "tests.mutants.outside", str(OUTSIDE))
    minutes = (time.monotonic() - began) / 60
    os.chdir(WORK)
    functions, outside = tallies(WORK), read_tallies(OUTSIDE)
    total = Tally.sum([*functions.values(), *outside.values()])
    SURVIVORS.write_text("\n".join(total.alive), encoding="utf-8")
    print(SURVIVORS.read_text("utf-8"))
    print(write_table("in functions", functions))
    print(write_table("outside functions", outside))
    print(f"{total.score:.1%} of {total.whole} killed; mutmut {version('mutmut')}, {minutes:.1f} minutes")
    return 0 if total.score >= SCORE_MIN else 1


def prepare() -> None:
    """A copy with nothing but the protocol and its tests: mutants never stand in the working tree."""
    shutil.rmtree(WORK, ignore_errors=True)
    (HOME / "run.log").unlink(missing_ok=True)
    for name in COPIED:
        shutil.copytree(ROOT / name, WORK / name, ignore=shutil.ignore_patterns("__pycache__"))
    (WORK / NAIVE).parent.mkdir()
    shutil.copyfile(ROOT / NAIVE, WORK / NAIVE)
    shutil.copyfile(Path(__file__).parent / "mutmut.cfg", WORK / "setup.cfg")


def run(*arguments: str) -> None:
    """One worker, and gently: a run takes long and the machine has other work."""
    env = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    with (HOME / "run.log").open("a") as log:
        command = ["nice", "-n", "10", sys.executable, *arguments]
        outcome = subprocess.run(command, cwd=WORK, env=env, stdout=log, stderr=log, check=False)
    if outcome.returncode:
        sys.exit(f"{arguments[:2]} ended with {outcome.returncode}: see {HOME / 'run.log'}")


if __name__ == "__main__":
    sys.exit(main())
