"""Browsers listen: many open streams. Told a mark, says how long the first and the last of them saw it apart."""

import asyncio
import json
import sys
from time import perf_counter
from typing import Any

from msgspec import Struct
from msgspec import json as fast

from bench.load.http import open_files, run


class Asked(Struct, frozen=True):
    port: int
    number: int
    cookie: str = ""
    position: str = "0-0"


class Listener(asyncio.Protocol):
    """One stream. Keeps nothing of what it hears but whether the mark was in it."""

    mark = b""
    saw: list[float] = []
    bytes = 0

    def __init__(self, asked: Asked, opened: asyncio.Event, all_of_them: list[int]) -> None:
        self._asked, self._opened, self._all = asked, opened, all_of_them
        self._tail = b""
        self._begun = self._seen = False

    def connection_made(self, transport: Any) -> None:
        asked = self._asked
        transport.write(
            f"GET /live?from={asked.position} HTTP/1.1\r\nHost: bench\r\nCookie: {asked.cookie}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        if not self._begun:
            self._begun = True
            self._all[0] += 1
            if self._all[0] == self._asked.number:
                self._opened.set()
        Listener.bytes += len(data)
        if Listener.mark and not self._seen and Listener.mark in self._tail + data:
            self._seen = True
            Listener.saw.append(perf_counter())
        self._tail = data[-64:]

    def again(self) -> None:
        self._seen, self._tail = False, b""


async def main(asked: Asked) -> None:
    open_files()
    loop, opened, count = asyncio.get_running_loop(), asyncio.Event(), [0]
    lines: list[Listener] = []
    for _ in range(asked.number):
        _, line = await loop.create_connection(lambda: Listener(asked, opened, count), "127.0.0.1", asked.port)
        lines.append(line)
    await opened.wait()
    print(json.dumps({"open": len(lines)}), flush=True)
    while mark := (await loop.run_in_executor(None, sys.stdin.buffer.readline)).strip():
        for line in lines:
            line.again()
        Listener.mark, Listener.saw, Listener.bytes = mark, [], 0
        print(json.dumps({"armed": True}), flush=True)
        while len(Listener.saw) < len(lines):
            await asyncio.sleep(0.005)
        took = max(Listener.saw) - min(Listener.saw)
        print(json.dumps({"seconds": took, "bytes": Listener.bytes / len(lines)}), flush=True)


if __name__ == "__main__":
    run(lambda: main(fast.decode(sys.argv[1], type=Asked)))
