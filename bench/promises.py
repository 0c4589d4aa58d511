"""Writes docs/promises.md: what is promised, how it is kept, what shows it, and what the last full runs came to."""

import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

ROOT = Path(__file__).parent.parent
KEPT = ROOT / "docs" / "promises.json"  # the last full run of each proof
PAGE = ROOT / "docs" / "promises.md"


class Promise(Struct, frozen=True):
    """`tests` show it; `proofs` are the names under which those of tests/torture leave figures."""

    words: str
    how: str
    place: str
    tests: str
    proofs: tuple[str, ...] = ()


PROMISES = (
    Promise(
        "Once we answer 2xx, the message is kept",
        "arrivals are committed, or fsynced to a spool while the database is away, before they are acknowledged",
        "duologue/mailroom/receive.py", "tests/torture/test_p1.py", ("p1", "points", "backup"),
    ),
    Promise(
        "Nothing appears twice",
        "unique platform ids; arrivals are sorted in one transaction with what they become",
        "duologue/mailroom/sort.py", "tests/torture/test_p2.py", ("p2", "processes"),
    ),
    Promise(
        "A reply leaves once, or it says that nobody knows",
        "the attempt is written down before the platform is called; what is unknown is asked about, not sent again",
        "duologue/mailroom/deliver.py, reconcile.py", "tests/torture/test_p3.py", ("p3",),
    ),
    Promise(
        "Only the right person and workspace see it",
        "row-level security on every table; one gate with a policy for each route",
        "duologue/kernel/database.py, duologue/web/gate.py", "tests/attacks, tests/kernel/test_walls.py",
    ),
    Promise(
        "An answer goes to the address the agent sees",
        "the address belongs to the conversation and is never looked up through the person",
        "duologue/conversations/reply.py", "tests/torture/test_p5.py", ("p5",),
    ),
    Promise(
        "Order and ticks never lie",
        "messages stand by the platform's time, within five minutes of ours; a status only moves forward",
        "duologue/conversations/receive.py, news.py", "tests/torture/test_p6.py", ("p6",),
    ),
    Promise(
        "The screen shows what the database holds",
        "one journal that followers read by commit order; the same template draws page and live update",
        "duologue/kernel/journal.py, duologue/live", "tests/torture/test_p7.py, tests/live", ("p7", "p7-leaving"),
    ),
    Promise(
        "A stranger's content does nothing",
        "an allow-list for mark-up, a sandboxed frame, a strict policy for every page",
        "duologue/web/texts.py, duologue/web/policy.py", "tests/attacks/test_browser*.py",
    ),
    Promise(
        "The server cannot be turned inward",
        "addresses are judged when connecting; redirects are not followed",
        "duologue/kernel/egress.py", "tests/attacks/test_inside_addresses.py, tests/kernel/test_egress_walls.py",
    ),
    Promise(
        "Only the platform speaks for the platform",
        "signatures on the raw bytes; no secret means refuse",
        "duologue/mailroom/webhook.py, each channel's verify",
        "tests/attacks/test_webhook_wire.py, tests/mailroom/test_webhook.py",
    ),
    Promise(
        "What people write stands nowhere in the clear",
        "sealed with a key per contact; logs, journal and figures hold ids and states",
        "duologue/kernel/vault.py", "tests/attacks/test_canaries*.py",
    ),
)  # fmt: skip


def main(results: Path) -> None:
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    for line in results.read_text().splitlines():
        shown = json.loads(line)
        if shown["full"]:
            kept[shown["name"]] = shown | {"date": f"{datetime.now(UTC):%Y-%m-%d}", "machine": _machine()}
    KEPT.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    PAGE.write_text(_page(kept))


def _page(kept: dict[str, Any]) -> str:
    rows = [f"| {one.words} | {one.how} (`{one.place}`) | `{one.tests}` |" for one in PROMISES]
    figures = [
        f"| {name} | {_counts(run['counts'])} | {run['seconds']:.0f} s | {run['seed']} | {run['date']} |"
        for one in PROMISES
        for name in one.proofs
        if (run := kept.get(name))
    ]
    machines = sorted({one["machine"] for one in kept.values()})
    return "\n".join([
        "# What is promised, how it is kept, and what shows it", "",
        "Made by `bin/promises`. Each proof compares the end state with a model of what was sent; logs are not read.",
        "A quick profile of each runs with `bin/test`, the full ones with `bin/test --torture [name] [--seed N]`.",
        "",
        "| promise | how it is kept | what shows it |", "|---|---|---|", *rows, "",
        "## The last full runs", "",
        f"On {' and '.join(machines) or 'no machine yet'}.", "",
        "| proof | what was shown | in | seed | on |", "|---|---|---|---|---|", *figures, "",
    ])  # fmt: skip


def _counts(counts: dict[str, float]) -> str:
    return ", ".join(f"{value:,} {name.replace('_', ' ')}" for name, value in counts.items())


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024**3
    return f"{os.cpu_count()} cores, {memory} GiB, {platform.system()}, CPython {platform.python_version()}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
