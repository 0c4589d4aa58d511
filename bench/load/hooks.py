"""The platform calls: signed webhooks, made before the clock starts; as fast as answered, or so many a second."""

import asyncio
import json
import sys
from time import perf_counter

from msgspec import Struct
from msgspec import json as fast

from bench.load.http import Caller, callers, run
from bench.site import PAGE, SECRET
from duologue.channels.meta.door import sign

WORDS = "I ordered the blue ones in 42 on Friday and they have not come yet; could you look where they are? " * 6


class Asked(Struct, frozen=True):
    port: int
    path: str
    number: int  # how many messages
    first: int = 0  # the number of the first one
    people: int = 2000
    connections: int = 32
    per_second: float = 0  # 0: as fast as answered


def request(asked: Asked, number: int) -> bytes:
    """One message of about a kilobyte, as the platform sends it."""
    item = {
        "sender": {"id": f"77{number % asked.people:08}"}, "recipient": {"id": PAGE},
        "timestamp": 1767225600000 + number, "message": {"mid": f"m_{number}", "text": f"no. {number}. {WORDS}"},
    }  # fmt: skip
    body = json.dumps({"object": "page", "entry": [{"id": PAGE, "time": 1767225600123, "messaging": [item]}]}).encode()
    head = (
        f"POST {asked.path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"X-Hub-Signature-256: {sign(SECRET, body)}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def main(asked: Asked) -> None:
    requests = [request(asked, asked.first + one) for one in range(asked.number)]
    lines = await callers(asked.port, asked.connections)
    took: list[float] = []
    statuses: list[int] = []
    begun = perf_counter()

    async def call(line: Caller, sent: bytes, since: float) -> None:
        statuses.append(await line.ask(sent))
        took.append(perf_counter() - since)

    async def unhurried(line: Caller, place: int) -> None:
        """Keeps to its hours: what comes late because the answer before was slow has waited, and that counts."""
        for number in range(place, len(requests), len(lines)):
            due = begun + number / asked.per_second
            await asyncio.sleep(max(0.0, due - perf_counter()))
            await call(line, requests[number], due)

    async def hurried(line: Caller) -> None:
        while requests:
            await call(line, requests.pop(), perf_counter())

    way = [unhurried(line, n) for n, line in enumerate(lines)] if asked.per_second else [hurried(x) for x in lines]
    requests = requests if asked.per_second else requests[::-1]
    await asyncio.gather(*way)
    took.sort()
    print(
        json.dumps(
            {
                "seconds": perf_counter() - begun,
                "refused": sum(status != 200 for status in statuses),
                "p50": took[len(took) // 2] * 1000,
                "p99": took[int(len(took) * 0.99)] * 1000,
            }
        )
    )


if __name__ == "__main__":
    run(lambda: main(fast.decode(sys.argv[1], type=Asked)))
