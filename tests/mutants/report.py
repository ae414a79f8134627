"""What became of each mutant, file by file, from the results that mutmut leaves beside the mutated files."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

KILLED, SURVIVED, TIMEOUT = "killed", "survived", "timeout"


class Tally(NamedTuple):
    """The mutants of one file by what became of them: names by status."""

    by_status: Mapping[str, list[str]]

    @classmethod
    def sum(cls, tallies: "Iterable[Tally]") -> "Tally":
        found: dict[str, list[str]] = {}
        for tally in tallies:
            for status, names in tally.by_status.items():
                found.setdefault(status, []).extend(names)
        return cls(found)

    def count(self, *statuses: str) -> int:
        return sum(len(self.by_status.get(status, ())) for status in statuses)

    @property
    def whole(self) -> int:
        return self.count(*self.by_status)

    @property
    def alive(self) -> list[str]:
        """Survivors, and whatever no test looked at."""
        return [name for status, names in self.by_status.items() if status not in (KILLED, TIMEOUT) for name in names]

    @property
    def score(self) -> float:
        return self.count(KILLED, TIMEOUT) / self.whole if self.whole else 1.0


def tallies(work: Path) -> dict[str, Tally]:
    """By file, in the folder where mutmut ran; it must be the working directory."""
    found = {path.name: _tally(path) for path in sorted((work / "sync").glob("*.py"))}
    return {name: tally for name, tally in found.items() if tally.whole}


def _tally(path: Path) -> Tally:
    """With each mutant that is alive goes what it changed."""
    data = SourceFileMutationData(path=Path("sync") / path.name)
    data.load()
    found: dict[str, list[str]] = {}
    for name, code in data.exit_code_by_key.items():
        status = status_by_exit_code[code]
        told = name if status in (KILLED, TIMEOUT) else f"{name}\n{_changed(name, Path(data.path))}\n"
        found.setdefault(status, []).append(told)
    return Tally(found)


def read_tallies(results: Path) -> dict[str, Tally]:
    """By file, as `tests.mutants.outside` wrote them."""
    found = json.loads(results.read_text("utf-8"))
    return {name: Tally(by_status) for name, by_status in found.items() if by_status}


def _changed(name: str, path: Path) -> str:
    diff = get_diff_for_mutant(name, path=path).splitlines()
    changed = [line for line in diff if line[:1] in ("+", "-") and line[:3] not in ("+++", "---") and line[1:].strip()]
    return "\n".join(f"    {line}" for line in changed)


def write_table(title: str, found: Mapping[str, Tally]) -> str:
    rows = [_row(name, tally) for name, tally in found.items()]
    head = f"{title:<18}{'mutants':>9}{'killed':>9}{'survived':>10}{'timeouts':>10}{'other':>7}{'score':>8}"
    return "\n".join([head, *rows, _row("total", Tally.sum(found.values())), ""])


def _row(name: str, tally: Tally) -> str:
    counts = [tally.count(status) for status in (KILLED, SURVIVED, TIMEOUT)]
    killed, survived, timeouts = counts
    other = tally.whole - sum(counts)
    return f"{name:<18}{tally.whole:>9}{killed:>9}{survived:>10}{timeouts:>10}{other:>7}{tally.score:>8.1%}"
