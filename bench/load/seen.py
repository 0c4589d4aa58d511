"""A platform calls at a steady rate while agents listen: how long after the 200 a message is on their streams."""

import asyncio
import json
import re
import sys
from time import perf_counter
from typing import Any

from msgspec import Struct
from msgspec import json as fast

from bench.load import hooks
from bench.load.http import callers, run

_MARK = re.compile(rb"no\. (\d+)\.")


class Asked(Struct, frozen=True):
    port: int
    path: str
    cookie: str
    number: int
    per_second: float
    agents: int
    position: str
    first: int = 0


class Listener(asyncio.Protocol):
    def __init__(self, asked: Asked, seen: list[tuple[int, float]]) -> None:
        self._asked, self._seen = asked, seen
        self._known: set[int] = set()
        self._tail = b""

    def connection_made(self, transport: Any) -> None:
        where = f"GET /live?from={self._asked.position} HTTP/1.1\r\nHost: bench\r\nCookie: {self._asked.cookie}\r\n\r\n"
        transport.write(where.encode())

    def data_received(self, data: bytes) -> None:
        now = perf_counter()
        for found in _MARK.findall(self._tail + data):
            number = int(found)
            if number not in self._known:
                self._known.add(number)
                self._seen.append((number, now))
        self._tail = data[-20:]


async def main(asked: Asked) -> None:
    loop = asyncio.get_running_loop()
    seen: list[tuple[int, float]] = []
    for _ in range(asked.agents):
        await loop.create_connection(lambda: Listener(asked, seen), "127.0.0.1", asked.port)
    calls = hooks.Asked(port=asked.port, path=asked.path, number=asked.number, people=200)
    requests = [hooks.request(calls, asked.first + number) for number in range(asked.number)]
    lines = await callers(asked.port, 16)
    accepted: dict[int, float] = {}
    begun = perf_counter() + 0.2

    async def call(place: int) -> None:
        for number in range(place, asked.number, len(lines)):
            await asyncio.sleep(max(0.0, begun + number / asked.per_second - perf_counter()))
            await lines[place].ask(requests[number])
            accepted[asked.first + number] = perf_counter()

    await asyncio.gather(*(call(place) for place in range(len(lines))))
    end = perf_counter() + 20
    while len(seen) < asked.number * asked.agents and perf_counter() < end:
        await asyncio.sleep(0.02)
    waits = sorted(max(0.0, at - accepted[number]) * 1000 for number, at in seen)
    missing = asked.number * asked.agents - len(seen)
    print(json.dumps({"p50": waits[len(waits) // 2], "p99": waits[int(len(waits) * 0.99)], "missing": missing}))


if __name__ == "__main__":
    run(lambda: main(fast.decode(sys.argv[1], type=Asked)))
