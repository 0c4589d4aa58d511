"""Every measure runs to its end at a tiny size. What it measured then says nothing.

All of them with `DUOLOGUE_BENCH=all`; else those whose parts the others are made of.
"""

import os
import subprocess
import sys

import msgspec
import pytest

from bench.__main__ import NAMES
from bench.result import Row
from bench.soak import Look, slopes
from tests.program import ROOT

pytestmark = [pytest.mark.program, pytest.mark.timeout(240)]

CHOSEN = NAMES if os.environ.get("DUOLOGUE_BENCH") == "all" else ("arrivals", "deliver")


class Found(msgspec.Struct):
    rows: list[Row]
    figures: dict[str, str]


def test_every_measure_runs() -> None:
    command = [sys.executable, "-m", "bench", "--tiny"]
    running = {
        name: subprocess.Popen([*command, name], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for name in CHOSEN
    }
    for name, one in running.items():
        said, errors = one.communicate(timeout=230)
        assert one.returncode == 0, f"{name}: {errors.decode()[-3000:]}"
        found = msgspec.json.decode(said.splitlines()[-1], type=Found)
        assert found.rows, name
        assert all(value >= 0 for row in found.rows for value in row.ours.values), name


def test_a_slope_is_what_grows_in_a_minute() -> None:
    looks = [
        Look(minutes=float(n), megabytes=100 + 2.0 * n, p50=5, p99=9, messages=n, pending=0, files=20, connections=7)
        for n in range(12)
    ]
    found = {one.of: one.each_minute for one in slopes(looks)}
    assert found["megabytes"] == pytest.approx(2)
    assert found["p99"] == pytest.approx(0)
