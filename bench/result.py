"""What a run of the bench came to: medians with their spread, and ratios between systems of the same run."""

import statistics
from dataclasses import asdict, dataclass, field
from typing import Any

from bench.case import Case
from bench.sample import Sample, Verdict


@dataclass(slots=True)
class Row:
    """One system under one case. `error` says why there is nothing to tell."""

    system: str
    durability: str
    samples: list[Sample] = field(default_factory=list)
    error: str | None = None

    @property
    def rate(self) -> float | None:
        """Records each second, the median of the runs."""
        return statistics.median(sample.rate for sample in self.samples) if self.samples else None

    @property
    def verdict(self) -> Verdict | None:
        """The sum over all runs; None where nothing was checked."""
        judged = [sample.verdict for sample in self.samples if sample.verdict is not None]
        if not judged:
            return None
        return Verdict(sum(v.missed for v in judged), sum(v.doubled for v in judged), sum(v.lost for v in judged))

    def median(self, name: str) -> float:
        """The median of one of a sample's figures."""
        return float(statistics.median(getattr(sample, name) for sample in self.samples))

    def told(self) -> dict[str, Any]:
        """The row as it stands in the file."""
        return {
            "system": self.system,
            "durability": self.durability,
            "error": self.error,
            "records_per_s": self.rate,
            "samples": [asdict(sample) | {"records_per_s": sample.rate} for sample in self.samples],
        }


@dataclass(slots=True)
class CaseResult:
    """All systems under one case, measured in turn."""

    case: Case
    rows: list[Row]

    def row(self, system: str) -> Row | None:
        return next((row for row in self.rows if row.system == system), None)

    def ratio(self, system: str, to: str) -> float | None:
        """How many times as many records each second one system did as another."""
        one, other = self.row(system), self.row(to)
        if one is None or other is None or one.rate is None or not other.rate:
            return None
        return one.rate / other.rate

    def best_ratio(self, system: str, to: str) -> float | None:
        """The same of each one's fastest run: the one that was least disturbed."""
        one, other = self.row(system), self.row(to)
        if one is None or other is None or not one.samples or not other.samples:
            return None
        return max(sample.rate for sample in one.samples) / max(sample.rate for sample in other.samples)

    @property
    def is_sound(self) -> bool:
        """Whether the own server was measured without a failure and nothing of its rows went wrong."""
        own = self.row("diaban")
        if own is None:
            return True
        return own.error is None and own.verdict == Verdict(0, 0, 0)

    def told(self) -> dict[str, Any]:
        """The case as it stands in the file."""
        names = [row.system for row in self.rows]
        ratios = {f"{one}/{other}": self.ratio(one, other) for one in names for other in names if one != other}
        return {"case": asdict(self.case), "rows": [row.told() for row in self.rows], "ratios": ratios}
