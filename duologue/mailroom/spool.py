"""Where arrivals are kept while the database is away: sealed records in a file, on disk before they are acknowledged.

A record is its length, its checksum, and the arrival. A record cut short by a crash was never acknowledged, and is
ignored.
"""

import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from duologue.kernel import ids
from duologue.mailroom.model import Arrival

_HEAD = struct.Struct(">II")
_decode = msgspec.msgpack.Decoder(Arrival).decode


class Spool:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, arrivals: Sequence[Arrival]) -> None:
        """Durable when it returns; `OSError` where the disk takes no more, and then nothing was kept."""
        path = self._folder / f"{ids.new().hex}.spool"
        partial = path.with_suffix(".partial")
        try:
            with partial.open("wb") as out:
                for one in arrivals:
                    body = msgspec.msgpack.encode(one)
                    out.write(_HEAD.pack(len(body), zlib.crc32(body)) + body)
                out.flush()
                os.fsync(out.fileno())
            partial.replace(path)
            _sync(self._folder)
        except OSError:
            partial.unlink(missing_ok=True)
            raise

    def files(self) -> list[Path]:
        """What waits, oldest first."""
        return sorted(self._folder.glob("*.spool"))

    def waiting(self) -> int:
        """How many arrivals wait."""
        return sum(1 for path in self.files() for _ in read(path))


def read(path: Path) -> Iterator[Arrival]:
    """The arrivals in a file, up to the first that is not whole."""
    data = path.read_bytes()
    at = 0
    while at + _HEAD.size <= len(data):
        length, checksum = _HEAD.unpack_from(data, at)
        body = data[at + _HEAD.size : at + _HEAD.size + length]
        if len(body) < length or zlib.crc32(body) != checksum:
            return
        yield _decode(body)
        at += _HEAD.size + length


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
