"""Delivery: claim, verdict, render, send, record; to a platform that takes everything at once."""

import json
from time import perf_counter

import psycopg

from bench.result import Row, Scale, alternate
from bench.seed import history, queue
from bench.site import Site, site, started
from tests.program import until

_TABLE = "CREATE TABLE bench_queue (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, taken timestamptz, body bytea)"
_CLAIM = b"""
    UPDATE bench_queue SET taken = now() WHERE id IN (
      SELECT id FROM bench_queue WHERE taken IS NULL ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED)
    RETURNING id, body
"""


def measure(scale: Scale) -> list[Row]:
    with site() as place, started("platform") as platform:
        assert platform.stdout
        port = json.loads(platform.stdout.readline())["port"]
        place.run(_TABLE)
        with place.program("up") as program:
            program.channel("swift", base_url=f"http://127.0.0.1:{port}")
            talks = history(place, scale.sends // 5, each=1)

            def ours() -> float:
                """From the first claim to the last record."""
                place.run("DELETE FROM attempt")
                queue(place, talks, scale.sends, "automated")
                until(lambda: not _waits(place), 600, "the delivery", every=0.25)
                ((seconds, outcomes),) = place.run(
                    "SELECT extract(epoch FROM max(ended_at) - min(started_at))::float8, array_agg(DISTINCT outcome)"
                    " FROM attempt"
                )
                assert outcomes == ["receipt"], outcomes
                return scale.sends / seconds

            limit, sent = alternate(scale.repeats, lambda: _claims(place, scale.sends), ours)
    return [
        Row(
            path="delivery: claim → verdict → render → send → record", unit="a second", ours=sent, limit=limit,
            limit_is="a SKIP LOCKED claim of 100 in a loop", must=0.1, aim=0.3,
            note="one process, a made-up platform without a pace; five messages in each conversation, in order",
        )
    ]  # fmt: skip


def _waits(place: Site) -> bool:
    """Looked up in an index: a count over all of them, again and again, would be the largest part of the work."""
    return bool(place.run("SELECT 1 FROM message WHERE status IN ('held', 'queued', 'sending') LIMIT 1"))


def _claims(place: Site, number: int) -> float:
    """Claimed rows a second, and nothing done with them."""
    place.run("TRUNCATE bench_queue")
    place.run("INSERT INTO bench_queue (body) SELECT repeat('x', 200)::bytea FROM generate_series(1, %s)", number)
    with psycopg.connect(place.server.url, autocommit=True) as connection:
        begun = perf_counter()
        while connection.execute(_CLAIM).fetchall():
            pass
        return number / (perf_counter() - begun)
