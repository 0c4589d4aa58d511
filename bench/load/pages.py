"""A browser without a screen: asks for one page after the other."""

import json
import sys
from time import perf_counter

from msgspec import Struct
from msgspec import json as fast

from bench.load.http import callers, run


class Asked(Struct, frozen=True):
    port: int
    cookie: str
    paths: list[str]


async def main(asked: Asked) -> None:
    (line,) = await callers(asked.port, 1)
    took: list[float] = []
    for path in asked.paths:
        begun = perf_counter()
        status = await line.ask(f"GET {path} HTTP/1.1\r\nHost: bench\r\nCookie: {asked.cookie}\r\n\r\n".encode())
        took.append((perf_counter() - begun) * 1000)
        assert status == 200, (status, path)
    print(json.dumps({"milliseconds": took}))


if __name__ == "__main__":
    run(lambda: main(fast.decode(sys.argv[1], type=Asked)))
