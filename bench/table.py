"""The table that is printed, and the file beside it."""

import json
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.result import CaseResult, Row
from bench.sample import CORES

MIB: Final = 1024 * 1024
HEADS: Final = (
    "system", "records", "records/s", "min", "max", "x raw", "best", "x peer", "p50 ms", "p95 ms", "up B", "down B",
    "CPU ms", "peak MB", "missed", "doubled", "lost", "5xx", "client %", "others %",
)  # fmt: skip
LEGEND: Final = (
    "records: in a run. records/s: acknowledged ones, the median of the runs. x raw: against the driver alone;\n"
    "best: the same of each one's fastest run. x peer: how many times this system the own server did. up, down B:\n"
    "body bytes on the wire for each record. CPU ms: of server and database for each batch or page. 5xx: answers\n"
    "that said that the server had failed; asked again. client %, others %: share of the machine that the clients\n"
    "and everything else on it took meanwhile."
)


def lines_of(result: CaseResult) -> list[str]:
    """One case as lines of text."""
    rows = [list(HEADS)] + [_cells(result, row) for row in result.rows if row.samples]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    lines = [result.case.title(), *(_aligned(row, widths) for row in rows)]
    lines += [f"  {row.system}: not measured: {row.error}" for row in result.rows if row.error]
    return lines + [f"  {row.system}: {row.durability}" for row in result.rows]


def write_file(results: Sequence[CaseResult], path: Path, more: dict[str, object]) -> None:
    """Everything that was measured, each run of it."""
    machine = {"cores": CORES, "system": platform.platform(), "python": platform.python_version()}
    told = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine, **more}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told | {"cases": [result.told() for result in results]}, indent=1), encoding="utf-8")


def _cells(result: CaseResult, row: Row) -> list[str]:
    rates = [sample.rate for sample in row.samples]
    verdict = row.verdict
    counts = [str(verdict.missed), str(verdict.doubled), str(verdict.lost)] if verdict else ["-", "-", "-"]
    return [
        row.system,
        f"{row.samples[0].records:,}",
        f"{row.rate:,.0f}",
        f"{min(rates):,.0f}",
        f"{max(rates):,.0f}",
        _ratio(result.ratio(row.system, "raw") if row.system != "raw" else None),
        _ratio(result.best_ratio(row.system, "raw") if row.system != "raw" else None),
        _ratio(result.ratio("diaban", row.system) if row.system not in ("raw", "diaban") else None),
        f"{row.median('p50_ms'):.1f}",
        f"{row.median('p95_ms'):.1f}",
        f"{row.median('up_bytes'):.0f}",
        f"{row.median('down_bytes'):.0f}",
        f"{row.median('server_ms_per_step'):.1f}",
        f"{max(sample.peak_bytes for sample in row.samples) / MIB:.0f}",
        *counts,
        str(sum(sample.failures for sample in row.samples)),
        f"{100 * row.median('client_share'):.1f}",
        f"{100 * row.median('other_share'):.1f}",
    ]


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = cells
    return f"  {first.ljust(widths[0])}" + "".join(f"  {c:>{w}}" for c, w in zip(rest, widths[1:], strict=True))


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
