"""HTTP/1.1 as it passes by: bytes in, messages out, as far as they have come."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

HEAD_END = b"\r\n\r\n"
HEAD_BYTES_MAX = 64 * 1024
BODILESS = {204, 304}


@dataclass(slots=True)
class Message:
    """A request or an answer; `body` is what of it has passed so far."""

    start: str
    headers: Mapping[str, str]
    body: bytearray = field(default_factory=bytearray)
    is_whole: bool = False

    @property
    def method(self) -> str:
        """Of a request."""
        return self.start.split(" ")[0]

    @property
    def path(self) -> str:
        """Of a request."""
        return self.start.split(" ")[1]

    @property
    def status(self) -> int:
        """Of an answer."""
        return int(self.start.split(" ")[1])


class Unreadable(Exception):
    """Not the HTTP that the app and its server speak with each other."""


class Stream:
    """One direction of one connection. `on_head` is told of a message when its head has passed, `on_end` when all has."""

    def __init__(
        self,
        on_head: Callable[[Message], None],
        on_end: Callable[[Message], None],
        has_body: Callable[[Message], bool] = lambda _: True,
    ) -> None:
        self._on_head, self._on_end, self._has_body = on_head, on_end, has_body
        self._head = bytearray()
        self._message: Message | None = None
        self._missing = 0

    def feed(self, data: bytes) -> None:
        """What passed just now."""
        while data:
            data = self._feed_head(data) if self._message is None else self._feed_body(self._message, data)

    def _feed_head(self, data: bytes) -> bytes:
        before = len(self._head)
        self._head += data
        end = self._head.find(HEAD_END)
        if end < 0:
            if len(self._head) > HEAD_BYTES_MAX:
                raise Unreadable(f"a head of more than {HEAD_BYTES_MAX} bytes")
            return b""
        head, rest = bytes(self._head[:end]), data[end + len(HEAD_END) - before :]
        self._head.clear()
        self._begin(head)
        return rest

    def _begin(self, head: bytes) -> None:
        start, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        message = Message(start, headers)
        is_answer = start.startswith("HTTP/")
        bare = is_answer and (message.status in BODILESS or message.status < 200)
        has_body = not bare and self._has_body(message)
        if has_body and ("transfer-encoding" in headers or (is_answer and "content-length" not in headers)):
            raise Unreadable(f"{start}: a body of no stated length")
        self._missing = int(headers.get("content-length", 0)) if has_body else 0
        self._message = message
        self._on_head(message)
        self._end_if_whole(message)

    def _feed_body(self, message: Message, data: bytes) -> bytes:
        taken = data[: self._missing]
        message.body += taken
        self._missing -= len(taken)
        self._end_if_whole(message)
        return data[len(taken) :]

    def _end_if_whole(self, message: Message) -> None:
        if self._missing == 0:
            message.is_whole = True
            self._message = None
            self._on_end(message)
