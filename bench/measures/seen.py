"""From the acknowledgement to the agents' streams, at a steady rate."""

from bench.result import Row, Scale, Series
from bench.site import load, site

RATE = 500


def measure(scale: Scale) -> list[Row]:
    number = int(RATE * scale.seconds)
    p50: list[float] = []
    p99: list[float] = []
    with site() as place, place.program("up") as program:
        cookie = place.cookie(program)
        path = place.page(program)
        given = {"port": program.port, "path": path, "cookie": cookie, "per_second": RATE, "agents": scale.agents}
        for repeat in range(scale.repeats + 1):
            position = "-".join(map(str, place.run("SELECT pg_snapshot_xmin(pg_current_snapshot())::text, 0")[0]))
            found = load("seen", **given, number=number, first=repeat * number, position=position)
            assert not found["missing"], found
            if repeat:  # the first one makes the people and their conversations
                p50.append(found["p50"])
                p99.append(found["p99"])
            place.calm()
    what = f"accepted → on an agent's stream, {RATE}/s, {scale.agents} agents"
    return [
        Row(path=what, unit="ms p50", ours=Series(tuple(p50)), must=5, aim=1.5, better="less"),
        Row(path=what, unit="ms p99", ours=Series(tuple(p99)), must=30, aim=10, better="less"),
    ]
