"""What crossed the link, judged by the server's own offsets: no byte of a photo that it had is sent to it again.

A range is finished when the server has answered 204 to it, or an offset that it told later lies behind it. Everything
is held against the photo (its hash), not the upload: a client that begins anew sends what is finished a second time.
"""

import base64
import gzip
import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.faults.http_stream import Message, Stream

UPLOADS = "/api/v1/uploads"
SYNC = "/api/v1/sync"


@dataclass(slots=True)
class Crossed:
    """One photo: how far the server has it, and the hash of the bytes that it took."""

    bytes: int
    finished: int = 0
    taken: Any = field(default_factory=hashlib.sha256)
    # parts that passed, whole or torn: from where, and as far as they came; which one the server took, its offset says
    parts: list[tuple[int, bytearray]] = field(default_factory=list)


@dataclass(slots=True)
class Crossing:
    """The account of one campaign."""

    photos: dict[str, Crossed] = field(default_factory=dict)
    resent: list[str] = field(default_factory=list)
    torn_bytes: int = 0
    requests: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    batches: int = 0
    repeated_batches: int = 0
    repeated_operations: int = 0
    sync_body_bytes: int = 0
    answer_bytes_max: int = 0
    # those that the server has received, and those of them that came with the last batch (one at a time, P21)
    _numbers: set[int] = field(default_factory=set)
    _batch: list[int] = field(default_factory=list)
    _uploads: dict[str, str] = field(default_factory=dict)

    def open(self) -> "Exchange":
        """Of one new connection."""
        return Exchange(self)

    def begin(self, request: Message) -> None:
        """A request's head has passed."""
        self.requests[_name(request)] += 1
        digest = self._uploads.get(request.path)
        if request.method != "PATCH" or digest is None:
            return
        photo, start = self.photos[digest], int(request.headers["upload-offset"])
        if start < photo.finished:
            again = min(photo.finished, start + int(request.headers["content-length"])) - start
            self.resent.append(f"{digest[:12]}: {again} bytes from {start} again, {photo.finished} were there")
        photo.parts.append((start, request.body))

    def end(self, request: Message) -> None:
        """All of a request has passed: the server has it, whatever becomes of the answer."""
        if request.path != SYNC:
            return
        packed = bytes(request.body)
        self.sync_body_bytes += len(packed)
        body = gzip.decompress(packed) if request.headers.get("content-encoding") == "gzip" else packed
        numbers = [operation["n"] for operation in json.loads(body)["operations"]]
        self._batch = [number for number in numbers if number not in self._numbers]
        again = len(numbers) - len(self._batch)
        self.batches += bool(numbers)
        self.repeated_batches += bool(again)
        self.repeated_operations += again
        self._numbers.update(numbers)

    def answer(self, request: Message, answer: Message) -> None:
        """The server has answered, whether or not that reaches the phone."""
        self.answers[f"{_name(request)} {answer.status}"] += 1
        if request.method == "POST" and request.path == UPLOADS and answer.status == 201:
            self._create(request, answer)
        if request.path == SYNC and answer.status != 200:
            # refused, so that nothing of it was received
            self._numbers.difference_update(self._batch)
        digest = self._uploads.get(request.path)
        if digest is not None and answer.status in (200, 204):
            self._advance(self.photos[digest], int(answer.headers["upload-offset"]))

    def _create(self, request: Message, answer: Message) -> None:
        pairs = dict(pair.split(" ") for pair in request.headers["upload-metadata"].split(","))
        digest = base64.b64decode(pairs["sha256"]).decode()
        self.photos.setdefault(digest, Crossed(int(request.headers["upload-length"])))
        self._uploads[answer.headers["location"]] = digest

    def _advance(self, photo: Crossed, offset: int) -> None:
        if offset <= photo.finished:
            return
        # the first that reaches so far: one behind it found its place taken
        reaching = (
            (start, body) for start, body in photo.parts if start <= photo.finished and start + len(body) >= offset
        )
        start, body = next(reaching, (photo.finished, bytearray()))
        photo.taken.update(body[photo.finished - start : offset - start])
        photo.finished = offset
        photo.parts = [part for part in photo.parts if not part[1] or part[0] + len(part[1]) > offset]

    def unlike(self) -> list[str]:
        """Photos of which the server took other bytes than their hash names, or not all."""
        return [
            digest
            for digest, photo in self.photos.items()
            if photo.finished != photo.bytes or photo.taken.hexdigest() != digest
        ]


class Exchange:
    """One connection: its requests, each with its answer."""

    def __init__(self, crossing: Crossing) -> None:
        self._crossing = crossing
        self._open: list[Message] = []
        self.up = Stream(self._begin, crossing.end)
        self.down = Stream(lambda _: None, self._answer, lambda _: self._open[0].method != "HEAD")

    def cut(self) -> None:
        """What was on its way up and had not come through."""
        for request in self._open:
            if request.method == "PATCH":
                self._crossing.torn_bytes += len(request.body)

    def _begin(self, request: Message) -> None:
        self._open.append(request)
        self._crossing.begin(request)

    def _answer(self, answer: Message) -> None:
        size = len(answer.body)
        self._crossing.answer_bytes_max = max(self._crossing.answer_bytes_max, size)
        self._crossing.answer(self._open.pop(0), answer)


def _name(request: Message) -> str:
    path = f"{UPLOADS}/…" if request.path.startswith(f"{UPLOADS}/") else request.path.partition("?")[0]
    return f"{request.method} {path}"
