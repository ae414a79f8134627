"""What processes have used, read from /proc: CPU seconds of a tree, peak memory of one."""

import os
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    """Direct children of every thread of a process; none when it is gone."""
    found: list[int] = []
    for task in _list(PROC / str(pid) / "task"):
        found += [int(child) for child in _read(task / "children").split()]
    return found


def tree_cpu_s(pid: int) -> float:
    """CPU seconds of a process, its living descendants, and those it has buried."""
    fields = _read(PROC / str(pid) / "stat").rpartition(")")[2].split()
    own = sum(int(ticks) for ticks in fields[11:15]) / TICKS_PER_S if fields else 0.0
    return own + sum(tree_cpu_s(child) for child in children(pid))


def peak_memory_bytes(pid: int) -> int:
    """The most that was resident at once (VmHWM); 0 when the process is gone."""
    for line in _read(PROC / str(pid) / "status").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def machine_cpu_s() -> float:
    """CPU seconds that the whole machine was busy since it started."""
    user, nice, system, _idle, _wait, irq, softirq, *_ = map(int, _read(PROC / "stat").splitlines()[0].split()[1:])
    return (user + nice + system + irq + softirq) / TICKS_PER_S


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii", errors="replace")
    except OSError:
        return ""


def _list(path: Path) -> list[Path]:
    try:
        return list(path.iterdir())
    except OSError:
        return []
