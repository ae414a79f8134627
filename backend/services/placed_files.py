"""The files of a copy on the way to their places, in such an order that after no crash a row names what is not there.

All are written beside their places first. Those whose name is free take it before the rows are committed: nothing
names them until then, and they stay whatever comes. Those that replace a file (as `about.json`) follow the commit.
A crash between the two leaves the file that was to be replaced, with its `.part` beside it: a restore of the same
copy puts that right.
"""

import os
from pathlib import Path, PurePosixPath
from typing import Final

from backend.services.backup import BackupError

BESIDE: Final = ".part"


class PlacedFiles:
    """The files of one restore below the instance folder."""

    def __init__(self, instance_dir: Path) -> None:
        self._root = instance_dir
        self._beside: list[Path] = []

    def write_beside(self, name: str, content: bytes) -> None:
        """Write one file under a name of its own, until everything is there. Raises BackupError."""
        parts = PurePosixPath(name).parts
        if len(parts) < 2 or parts[0] != "instance" or ".." in parts:
            raise BackupError(f"the copy has a part that no backup has: {name}")
        path = self._root.joinpath(*parts[1:-1], f"{parts[-1]}{BESIDE}")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._beside.append(path)
        with path.open("wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def place_new(self) -> None:
        """Let those take their names that replace nothing."""
        self._place([path for path in self._beside if not _place_of(path).exists()])

    def place_others(self) -> None:
        """Let the others take theirs, when the rows are the copy's."""
        self._place([path for path in self._beside if path.exists()])

    def remove_unplaced(self) -> None:
        """Let go of those that have not taken their names."""
        for path in self._beside:
            path.unlink(missing_ok=True)

    def _place(self, paths: list[Path]) -> None:
        for path in paths:
            path.replace(_place_of(path))
        # the names are to be on the disk, with the folders that were made for them
        nearest = {path.parent for path in paths}
        folders = {folder for near in nearest for folder in (near, *near.parents) if folder.is_relative_to(self._root)}
        for folder in folders:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _place_of(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(BESIDE))
