"""docs/benchmarks.md: the last whole run, as the command left it."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from bench.result import Row, table
from bench.site import ROOT
from bench.soak import Slope
from bench.soak import listing as slopes
from bench.statements import Statement
from bench.statements import listing as statements
from duologue import __version__
from duologue.kernel import embedded

DOCUMENT = ROOT / "docs" / "benchmarks.md"
KEPT = ROOT / "docs" / "benchmarks.json"
FOR_USERS = ("full ingest", "accepted →", "memory idle")
"""The three figures that somebody who considers using it asks for."""


class Run(Struct, frozen=True, kw_only=True):
    """A whole run, as it is kept beside the document."""

    at: str
    machine: str
    versions: str
    command: str
    rows: list[Row]
    figures: dict[str, str] = {}
    statements: list[Statement] = []
    slopes: list[Slope] = []
    soaked: str = ""
    again: list[str] = []  # what was measured anew since, and when


def run(command: str, rows: list[Row], slow: list[Statement]) -> Run:
    return Run(
        at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"), machine=machine(), versions=versions(), command=command,
        rows=rows, figures=figures(rows), statements=slow,
    )  # fmt: skip


def with_some_anew(whole: Run, part: Run) -> Run:
    """The last whole run, with rows of a later one in their places."""
    anew = {row.path for row in part.rows}
    rows = [*(row for row in whole.rows if row.path not in anew), *part.rows]
    again = [*whole.again, f"`{part.command}` on {part.at}"]
    return msgspec.structs.replace(whole, rows=rows, again=again, figures=figures(rows))


def figures(rows: list[Row]) -> dict[str, str]:
    """What a user wants to know, in words."""
    return {
        row.path: f"{row.ours.words()} {row.unit}" for begin in FOR_USERS for row in rows if row.path.startswith(begin)
    }


def last() -> Run | None:
    return msgspec.json.decode(KEPT.read_bytes(), type=Run) if KEPT.exists() else None


def write(run: Run) -> None:
    """Both: what people read, and what programs read."""
    KEPT.write_bytes(msgspec.json.format(msgspec.json.encode(run)) + b"\n")
    notes = [f"- {row.path}: {row.note}" for row in run.rows if row.note]
    soaked = [f"\n## A long time at half speed\n\n{run.soaked}\n", slopes(run.slopes)] if run.slopes else []
    DOCUMENT.write_text(
        "\n".join(
            [
                "# How fast it is",
                "",
                f"Made by `{run.command}` on {run.at}, not by hand. Machine: {run.machine}. {run.versions}.",
                *(f"Measured anew since: {one}." for one in run.again),
                "",
                "Each limit is measured in the same run, in turn with ours (A B A B); figures are the median of the",
                "repeats, with the least and the most. Load comes from processes of its own on the same machine, and",
                "nothing is pinned to a processor. Ratios can be compared; milliseconds belong to this machine and to",
                "what else it did. `below` means that a goal is not reached yet. Search does not exist yet.",
                "",
                table(run.rows),
                "",
                *notes,
                "",
                "## What the database spent its time on",
                "",
                statements(run.statements),
                *soaked,
                "",
            ]
        )
    )


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    busy = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}, load {busy:.1f}"


def versions() -> str:
    server = subprocess.run(
        [embedded.binaries(Path("/nowhere")) / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout.strip()
    return f"Duologue {__version__}, {server}, CPython {platform.python_version()}"
