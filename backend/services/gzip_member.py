"""One gzip member whose effort changes on the way: text is made small, pictures go through as they are.

A stream of deflate may be continued by another compressor after a flush to a whole byte: what follows never looks
back beyond its own beginning, so any reader of gzip reads it on.
"""

import zlib
from typing import IO, Final

HEADER: Final = b"\x1f\x8b\x08\x00"
# no extra flags, written on a system of any kind
ENDING: Final = b"\x00\xff"
# negative: deflate alone, since header and sum are written here
RAW: Final = -15
NONE: Final = 0
USUAL: Final = 6


class GzipMember:
    """A sink that compresses into another; to be closed, which leaves the other open."""

    def __init__(self, sink: IO[bytes], made_s: int) -> None:
        self._sink, self._sum, self._bytes = sink, 0, 0
        self._level, self._compressor = USUAL, zlib.compressobj(USUAL, zlib.DEFLATED, RAW)
        sink.write(HEADER + (made_s & 0xFFFFFFFF).to_bytes(4, "little") + ENDING)

    def set_level(self, level: int) -> None:
        """The effort from here on: NONE, USUAL, or one between."""
        if level != self._level:
            self._sink.write(self._compressor.flush(zlib.Z_SYNC_FLUSH))
            self._level, self._compressor = level, zlib.compressobj(level, zlib.DEFLATED, RAW)

    def write(self, content: bytes) -> int:
        """Compress what comes next."""
        self._sum = zlib.crc32(content, self._sum)
        self._bytes += len(content)
        self._sink.write(self._compressor.compress(content))
        return len(content)

    def close(self) -> None:
        """Write the end, with the sum of all."""
        self._sink.write(self._compressor.flush(zlib.Z_FINISH))
        self._sink.write(self._sum.to_bytes(4, "little") + (self._bytes & 0xFFFFFFFF).to_bytes(4, "little"))
