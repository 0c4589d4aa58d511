"""The limit of streams: a server that does nothing but write the same bytes to everybody who has asked for anything."""

import asyncio
import json
import sys
from typing import Any

from bench.load.http import open_files, run


class Open(asyncio.Protocol):
    everybody: list[Any] = []

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
        Open.everybody.append(self._transport)


async def main() -> None:
    open_files()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Open, "127.0.0.1", 0, backlog=2048)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.buffer.readline):
        size, mark = line.strip().split(b" ", 1)
        words = mark + b"." * max(0, int(size) - len(mark))
        for transport in Open.everybody:
            transport.write(words)


if __name__ == "__main__":
    run(main)
