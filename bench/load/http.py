"""HTTP/1.1 with as little as possible between the socket and the measurement."""

import asyncio
import resource
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import uvloop


class Caller(asyncio.Protocol):
    """One connection that asks one thing at a time. `ask` gives the status, once the whole answer is there."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._asked: asyncio.Future[int] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self._asked and not self._asked.done():
            self._asked.set_result(0)

    async def ask(self, request: bytes) -> int:
        assert self._transport
        self._asked = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._asked

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._buffer[:end]).lower()
        start = head.find(b"content-length:")
        length = int(head[start + 15 :].partition(b"\r\n")[0])
        if len(self._buffer) < end + 4 + length:
            return
        status = int(head[9:12])
        self._buffer.clear()
        if self._asked and not self._asked.done():
            self._asked.set_result(status)


async def callers(port: int, number: int) -> list[Caller]:
    loop = asyncio.get_running_loop()
    return [(await loop.create_connection(Caller, "127.0.0.1", port))[1] for _ in range(number)]


def run(main: Callable[[], Coroutine[Any, Any, None]] | Callable[[], Awaitable[None]]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())  # type: ignore[arg-type]


def open_files() -> None:
    """As many connections as the system allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
