"""Where it is measured: a PostgreSQL of our own on a fresh data directory, and the program on it."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from bench import statements
from duologue.kernel import embedded
from duologue.kernel.embedded import Server
from duologue.kernel.home import Home
from tests.program import Program, until

ROOT = Path(__file__).parent.parent
SECRET, PAGE = "bench-app-secret-0001", "1200300400"
WITH_SWIFT = (sys.executable, str(ROOT / "bench" / "program.py"))
"""Runs the program with one channel more: a made-up platform without a pace of its own."""
slow: list[statements.Statement] = []
"""What the databases of this run spent most time on."""
SETTINGS = {"shared_preload_libraries": "pg_stat_statements", "track_io_timing": "on"}


class Site:
    """A database, and the program on it, as `up`, `serve` or `work`."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder, self.server = folder, server
        self.data = folder / "data"

    @contextmanager
    def program(self, verb: str = "up", *, env: dict[str, str] | None = None) -> Iterator[Program]:
        """The program, answering, until left."""
        own = {"DATABASE_URL": self.server.url, "DUOLOGUE_ALLOW": "127.0.0.1", **(env or {})}
        one = Program(self.data, verb=verb, env=own, by=WITH_SWIFT)
        one.start()
        try:
            yield one
            one.stop(20)
        finally:
            one.end()

    def run(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Something that only a benchmark does to a database, as its owner."""
        with psycopg.connect(self.server.url, autocommit=True) as connection:
            done = connection.execute(sql.encode(), values or None)
            return done.fetchall() if done.description else []

    def page(self, program: Program, **more: object) -> str:
        """Connects a page of Messenger; the path at which its platform calls."""
        settings = {"page_id": PAGE, "page_token": "t", "app_secret": SECRET, "base_url": "http://127.0.0.1:9", **more}
        return str(program.channel("messenger", **settings)["webhook_path"])

    def cookie(self, program: Program) -> str:
        """Makes the first administrator; the cookie of their session."""
        form = {"brand": "Lume", "name": "Ana Ruiz", "email": "ana@lume.example", "password": "seven quiet lamps"}
        headers = {"Sec-Fetch-Site": "same-origin"}
        body = urllib.parse.urlencode(form).encode()
        asked = urllib.request.Request(program.url + program.begin(), body, headers)
        answer = urllib.request.build_opener(_Stays()).open(asked)
        return next(
            value.partition(";")[0]
            for name, value in answer.headers.items()
            if name.lower() == "set-cookie" and value.startswith("duologue=")
        )

    def calm(self) -> None:
        """Nothing is pending, and the database has written down what it had in memory."""
        until(lambda: not self.run("SELECT 1 FROM arrival WHERE state = 'pending' LIMIT 1"), 300, "the sorting")
        self.run("CHECKPOINT")


class _Stays(urllib.request.HTTPRedirectHandler):
    """Takes a redirect for the answer that it is."""

    def http_error_303(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        return fp


@contextmanager
def site() -> Iterator[Site]:
    """On a real disk, thrown away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="duologue-bench-"))
    folder.chmod(0o755)
    Home(folder / "data").make()
    server = Server(folder / "pg")
    server.start()
    with psycopg.connect(server.url, autocommit=True) as connection:
        for name, value in SETTINGS.items():
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
    server.stop()
    server.start()
    try:
        one = Site(folder, server)
        one.run("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        yield one
        slow.extend(statements.slowest(one))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def load(module: str, **given: object) -> dict[str, Any]:
    """Runs one of `bench/load` to its end in a process of its own; what it found."""
    with started(module, **given) as process:
        said, _ = process.communicate(timeout=600)
        assert process.returncode == 0, f"{module} ended with {process.returncode}"
        return json.loads(said.splitlines()[-1])


@contextmanager
def started(module: str, **given: object) -> Iterator[subprocess.Popen[bytes]]:
    """Runs one of `bench/load` until left."""
    command = [sys.executable, "-m", f"bench.load.{module}", json.dumps(given, default=str)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def pgbench(site: Site, script: str, *, clients: int, seconds: float) -> float:
    """Transactions a second of this script, by the pgbench that comes with the server."""
    file = site.folder / "limit.sql"
    file.write_text(script)
    tool = str(embedded.binaries(site.folder / "pg") / "pgbench")
    command = [
        tool, "-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-T", str(max(1, int(seconds))),
        "-f", str(file), site.server.url,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(next(line.split()[2] for line in done.stdout.splitlines() if line.startswith("tps")))


def pss(pids: Sequence[int]) -> float:
    """Megabytes of memory that these processes have to themselves, and their parts of what they share."""
    total = 0
    for pid in pids:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        total += int(next(line.split()[1] for line in rollup.splitlines() if line.startswith("Pss:")))
    return total / 1024


def family(pid: int) -> list[int]:
    """A process and all that it has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in family(int(child)))]


def new_uuid(at: int) -> UUID:
    """A version 7 id of the millisecond `at`."""
    return UUID(int=at << 80 | 0x7 << 76 | 0b10 << 62 | int.from_bytes(os.urandom(8)) & 0x3FFF_FFFF_FFFF_FFFF)
