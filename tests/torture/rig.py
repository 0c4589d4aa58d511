"""What every proof by torture needs: platforms' doubles in a thread, mischief, the truth to compare with, the figures.

The program runs as an operator runs it, in processes of its own. What was sent is the oracle; logs are not read.
"""

import asyncio
import json
import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
import psycopg

from duologue.channels.registry import channels
from duologue.channels.simulation import Simulator, simulators
from duologue.kernel.clock import now
from tests.program import Program, until

SEED = int(os.environ.get("DUOLOGUE_SEED", "20261124"))
FULL = os.environ.get("DUOLOGUE_TORTURE") == "full"
T = TypeVar("T")


def scale(quick: T, full: T) -> T:
    """A number of the profile that runs: the quick one with every test, the full one with `bin/test --torture`."""
    return full if FULL else quick


def result(name: str, promise: str, began: float, **counts: int | float) -> None:
    """Writes what was shown as one line of JSON to the file that DUOLOGUE_RESULTS names."""
    line = {"name": name, "promise": promise, "full": FULL, "seed": SEED, "seconds": round(monotonic() - began, 1)}
    if place := os.environ.get("DUOLOGUE_RESULTS"):
        with Path(place).open("a") as out:
            out.write(json.dumps(line | {"counts": counts}) + "\n")


def _is_kept(hint: Any) -> bool:
    return any((getattr(one, "extra", None) or {}).get("kept") for one in getattr(hint, "__metadata__", ()))


class Doubles:
    """Every platform that has a double, each running, connected to the program, and told where to deliver."""

    def __init__(self, program: Program, kinds: Sequence[str] | None = None) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._program = program
        self.of: dict[str, Simulator] = {}
        self.channels: dict[str, str] = {}
        self.said: dict[str, set[str]] = {}
        wanted = {kind: make for kind, make in simulators().items() if kinds is None or kind in kinds}
        started = [(kind, self.run(_started(make))) for kind, make in wanted.items()]
        accounts = program.channels([(kind, typed(double)) for kind, double in started])
        for (kind, double), account in zip(started, accounts, strict=True):
            self._point(kind, double, account)

    def _point(self, kind: str, double: Simulator, account: dict[str, Any]) -> None:
        self.run(double.point(f"{self._program.url}{account['webhook_path'] or ''}"))
        if "insist" in double.commands():  # a platform that gives up soon would have to be asked what it gave up
            self.run(double.command("insist"))
        self.of[kind], self.channels[kind] = double, str(account["id"])
        self.said[kind] = set()

    def run(self, doing: Coroutine[Any, Any, T], seconds: float = 60) -> T:
        """Does it in the doubles' loop."""
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result(seconds)

    def say(self, kind: str, number: int) -> None:
        """One of the platform's people writes "kind number"."""
        double, text = self.of[kind], f"{kind} {number}"
        people = double.people()
        self.run(double.say(people[number % len(people)].id, text))
        self.said[kind].add(text)

    def close(self) -> None:
        for double in self.of.values():
            self.run(double.close())
        self._loop.call_soon_threadsafe(self._loop.stop)


async def _started(make: Callable[..., Simulator]) -> Simulator:
    double = make(now)
    await double.start()
    return double


def typed(double: Simulator) -> dict[str, str]:
    """Of an account connected to it, as somebody types them."""
    told = double.settings()
    kept = {one.name for one in msgspec.structs.fields(told) if _is_kept(one.type)}  # nobody fills those in
    words = {name: _text(value) for name, value in msgspec.structs.asdict(told).items() if value is not None}
    return {name: value for name, value in words.items() if name not in kept and value}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else ""
    return "\n".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


class Api:
    """The program's own API, as an oracle's eyes."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._key = program.command("key", "add", "proof").strip()

    def get(self, path: str) -> Any:
        status, body = self._asked(path)
        assert status == 200, (path, status, body[:300])
        return json.loads(body)

    def _asked(self, path: str) -> tuple[int, bytes]:
        """The answer, when the program has an ear for us again."""
        end = monotonic() + 60
        while True:
            status, body = self._program.call(f"/api/v1{path}", authorization=f"Bearer {self._key}")
            if status != 429 or monotonic() > end:
                return status, body
            sleep(0.5)

    def post(self, path: str, body: object, **headers: str) -> tuple[int, Any]:
        given = {"authorization": f"Bearer {self._key}", "content_type": "application/json", **headers}
        status, answer = self._program.call(f"/api/v1{path}", json.dumps(body).encode(), **given)
        return status, json.loads(answer or b"null")

    def all(self, path: str) -> Iterator[Any]:
        """Every item, page by page."""
        cursor = None
        while True:
            page = self.get(
                f"{path}{'&' if '?' in path else '?'}limit=100" + (f"&cursor={quote(cursor)}" if cursor else "")
            )
            yield from page["items"]
            cursor = page["next"]
            if not cursor:
                return

    def messages(self) -> list[dict[str, Any]]:
        """Every message of every conversation."""
        talks = list(self.all("/conversations?filter=all"))
        return [one for talk in talks for one in self.all(f"/conversations/{talk['id']}/messages")]


def allowed(kind: str, most: int) -> int:
    """So many answers may follow one message of a person on this platform, at most `most`."""
    rules = channels()[kind].abilities.policy.rules
    return min((rule.most for rule in rules if rule.most and rule.after == "message"), default=most)


def texts(messages: Sequence[dict[str, Any]], direction: str = "in") -> Counter[str]:
    """How often each text is there; what mail programs add below is not counted."""
    return Counter((one["text"] or "").split("\n")[0].strip() for one in messages if one["direction"] == direction)


def sorted_out(program: Program, seconds: float = 120) -> None:
    """Returns when nothing waits: the spool is empty and every arrival sorted."""
    spool = program.data / "spool"
    until(lambda: not list(spool.glob("*.spool")) if spool.is_dir() else True, seconds, "the spool to be emptied")
    until(lambda: _quietly(lambda: program.query("SELECT count(*) FROM arrival WHERE state = 'pending'")) == [(0,)],
          seconds, "the sorting")  # fmt: skip


def equation_holds(program: Program) -> None:
    """What was accepted is all accounted for, as the program itself counts it."""
    counted = json.loads(program.command("doctor", "--count", "--json", check=False))
    assert next(one for one in counted if one["name"] == "count")["ok"], counted


def _quietly(look: Callable[[], T]) -> T | None:
    with suppress(psycopg.OperationalError):
        return look()
    return None


def kill_postgres(program: Program) -> None:
    """The embedded server is stopped at once, as an immediate shutdown or a power cut does it; it is started again."""
    with suppress(FileNotFoundError, ProcessLookupError, ValueError, IndexError):
        os.kill(int((program.data / "pg" / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)


def dice(purpose: str) -> random.Random:
    """Chance that is the same for the same seed."""
    return random.Random(f"{SEED}|{purpose}")
