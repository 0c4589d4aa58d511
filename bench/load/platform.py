"""A platform that takes every message at once: the least HTTP that can be spoken."""

import asyncio
import json
from typing import Any

from bench.load.http import run

_TAKEN = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Takes(asyncio.Protocol):
    def connection_made(self, transport: Any) -> None:
        self._transport, self._buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            if len(rest) < length:
                return
            self._buffer = rest[length:]
            self._transport.write(_TAKEN)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Takes, "127.0.0.1", 0, backlog=512)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    run(main)
