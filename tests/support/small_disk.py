"""A disk of its own for one test, small enough to be filled to the last byte; only root may mount one."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MISSING = "a small disk cannot be mounted here: only root may, where the machine allows it"
MOUNT_S_MAX = 20
BLOCK = bytes(4096)


class SmallDisk:
    """Other people's photos and films are one file on it, the balloon."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._balloon = folder / "balloon"

    def fill(self) -> None:
        """To the last byte, whatever has become free since."""
        disk = os.open(self._balloon, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            while True:
                os.write(disk, BLOCK)
        except OSError:
            return
        finally:
            os.close(disk)

    def free(self) -> None:
        self._balloon.unlink()


@contextmanager
def small_disk(folder: Path, size_mib: int) -> Iterator[SmallDisk | None]:
    """None where it cannot be had."""
    folder.mkdir()
    if not _succeeds(["mount", "-t", "tmpfs", "-o", f"size={size_mib}m", "none", str(folder)]):
        yield None
        return
    try:
        yield SmallDisk(folder)
    finally:
        # Lazily: a browser that was killed a moment ago may still hold a file.
        _succeeds(["umount", "-l", str(folder)])


def _succeeds(command: list[str]) -> bool:
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=MOUNT_S_MAX)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
