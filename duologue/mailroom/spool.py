"""Where arrivals are kept while the database is away: sealed records in a file, on disk before they are acknowledged.

A record is its length, its checksum, and the arrival. A file that was cut short or damaged is read up to there, and
then put aside for whoever looks after the disk: it is never deleted.
"""

import os
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from duologue.kernel import ids
from duologue.kernel.files import sync_folder
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
            sync_folder(self._folder)
        except OSError:
            partial.unlink(missing_ok=True)
            raise

    def files(self) -> list[Path]:
        """What waits, oldest first."""
        return sorted(self._folder.glob("*.spool"))

    def waiting(self) -> int:
        """How many arrivals wait."""
        return sum(len(read(path).arrivals) for path in self.files())

    def put_aside(self, path: Path) -> None:
        """Out of the way, and still there."""
        path.replace(path.with_suffix(".damaged"))

    def damaged(self) -> int:
        """How many files were put aside."""
        return len(list(self._folder.glob("*.damaged")))


class Content(Struct, frozen=True):
    """What could be read of a file, and whether that was all of it."""

    arrivals: list[Arrival]
    whole: bool


def read(path: Path) -> Content:
    """The arrivals in a file, up to the first that is not whole."""
    data = path.read_bytes()
    arrivals: list[Arrival] = []
    at = 0
    while at < len(data):
        one = _record(data, at)
        if one is None:
            return Content(arrivals, whole=False)
        arrivals.append(one[0])
        at = one[1]
    return Content(arrivals, whole=True)


def _record(data: bytes, at: int) -> tuple[Arrival, int] | None:
    """The record at `at` and where the next one begins; None where it is not whole."""
    start = at + _HEAD.size
    if start > len(data):
        return None
    length, checksum = _HEAD.unpack_from(data, at)
    body = data[start : start + length]
    if len(body) < length or zlib.crc32(body) != checksum:
        return None
    try:
        return _decode(body), start + length
    except msgspec.DecodeError:
        return None
