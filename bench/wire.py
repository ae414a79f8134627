"""The cheapest client that keeps a connection: ready-made requests out, answers in, as bytes."""

import gzip
import socket
import time
from dataclasses import dataclass
from typing import Final

from tests.support.loopback import HOST

PIECE_BYTES: Final = 256 * 1024
GZIP_LEVEL: Final = 6
ANSWER_S_MAX: Final = 120.0
SERVER_FAILED: Final = 500
PAUSES_S: Final = (0.01, 0.05, 0.2, 0.5, 1.0)


# the requests that together offer a batch once
Try = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, head and body as they came."""

    status: int
    head: bytes
    body: bytes

    @property
    def is_gzipped(self) -> bool:
        return b"\r\ncontent-encoding: gzip" in self.head.lower()

    def text(self) -> bytes:
        return gzip.decompress(self.body) if self.is_gzipped else self.body


def request_bytes(method: str, path: str, body: bytes, headers: dict[str, str], *, zipped: bool) -> bytes:
    """A whole request, ready to send; `zipped` compresses the body and offers to take the answer so."""
    own = {"Host": "localhost", **headers}
    if zipped:
        own["Accept-Encoding"] = "gzip"
    if body and zipped:
        body = gzip.compress(body, GZIP_LEVEL, mtime=0)
        own["Content-Encoding"] = "gzip"
    if method != "GET":
        own["Content-Length"] = str(len(body))
    head = "".join(f"{name}: {value}\r\n" for name, value in own.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body


def body_length(request: bytes) -> int:
    """How many bytes of a request are its body."""
    return len(request) - request.index(b"\r\n\r\n") - 4


class Caller:
    """One kept connection; opened again when the server closes it between two requests. `failures` counts answers
    that said that the server had failed; those are asked again, as every client does."""

    failures = 0

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None
        self._pending = b""

    def call(self, request: bytes) -> Answer:
        """Send a request and read its answer. Raises OSError when the server does not answer."""
        answer = self._try(request)
        for pause_s in PAUSES_S:
            if answer.status < SERVER_FAILED:
                break
            self.failures += 1
            time.sleep(pause_s)
            answer = self._try(request)
        return answer

    def cut(self, request: bytes) -> Answer:
        """Send a request and hang up without waiting for the answer, as a phone does that loses its network."""
        self._open().sendall(request)
        self.close()
        return Answer(0, b"", b"")

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._pending = b""

    def _try(self, request: bytes) -> Answer:
        try:
            return self._once(request)
        except ConnectionError:
            # a worker that has served its share goes; every request of a bench can be sent again
            self.close()
            return self._once(request)

    def _once(self, request: bytes) -> Answer:
        self._open().sendall(request)
        head = self._read_until(b"\r\n\r\n") + b"\r\n"
        lowered = head.lower()
        body = self._read_body(lowered)
        if b"\r\nconnection: close" in lowered:
            self.close()
        return Answer(int(head[9:12]), head, body)

    def _open(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.create_connection((HOST, self._port), ANSWER_S_MAX)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket

    def _read_body(self, head: bytes) -> bytes:
        if head.startswith((b"http/1.1 204", b"http/1.1 304")):
            return b""
        if (at := head.find(b"\r\ncontent-length:")) >= 0:
            return self._read_exactly(int(head[at + 17 :].split(b"\r\n", 1)[0]))
        pieces = []
        while size := int(self._read_until(b"\r\n").split(b";")[0], 16):
            pieces.append(self._read_exactly(size))
            self._read_exactly(2)
        self._read_until(b"\r\n")
        return b"".join(pieces)

    def _read_until(self, mark: bytes) -> bytes:
        while (at := self._pending.find(mark)) < 0:
            self._pending += self._receive()
        found, self._pending = self._pending[:at], self._pending[at + len(mark) :]
        return found

    def _read_exactly(self, size: int) -> bytes:
        pieces, have = [self._pending], len(self._pending)
        while have < size:
            pieces.append(self._receive())
            have += len(pieces[-1])
        joined = b"".join(pieces)
        self._pending = joined[size:]
        return joined[:size]

    def _receive(self) -> bytes:
        if self._socket is None:
            raise ConnectionError("closed")
        piece = self._socket.recv(PIECE_BYTES)
        if not piece:
            raise ConnectionError("the server closed the connection")
        return piece
