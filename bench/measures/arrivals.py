"""Arrivals: accepted durably by the door alone, and all the way into messages."""

from itertools import count
from time import perf_counter

from bench.result import Row, Scale, Series, alternate
from bench.site import Site, load, pgbench, site
from tests.program import Program, until

LIMIT = "pgbench, 1 row a commit, 32 clients"
_TABLE = "CREATE TABLE bench_limit (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz, body bytea)"
_SCRIPT = f"INSERT INTO bench_limit (at, body) VALUES (now(), '\\x{'5a' * 1150}');\n"


def measure(scale: Scale) -> list[Row]:
    with site() as place:
        place.run(_TABLE)
        accepted_limit, accepted = _accepted(place, scale)
        place.run("TRUNCATE arrival CASCADE")
        ingest_limit, ingest = _ingested(place, scale)
    return [
        Row(
            path="arrivals accepted durably", unit="a second", ours=accepted, limit=accepted_limit, limit_is=LIMIT,
            must=0.85, aim=1.4, note="`serve` alone; a signed webhook of a kilobyte each, 32 connections",
        ),
        Row(
            path="full ingest: message, contact, conversation, journal", unit="a second", ours=ingest,
            limit=ingest_limit, limit_is=LIMIT, must=0.5, aim=1.0,
            note="`up`, one process; until the last message is there",
        ),
    ]  # fmt: skip


def _accepted(place: Site, scale: Scale) -> tuple[Series, Series]:
    first = count(0, scale.arrivals)
    with place.program("serve") as program:
        path = place.page(program)
        accept(program, path, 200, -200)

        def ours() -> float:
            return scale.arrivals / accept(program, path, scale.arrivals, next(first))

        return alternate(scale.repeats, lambda: _limit(place, scale), ours)


def _ingested(place: Site, scale: Scale) -> tuple[Series, Series]:
    first = count(0, scale.arrivals)
    with place.program("up") as program:
        path = place.run("SELECT '/in/' || id FROM channel")[0][0]
        ingest(place, program, path, 200, -200)

        def ours() -> float:
            return scale.arrivals / ingest(place, program, path, scale.arrivals, next(first))

        return alternate(scale.repeats, lambda: _limit(place, scale), ours)


def _limit(place: Site, scale: Scale) -> float:
    return pgbench(place, _SCRIPT, clients=32, seconds=min(3, scale.seconds))


def accept(program: Program, path: str, number: int, first: int) -> float:
    """Seconds until all were acknowledged."""
    found = load("hooks", port=program.port, path=path, number=number, first=first)
    assert not found["refused"], found
    return found["seconds"]


def ingest(place: Site, program: Program, path: str, number: int, first: int) -> float:
    """Seconds from the first call until the last message is there."""
    before = place.run("SELECT count(*) FROM message")[0][0]
    acknowledged = accept(program, path, number, first)
    then = perf_counter()
    until(lambda: not place.run("SELECT 1 FROM arrival WHERE state = 'pending' LIMIT 1"), 300, "the sorting")
    rest = perf_counter() - then
    states = place.run(
        "SELECT state, reason, count(*), sum(messages), sum(duplicates), sum(set_aside) FROM arrival GROUP BY 1, 2"
    )
    assert place.run("SELECT count(*) FROM message")[0][0] == before + number, (before, states, program.log()[-2000:])
    return acknowledged + rest
