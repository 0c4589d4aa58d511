"""The whole program as an operator runs it: a process on a data directory, killed and started again at will."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from time import monotonic, sleep

import psycopg

from duologue.kernel import embedded

ROOT = Path(__file__).parent.parent


class Program:
    """`duologue up` on a folder and a port of its own. Every wait has an end."""

    def __init__(self, data: Path, *more: str, env: dict[str, str] | None = None) -> None:
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.said = data.with_suffix(".log")
        self._more = more
        self._env = {**os.environ, **(env or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, seconds: float = 60) -> None:
        """Returns when it answers."""
        self.launch()
        until(lambda: self.answers(), seconds, "the program to answer", self._alive)

    def launch(self) -> None:
        with self.said.open("ab") as out:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "duologue",
                    "up",
                    "--data",
                    str(self.data),
                    "--port",
                    str(self.port),
                    *self._more,
                ],
                cwd=ROOT,
                env=self._env,
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

    def stop(self, seconds: float = 10) -> int:
        """As an operator does it; the exit status."""
        assert self._process
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(seconds)

    def end(self) -> None:
        """Whatever state it is in."""
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)

    def command(self, *words: str, check: bool = True) -> str:
        """Runs `duologue …` on the same folder; what it printed."""
        done = run(*words, "--data", str(self.data), env=self._env)
        if check and done.returncode:
            raise AssertionError(done.stderr)
        return done.stdout

    def channel(self, kind: str, **settings: object) -> dict[str, object]:
        """Connects an account at the command line."""
        pairs = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
        return json.loads(self.command("channel", "add", kind, "--json", *pairs))

    def query(self, sql: str) -> list[tuple[object, ...]]:
        """Looks into the database as its owner."""
        with psycopg.connect(embedded.url(self.data / "pg"), connect_timeout=5) as connection:
            return list(connection.execute(sql.encode()))

    def log(self) -> str:
        return self.said.read_text(errors="replace") if self.said.exists() else ""

    def _alive(self) -> str | None:
        if self._process and self._process.poll() is not None:
            return f"it ended with {self._process.returncode}: {self.log()[-2000:]}"
        return None


def run(*words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "duologue", *words],
        cwd=ROOT, env=env or dict(os.environ), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def until(true, seconds: float, what: str, broken=lambda: None) -> None:
    """Waits for something that another process does; says what it waited for if that does not come."""
    end = monotonic() + seconds
    while not true():
        if words := broken():
            raise AssertionError(f"waiting for {what}: {words}")
        assert monotonic() < end, f"waited {seconds} s for {what}"
        sleep(0.02)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
