"""Starting for the first time and later, and what everything needs while nothing happens."""

import shutil
import tempfile
from pathlib import Path
from time import perf_counter, sleep

from bench.result import Row, Scale, Series
from bench.site import family, pss
from tests.program import Program


def measure(scale: Scale) -> list[Row]:
    first: list[float] = []
    later: list[float] = []
    memory: list[float] = []
    for _ in range(scale.repeats):
        folder = Path(tempfile.mkdtemp(prefix="duologue-bench-"))
        folder.chmod(0o755)
        program = Program(folder / "data")
        try:
            first.append(_started(program))
            program.stop()
            later.append(_started(program))
            sleep(min(3, scale.seconds))  # what is made ready after the first answer is ready
            memory.append(pss(family(program.pid)))
            program.stop()
        finally:
            program.end()
            shutil.rmtree(folder, ignore_errors=True)
    return [
        Row(path="start to first answer, first ever", unit="s", ours=Series(tuple(first)), must=5, aim=1.5,
            better="less", note="`up` with the database that comes along, an empty data directory"),
        Row(path="start to first answer, later", unit="s", ours=Series(tuple(later)), must=2.5, aim=0.7, better="less"),
        Row(path="memory idle, everything", unit="MB PSS", ours=Series(tuple(memory)), must=250, aim=120, better="less",
            note="the program and its database together"),
    ]  # fmt: skip


def _started(program: Program) -> float:
    begun = perf_counter()
    program.start()
    return perf_counter() - begun
