"""Messages come in while a hundred thousand are being sent: how long acknowledging them takes, with and without."""

import json

from bench.result import Row, Scale, alternate
from bench.seed import history, queue
from bench.site import Site, load, site, started
from tests.program import Program, until

RATE = 200


def measure(scale: Scale) -> list[Row]:
    with site() as place, started("platform") as platform:
        assert platform.stdout
        port = json.loads(platform.stdout.readline())["port"]
        with place.program("up") as program:
            program.channel("swift", base_url=f"http://127.0.0.1:{port}")
            path = place.page(program)
            talks = history(place, scale.bulk // 4, each=1)
            _bulk(place, "paused")
            queue(place, talks, scale.bulk, "bulk")
            sent = iter(range(100))

            def calm() -> float:
                _bulk(place, "paused")
                until(lambda: not place.run("SELECT 1 FROM message WHERE status = 'sending' LIMIT 1"), 60, "the last")
                return _p99(program, path, scale, next(sent))

            def busy() -> float:
                _bulk(place, "active")
                return _p99(program, path, scale, next(sent))

            limit, ours = alternate(scale.repeats, calm, busy)
            left = place.run("SELECT count(*) FROM message WHERE status = 'queued'")[0][0]
    return [
        Row(
            path=f"inbound p99 while a bulk send of {scale.bulk:,} runs", unit="ms", ours=ours, limit=limit,
            limit_is="the same without it", must=1.5, aim=1.1, better="less",
            note=f"{RATE} signed webhooks a second; {scale.bulk - left:,} were sent meanwhile",
        )
    ]  # fmt: skip


def _bulk(place: Site, state: str) -> None:
    place.run("UPDATE channel SET state = %s WHERE kind = 'swift'", state)
    place.run("NOTIFY duologue, 'channels'")
    place.run("NOTIFY duologue, 'outbox'")


def _p99(program: Program, path: str, scale: Scale, repeat: int) -> float:
    number = int(RATE * scale.seconds)
    found = load(
        "hooks", port=program.port, path=path, number=number, first=repeat * number, people=100, per_second=RATE
    )
    assert not found["refused"], found
    return found["p99"]
