"""The whole program as an operator runs it: a process on a data directory, killed and started again at will."""

import hashlib
import hmac
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import monotonic, sleep
from typing import Any

import psycopg

from duologue.kernel import embedded

ROOT = Path(__file__).parent.parent


class Program:
    """`duologue up` on a folder and a port of its own. Every wait has an end."""

    def __init__(
        self,
        data: Path,
        *more: str,
        env: dict[str, str] | None = None,
        by: Sequence[str] = (sys.executable,),
        verb: str = "up",
    ) -> None:
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.said = data.with_suffix(".log")
        self._more = more
        self.env = {**os.environ, **(env or {})}
        self._by = by
        self._verb = verb
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, seconds: float = 90) -> None:
        """Returns when it answers."""
        self.launch()
        until(lambda: self.answers(), seconds, "the program to answer", self._alive)

    def launch(self) -> None:
        listens = [] if self._verb == "work" else ["--port", str(self.port)]
        with self.said.open("ab") as out:
            self._process = subprocess.Popen(
                [*self._by, "-m", "duologue", self._verb, "--data", str(self.data), *listens, *self._more],
                cwd=ROOT,
                env=self.env,
                stdout=out,
                stderr=out,
            )

    def answers(self) -> bool:
        try:
            return urllib.request.urlopen(f"{self.url}/health/ready", timeout=2).status == 200
        except (urllib.error.URLError, OSError):
            return False

    def kill(self) -> None:
        """As the power cut does it."""
        assert self._process
        self._process.kill()
        self._process.wait(10)

    def pause(self) -> None:
        """It stands still, as on a machine that was put to sleep."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        """It goes on where it stood."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def stop(self, seconds: float = 10) -> int:
        """As an operator does it; the exit status."""
        assert self._process
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self.wait(seconds)

    def wait(self, seconds: float) -> int:
        """Until it has ended; the exit status."""
        assert self._process
        return self._process.wait(seconds)

    def end(self) -> None:
        """Whatever state it is in."""
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)

    def command(self, *words: str, check: bool = True) -> str:
        """Runs `duologue …` on the same folder; what it printed."""
        done = run(*words, "--data", str(self.data), env=self.env, by=self._by)
        if check and done.returncode:
            raise AssertionError(done.stderr)
        return done.stdout

    def channel(self, kind: str, **settings: object) -> dict[str, object]:
        """Connects an account at the command line."""
        pairs = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
        return json.loads(self.command("channel", "add", kind, "--json", *pairs))

    def channels(self, wanted: Sequence[tuple[str, dict[str, str]]]) -> list[dict[str, Any]]:
        """Connects accounts, by kind and settings, as `channel` does it, in one process."""
        done = subprocess.run(
            [*self._by, "-m", "tests.connecting", str(self.data)], input=json.dumps(wanted), cwd=ROOT, env=self.env,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        if done.returncode:
            raise AssertionError(done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def begin(self) -> str:
        """The path of the link that makes the first administrator, as the last start printed it."""
        return re.findall(r"Begin  http://[^/]+(/\S+)", self.log())[-1]

    def call(self, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """Status and answer of a request; a body makes it a POST."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + path, body, sent), timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def query(self, sql: str) -> list[tuple[object, ...]]:
        """Looks into the database as its owner."""
        place = self.env.get("DATABASE_URL") or embedded.url(self.data / "pg")
        with psycopg.connect(place, connect_timeout=5) as connection:
            return list(connection.execute(sql.encode()))

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def log(self) -> str:
        return self.said.read_text(errors="replace") if self.said.exists() else ""

    def _alive(self) -> str | None:
        if self._process and self._process.poll() is not None:
            return f"it ended with {self._process.returncode}: {self.log()[-2000:]}"
        return None


class Page:
    """A page on Messenger, connected to the program; the platform's part is played here, with its signature."""

    SECRET = "meta-app-secret-0001"

    def __init__(self, program: Program, base_url: str = "http://127.0.0.1:9") -> None:
        self.id = "1200300400"
        account = program.channel(
            "messenger", page_id=self.id, page_token="t", app_secret=self.SECRET, base_url=base_url
        )
        self.program, self.path = program, str(account["webhook_path"])
        self.acknowledged: set[str] = set()

    def say(self, number: int) -> bool:
        """A person writes; whether the program said that it has it. It stands in `acknowledged` then."""
        item = {
            "sender": {"id": f"77{number % 20:06}"}, "recipient": {"id": self.id},
            "timestamp": 1767225600000 + number * 1000, "message": {"mid": f"m_{number}", "text": f"message {number}"},
        }  # fmt: skip
        entry = {"id": self.id, "time": 1767225600123, "messaging": [item]}
        body = json.dumps({"object": "page", "entry": [entry]}).encode()
        signature = "sha256=" + hmac.new(self.SECRET.encode(), body, hashlib.sha256).hexdigest()
        try:
            status, _ = self.program.call(
                self.path, body, X_Hub_Signature_256=signature, Content_Type="application/json"
            )
        except OSError:
            return False
        if status == 200:
            self.acknowledged.add(f"m_{number}")
        return status == 200


@contextmanager
def flood(page: Page, people: int = 4) -> Iterator[None]:
    """Messages come in from several sides, numbered from 1000 on, until left."""
    ended = Event()

    def writes(number: int) -> None:
        while not ended.is_set():
            page.say(number)
            number += people

    with ThreadPoolExecutor(people) as senders:
        done = [senders.submit(writes, 1000 + first) for first in range(people)]
        try:
            yield
        finally:
            ended.set()
    for one in done:
        one.result()


def more_than(page: Page, number: int, seconds: float = 30) -> None:
    """Returns when so many more messages have been acknowledged."""
    before = len(page.acknowledged)
    until(lambda: len(page.acknowledged) > before + number, seconds, f"{number} more messages")


def run(
    *words: str, env: dict[str, str] | None = None, by: Sequence[str] = (sys.executable,)
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*by, "-m", "duologue", *words],
        cwd=ROOT, env=env or dict(os.environ), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def until(true, seconds: float, what: str, broken=lambda: None, *, every: float = 0.02) -> None:
    """Waits for something that another process does; says what it waited for if that does not come."""
    end = monotonic() + seconds
    while not true():
        if words := broken():
            raise AssertionError(f"waiting for {what}: {words}")
        assert monotonic() < end, f"waited {seconds} s for {what}"
        sleep(every)


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """What a command that could not do it said: one line for a person, and a status that a script sees."""
    assert done.returncode not in (0, None), done.stdout
    said = done.stderr.strip()
    assert said.startswith("duologue: "), said
    assert len(said.splitlines()) == 1, said
    return said


def messages(program: Program) -> set[str]:
    """The platform's ids of what came in; fails where one is there twice."""
    found = [str(row[0]) for row in program.query("SELECT external_id FROM message WHERE direction = 'in'")]
    assert len(found) == len(set(found)), "a message is there twice"
    return set(found)


def servers_on(folder: Path) -> list[int]:
    """Processes of PostgreSQL that work on the data directory `folder`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(folder) and b"postgres" in (process / "comm").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return found


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
