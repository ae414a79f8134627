"""What became of each mutant, file by file, from the results that mutmut leaves beside the mutated files."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

KILLED, TIMEOUT = "killed", "timeout"


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
    return {str(path): _tally(path) for path in sorted((work / "sync").glob("*.py")) if _tally(path).whole}


def _tally(path: Path) -> Tally:
    data = SourceFileMutationData(path=Path("sync") / path.name)
    data.load()
    found: dict[str, list[str]] = {}
    for name, code in data.exit_code_by_key.items():
        found.setdefault(status_by_exit_code[code], []).append(name)
    return Tally(found)


def survivors(found: Mapping[str, Tally]) -> Iterator[str]:
    """Each mutant that is alive, with the lines that it changed."""
    for path, tally in found.items():
        for name in tally.alive:
            yield f"{name}\n{_changed(name, Path('sync') / Path(path).name)}\n"


def _changed(name: str, path: Path) -> str:
    diff = get_diff_for_mutant(name, path=path).splitlines()
    changed = [line for line in diff if line[:1] in ("+", "-") and line[:3] not in ("+++", "---") and line[1:].strip()]
    return "\n".join(f"    {line}" for line in changed)


def write_table(found: Mapping[str, Tally], total: Tally) -> str:
    rows = [_row(Path(path).name, tally) for path, tally in found.items()]
    head = f"{'file':<14}{'mutants':>9}{'killed':>9}{'survived':>10}{'timeouts':>10}{'other':>7}{'score':>8}"
    return "\n".join([head, *rows, _row("total", total)])


def _row(name: str, tally: Tally) -> str:
    counts = Counter({status: len(names) for status, names in tally.by_status.items()})
    killed, survived, timeouts = counts[KILLED], counts["survived"], counts[TIMEOUT]
    other = tally.whole - killed - survived - timeouts
    return f"{name:<14}{tally.whole:>9}{killed:>9}{survived:>10}{timeouts:>10}{other:>7}{tally.score:>8.1%}"
