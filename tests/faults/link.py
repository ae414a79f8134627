"""A thin line on loopback: so many bytes a second in each direction, and cut each time that so many have passed.

Its bytes are exact, its time is scaled: at `haste` 50 a second of the line takes a fiftieth. The cut falls on the very
byte, in either direction, and takes every connection with it: reset, closed, or gone silent without a word.
"""

import asyncio
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from tests.faults.crossing import Crossing, Exchange
from tests.support.loopback import HOST

BYTES_S = 50_000 // 8
CUT_BYTES = 256 * 1024
# the line is gone for so long
PAUSE_S = 5.0
PIECE_BYTES = 1_460
# what the line has taken in and not yet carried; the kernel doubles it
BUFFER_BYTES = 4_096
START_S_MAX = 10
Direction = Literal["up", "down"]
CUTS = ("reset", "reset", "reset", "close", "close", "silence")
RESET = struct.pack("ii", 1, 0)


@dataclass(eq=False, slots=True)
class Wire:
    """One connection through the line."""

    phone: asyncio.StreamWriter
    server: asyncio.StreamWriter
    exchange: Exchange
    is_dead: bool = False


@dataclass(slots=True)
class Link:
    """The line's account; read it when the line is closed."""

    target: int
    haste: float
    chance: random.Random
    crossing: Crossing
    cut_bytes: int = CUT_BYTES
    port: int = 0
    passed: Counter[str] = field(default_factory=Counter)
    cuts: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    faults: list[str] = field(default_factory=list)
    _left: int = CUT_BYTES
    _free_at: dict[Direction, float] = field(default_factory=lambda: {"up": 0.0, "down": 0.0})
    _back_at: float = 0.0
    _wires: set[Wire] = field(default_factory=set)
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def byte_hours(self) -> float:
        """As long as the busier direction's bytes take at the true rate."""
        return max(self.passed.values(), default=0) / BYTES_S / 3_600

    async def serve(self, ready: threading.Event, stop: asyncio.Event) -> None:
        """Until `stop`."""
        self._left = self.cut_bytes
        listening = socket.create_server((HOST, 0))
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        server = await asyncio.start_server(self._accept, sock=listening, limit=BUFFER_BYTES)
        self.port = listening.getsockname()[1]
        ready.set()
        await stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._now() < self._back_at:
            _reset(writer)
            return
        # its own task, so that the end of the line ends it
        task = asyncio.create_task(self._carry(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, server = await asyncio.open_connection(HOST, self.target, limit=BUFFER_BYTES)
        wire = Wire(writer, server, self.crossing.open())
        self._wires.add(wire)
        self.connections += 1
        try:
            ways = (self._pump(wire, "up", reader, server), self._pump(wire, "down", answers, writer))
            await asyncio.gather(*ways)
        except Exception as error:  # noqa: BLE001 - whatever the account could not read fails the campaign
            self.faults.append(repr(error))
        finally:
            self._wires.discard(wire)
            for end in (writer, server):
                end.transport.abort()

    async def _pump(
        self, wire: Wire, way: Direction, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Until its end, which is passed on; or, where the line has gone silent, into nothing until the phone gives up."""
        with suppress(ConnectionError):
            while piece := await reader.read(PIECE_BYTES):
                if wire.is_dead:
                    continue
                if way == "down":
                    # said is said: the phone need not have heard it
                    wire.exchange.down.feed(piece)
                await self._take_turn(way, len(piece))
                await self._pass(wire, way, piece, writer)
        # an end ends both directions, HTTP needs no half-open connection; but what is silent tells the phone of none
        for end in (wire.server,) if wire.is_dead and way == "down" else (wire.phone, wire.server):
            end.close()

    async def _take_turn(self, way: Direction, size: int) -> None:
        now = self._now()
        self._free_at[way] = max(now, self._free_at[way]) + size / (BYTES_S * self.haste)
        await asyncio.sleep(self._free_at[way] - now)

    async def _pass(self, wire: Wire, way: Direction, piece: bytes, writer: asyncio.StreamWriter) -> None:
        if wire.is_dead:
            return
        carried = piece[: self._left]
        self._left -= len(carried)
        self.passed[way] += len(carried)
        writer.write(carried)
        if way == "up":
            wire.exchange.up.feed(carried)
        if self._left == 0:
            self._cut()
        else:
            await writer.drain()

    def _cut(self) -> None:
        how = self.chance.choice(CUTS)
        self.cuts[how] += 1
        self._left = self.cut_bytes
        self._back_at = self._now() + PAUSE_S / self.haste
        for wire in self._wires:
            if wire.is_dead:
                continue
            wire.is_dead = True
            wire.exchange.cut()
            if how != "silence":
                for end in (wire.phone, wire.server):
                    _reset(end) if how == "reset" else end.close()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def _reset(writer: asyncio.StreamWriter) -> None:
    own: socket.socket = writer.get_extra_info("socket")
    own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()


@contextmanager
def running_link(link: Link) -> Iterator[Link]:
    """The line in a thread of its own."""
    ready, loop, stop = threading.Event(), asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(link.serve(ready, stop),), daemon=True)
    thread.start()
    if not ready.wait(START_S_MAX):
        raise TimeoutError("the line does not start")
    try:
        yield link
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(START_S_MAX)
        loop.close()
