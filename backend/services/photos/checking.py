"""Checking a photo in a process apart: started for it, ended with it, one at a time in each web process (T17)."""

import json
import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from backend.errors import ProblemError
from sync.limits import PHOTO_BYTES_MAX, PHOTO_PIXELS_MAX

PROGRAM: Final = Path(__file__).with_name("reencoding.py")
# of the process with its own limit of 10 s of work: on a busy machine it waits for its turn
CHECK_S_MAX: Final = 30
# who comes while so many wait is told to come again: the other threads are for records
WAITING_MAX: Final = 3
KEPT_BYTES_MAX: Final = 2 * PHOTO_BYTES_MAX
HEAD: Final = b"\xff\xd8\xff"
# how a process ends whose picture was too much for it: time, or a decoder that fell over
OF_THE_PICTURE: Final = (
    signal.SIGXCPU, signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL, signal.SIGFPE,
)  # fmt: skip

log = logging.getLogger(__name__)
_turn = threading.Lock()
_waiting = threading.BoundedSemaphore(WAITING_MAX + 1)


class PhotoRefused(Exception):
    """These bytes are no photo that is kept."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Checked:
    """What is kept of a photo: the picture and its thumbnail, both re-encoded."""

    width: int
    height: int
    full: bytes
    thumb: bytes


def check_photo(content: bytes) -> Checked:
    """The bare picture in these bytes.

    Raises PhotoRefused; ProblemError where that says nothing of the photo: `busy` when too many wait to be checked,
    `internal` when the check itself failed."""
    with _one_at_a_time():
        return _read(_run(content))


def _run(content: bytes) -> bytes:
    # -I: neither the environment nor the folder it stands in adds a module to it
    command = [sys.executable, "-I", str(PROGRAM), str(PHOTO_PIXELS_MAX)]
    try:
        done = subprocess.run(  # noqa: S603
            command, input=content, capture_output=True, timeout=CHECK_S_MAX, check=False, cwd="/", env={}
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise ProblemError("busy") from None
    if -done.returncode in OF_THE_PICTURE:
        log.warning("a photo ended its check by signal %d", -done.returncode)
        raise PhotoRefused("photo-unusable")
    if done.returncode != 0:
        log.error("the check of a photo failed with %d: %s", done.returncode, done.stderr[-1000:])
        raise ProblemError("internal")
    return done.stdout


def _read(said: bytes) -> Checked:
    """What the process said, as far as it can be believed: it has looked at a stranger's bytes."""
    line, _, rest = said.partition(b"\n")
    try:
        head: Any = json.loads(line)
        if "code" in head:
            raise PhotoRefused(str(head["code"]))
        width, height, end = int(head["width"]), int(head["height"]), int(head["full"])
    except (ValueError, KeyError, TypeError):
        raise PhotoRefused("photo-unusable") from None
    checked = Checked(width, height, rest[:end], rest[end:])
    if not all(each.startswith(HEAD) and len(each) <= KEPT_BYTES_MAX for each in (checked.full, checked.thumb)):
        raise PhotoRefused("photo-unusable")
    return checked


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    if not _waiting.acquire(blocking=False):
        raise ProblemError("busy")
    try:
        with _turn:
            yield
    finally:
        _waiting.release()
