"""One message to thousands of open streams, beside a server that only writes; and the memory of a stream."""

import json
import subprocess
from time import sleep
from typing import Any

from bench.measures.arrivals import accept
from bench.result import Row, Scale, Series, alternate
from bench.site import pss, site, started
from tests.program import Program


def measure(scale: Scale) -> list[Row]:
    with site() as place, place.program("up") as program:
        cookie = place.cookie(program)
        path = place.page(program)
        accept(program, path, 20, 0)
        place.calm()
        sleep(min(1, scale.seconds))
        before = pss([program.pid])
        position = "-".join(map(str, place.run("SELECT pg_snapshot_xmin(pg_current_snapshot())::text, 0")[0]))
        asked = {"number": scale.streams, "cookie": cookie, "position": position}
        with (
            started("raw") as raw,
            started("streams", port=program.port, **asked) as ours,
            started("streams", port=_said(raw)["port"], **asked) as theirs,
        ):
            _said(ours), _said(theirs)
            each = (pss([program.pid]) - before) * 1024 / scale.streams
            limit, reached = _rates(program, path, raw, ours, theirs, scale)
    return [
        Row(path=f"one message to {scale.streams:,} open streams", unit="streams a second", ours=reached, limit=limit,
            limit_is="a raw asyncio server, as many bytes", must=0.5, aim=0.8,
            note="from the first that has it to the last"),
        Row(path="memory a stream", unit="KB PSS", ours=Series((each,)), must=12, aim=5, better="less"),
    ]  # fmt: skip


def _rates(program: Program, path: str, raw: Any, ours: Any, theirs: Any, scale: Scale) -> tuple[Series, Series]:
    numbers = iter(range(1000, 10_000))
    size = [2000]

    def reached() -> float:
        number = next(numbers)
        _tell(ours, f"no. {number}.")
        _said(ours)
        accept(program, path, 1, number)
        found = _said(ours)
        size[0] = int(found["bytes"])
        return scale.streams / max(found["seconds"], 1e-6)

    def limit() -> float:
        mark = f"no. {next(numbers)}."
        _tell(theirs, mark)
        _said(theirs)
        _tell(raw, f"{size[0]} {mark}")
        return scale.streams / max(_said(theirs)["seconds"], 1e-6)

    reached()  # learns how many bytes that are
    return alternate(scale.repeats + 2, limit, reached)


def _tell(process: subprocess.Popen[bytes], line: str) -> None:
    assert process.stdin
    process.stdin.write(line.encode() + b"\n")
    process.stdin.flush()


def _said(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert process.stdout
    line = process.stdout.readline()
    assert line, "it has ended"
    return json.loads(line)
