"""`bin/bench soak`: hours in small. At half speed for a long time: what grows, apart from the messages."""

import threading
from pathlib import Path
from time import monotonic

from msgspec import Struct

from bench.site import Site, load, pss, site
from tests.program import Program

_IDLE = 3  # seconds between two looks are at least these
_SIZES = "SELECT count(*) FROM message", "SELECT count(*) FROM arrival WHERE state = 'pending'"


class Look(Struct, frozen=True):
    """How it stood after so many minutes."""

    minutes: float
    megabytes: float
    p50: float
    p99: float
    messages: int
    pending: int
    files: int
    connections: int


class Slope(Struct, frozen=True):
    """What a straight line through all looks says: at the beginning, and how much more for each minute."""

    of: str
    begins: float
    each_minute: float


def soak(minutes: float, per_second: float) -> tuple[list[Look], list[Slope]]:
    """Steady arrivals with agents looking on, and a look every half minute (at least ten)."""
    looks: list[Look] = []
    part = max(_IDLE, min(30.0, minutes * 60 / 10))
    with site() as place, place.program("up") as program:
        cookie, path = place.cookie(program), place.page(program)
        given = {"port": program.port, "path": path, "people": 500, "per_second": per_second}
        load("hooks", **given, number=int(per_second * 5), first=-100_000)  # everybody has written once
        reader = _Reader(program, cookie)
        begun, number = monotonic(), 0
        while monotonic() - begun < minutes * 60:
            found = load("hooks", **given, number=int(per_second * part), first=number)
            assert not found["refused"], found
            number += int(per_second * part)
            looks.append(_look(place, program, found, (monotonic() - begun) / 60))
        reader.stop()
    return looks, slopes(looks)


class _Reader:
    """Somebody who reads the inbox all the time."""

    def __init__(self, program: Program, cookie: str) -> None:
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._read, args=(program, cookie), daemon=True)
        self._thread.start()

    def _read(self, program: Program, cookie: str) -> None:
        while not self._ended.wait(0.5):
            program.call("/", Cookie=cookie)

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(15)


def _look(place: Site, program: Program, found: dict[str, float], minutes: float) -> Look:
    messages, pending = (place.run(sql)[0][0] for sql in _SIZES)
    connections = place.run("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'duologue'")[0][0]
    files = len(list(Path(f"/proc/{program.pid}/fd").iterdir()))
    return Look(minutes, pss([program.pid]), found["p50"], found["p99"], messages, pending, files, connections)


def slopes(looks: list[Look]) -> list[Slope]:
    """Of everything that is looked at. The first third is left out: caches fill then."""
    settled = looks[len(looks) // 3 :]
    return [_slope(name, settled) for name in Look.__struct_fields__ if name != "minutes"]


def _slope(name: str, looks: list[Look]) -> Slope:
    times = [look.minutes for look in looks]
    values = [float(getattr(look, name)) for look in looks]
    middle, mean = sum(times) / len(times), sum(values) / len(values)
    spread = sum((time - middle) ** 2 for time in times)
    rise = sum((time - middle) * (value - mean) for time, value in zip(times, values, strict=True))
    each = rise / spread if spread else 0.0
    return Slope(name, mean - each * middle, each)


def listing(found: list[Slope]) -> str:
    lines = ["| of | at the beginning | each minute |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {one.of} | {one.begins:,.1f} | {one.each_minute:+,.3f} |" for one in found)])
