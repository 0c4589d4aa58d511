"""Looking after an installation: what is wrong with it, a copy of it, and an installation made from a copy."""

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from msgspec import Struct

from duologue import __version__
from duologue.errors import Stop
from duologue.kernel import carrier, crash, embedded
from duologue.kernel.attach import beside, running
from duologue.kernel.database import Away
from duologue.kernel.home import told
from duologue.kernel.house import House
from duologue.kernel.migrate import make_roles, migrate, steps
from duologue.kernel.vault import Broken, master_key
from duologue.mailroom import store_upkeep
from duologue.mailroom.spool import Spool
from duologue.run import house_of
from duologue.settings import Settings

LITTLE = 1024 * 1024 * 1024  # bytes free on disk
LATE = 300  # seconds that an arrival may wait to be sorted


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that was looked at. `todo` says what to do where it is not well."""

    name: str
    ok: bool
    words: str
    todo: str | None = None


# ---------------------------------------------------------------------------------------------------------- doctor


def doctor(settings: Settings, *, count: bool) -> list[Finding]:
    """Looks at everything it can reach; an installation that is not there yet is a finding, not an error."""
    findings = [_python(), _folder(settings)]
    if not findings[-1].ok or not (settings.data / "key").exists():
        nothing = Finding(
            name="installation", ok=findings[-1].ok, words="Nothing is installed here yet: run `duologue up`."
        )
        return [*findings, nothing]
    try:
        with beside(settings) as url:
            migrate(url)
            return findings + asyncio.run(_examine(settings, url, count=count))
    except Stop as error:
        return [*findings, Finding(name="database", ok=False, words=str(error))]


def as_text(findings: Sequence[Finding]) -> str:
    lines = []
    for finding in findings:
        lines.append(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.name}: {finding.words}")
        lines += [f"      {finding.todo}"] if finding.todo and not finding.ok else []
    return "\n".join(lines)


def as_json(findings: Sequence[Finding]) -> str:
    return msgspec.json.format(msgspec.json.encode(findings)).decode()


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(name="python", ok=sys.version_info >= (3, 11), words=version, todo="Install Python 3.11 or newer.")


def _folder(settings: Settings) -> Finding:
    folder = settings.data
    if not folder.exists():
        return Finding(name="data", ok=True, words=f"{folder} does not exist yet.")
    if not os.access(folder, os.W_OK):
        return Finding(name="data", ok=False, words=f"{folder} cannot be written.", todo="Give it to this user.")
    free = shutil.disk_usage(folder).free
    words = f"{folder}, {free // 1024**2:,} MB free"
    return Finding(name="data", ok=free > LITTLE, words=words, todo="Make room: less than 1 GB is left.")


async def _examine(settings: Settings, url: str, *, count: bool) -> list[Finding]:
    async with house_of(settings, url) as house:
        async with house.db.hall() as tx:
            workspaces = await store_upkeep.workspaces(tx)
            sends, another = await store_upkeep.sends(tx), await store_upkeep.another_at(tx)
            state = await store_upkeep.state(tx)
        findings = [_server(url), _clock(state), _keys(await _broken(house, workspaces)), _sending(sends, another)]
        findings += [_spool(settings), _sorting(state), _quarantine(state), _unknown(state), _accounts(state)]
        if settings.nats_url:
            findings.append(await _carrier(settings.nats_url))
        if count:
            findings += [await _count(house, workspace) for workspace in workspaces]
    return findings


async def _carrier(url: str) -> Finding:
    """Whether NATS carries wake-ups."""
    where = carrier.place(url)
    try:
        await (await carrier.connect(url)).close()
    except Away:
        todo = "Start it, or check nats_url. Until then nothing is lost, but news is seen a second later."
        return Finding(name="nats", ok=False, words=f"NATS at {where} does not answer.", todo=todo)
    return Finding(name="nats", ok=True, words=f"NATS at {where} carries wake-ups.")


def _server(url: str) -> Finding:
    with psycopg.connect(url) as connection:
        version = connection.info.server_version
    words = f"PostgreSQL {version // 10000}, schema {steps()[-1].number}"
    return Finding(name="database", ok=True, words=words)


def _clock(state: store_upkeep.Health) -> Finding:
    apart = abs((datetime.now(UTC) - state.now).total_seconds())
    words = f"{apart:.1f} s between this machine and the database"
    return Finding(
        name="clock", ok=apart < 5, words=words, todo="Set both clocks by NTP; leases and windows need them."
    )


async def _broken(house: House, workspaces: Sequence[UUID]) -> int:
    broken = 0
    for workspace in workspaces:
        try:
            await house.safe(workspace)
        except Broken:
            broken += 1
    return broken


def _keys(broken: int) -> Finding:
    words = "the master key opens everything" if not broken else f"the master key does not open {broken} workspaces"
    return Finding(
        name="keys", ok=not broken, words=words, todo="Put back the `key` file that belongs to this database."
    )


def _sending(sends: bool, another: datetime | None) -> Finding:
    words = "on" if sends else "off: this is a restored copy, or it was switched off"
    if another:
        words = f"{'on' if sends else 'off'}: another copy of this installation was sending at {another:%Y-%m-%d %H:%M}"
        todo = "Let one of the two stop for good (duologue sends off), then say here: duologue sends on"
        return Finding(name="sending", ok=False, words=words, todo=todo)
    return Finding(name="sending", ok=sends, words=words, todo="If this copy is to send: duologue sends on")


def _spool(settings: Settings) -> Finding:
    spool = Spool(settings.data / "spool")
    waiting, damaged = spool.waiting(), spool.damaged()
    words = f"{waiting} arrivals wait for the database, {damaged} files are damaged"
    todo = "Arrivals are taken in as soon as the program runs; look after the disk that damages files."
    return Finding(name="spool", ok=not waiting and not damaged, words=words, todo=todo)


def _sorting(state: store_upkeep.Health) -> Finding:
    words = f"{state.pending} arrivals wait to be sorted, the oldest for {state.oldest_pending:.0f} s"
    ok = state.oldest_pending < LATE
    return Finding(
        name="sorting", ok=ok, words=words, todo="Start the program, or `duologue work`; then look at its log."
    )


def _quarantine(state: store_upkeep.Health) -> Finding:
    words = f"{state.quarantined} arrivals or items could not be read"
    todo = "An administrator can read why, replay or discard them: Settings, Quarantine."
    return Finding(name="quarantine", ok=not state.quarantined, words=words, todo=todo)


def _unknown(state: store_upkeep.Health) -> Finding:
    words = f"{state.unknown} messages of which it is not known whether they were sent"
    return Finding(name="unknown", ok=not state.unknown, words=words, todo="Decide about each in its conversation.")


def _accounts(state: store_upkeep.Health) -> Finding:
    words = f"{state.active} channels on, {state.broken} in trouble"
    return Finding(
        name="channels", ok=not state.broken, words=words, todo="See Settings, Channels for what each needs."
    )


async def _count(house: House, workspace: UUID) -> Finding:
    """accepted = messages + duplicates + other events + quarantined + pending, counted where each of them is."""
    async with house.db.workspace(workspace) as tx:
        counted = await store_upkeep.count(tx)
    arrivals = counted.pending + counted.sorted + counted.quarantined + counted.discarded
    items = counted.messages + counted.duplicates + counted.others + counted.set_aside
    whole = (
        counted.arrivals == arrivals
        and counted.items == items
        and counted.messages == counted.message_rows
        and counted.set_aside == counted.set_aside_rows
    )
    words = (
        f"{counted.arrivals} arrivals = {counted.sorted} sorted + {counted.pending} pending + "
        f"{counted.quarantined} quarantined + {counted.discarded} discarded; {counted.items} items = "
        f"{counted.messages} messages ({counted.message_rows} there) + {counted.duplicates} duplicates + "
        f"{counted.others} other events + {counted.set_aside} set aside ({counted.set_aside_rows} there)"
    )
    return Finding(
        name="count", ok=whole, words=words, todo="Something is missing: keep this installation as it is and report it."
    )


# ------------------------------------------------------------------------------------------------ backup and restore


class Manifest(Struct, frozen=True, kw_only=True):
    program: str
    schema: int
    made_at: datetime


def backup(settings: Settings, file: Path, *, replace: bool = False) -> None:
    """One file with database, keys, files and spool; whole, or not there. Raises `Stop`, also where there is one."""
    if not (settings.data / "key").exists():
        raise Stop(f"Nothing is installed in {settings.data}. Choose another with --data.")
    if file.exists() and not replace:
        raise Stop(f"{file} is there already. Choose another name, or say --replace.", 2)
    partial = file.with_name(file.name + ".partial")
    try:
        with beside(settings) as url, tempfile.TemporaryDirectory(prefix="duologue-") as scratch:
            spool = _copied_spool(settings.data / "spool", Path(scratch) / "spool")
            dump = Path(scratch) / "database.dump"
            _pg("pg_dump", settings, url, "--format=custom", "--enable-row-security", f"--file={dump}")
            manifest = Manifest(program=__version__, schema=steps()[-1].number, made_at=datetime.now(UTC))
            (Path(scratch) / "manifest.json").write_bytes(msgspec.json.encode(manifest))
            handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as out, tarfile.open(fileobj=out, mode="w:gz", compresslevel=3) as tar:
                for path in (Path(scratch) / "manifest.json", dump, spool, settings.data / "key"):
                    tar.add(path, path.name)
                for path in sorted((settings.data / "files").rglob("*")):
                    with contextlib.suppress(FileNotFoundError):  # taken back by its sender meanwhile
                        if path.is_file() and path.suffix != ".partial":
                            tar.add(path, str(path.relative_to(settings.data)))
            crash.point("backup.written")
            partial.replace(file)
    except OSError as error:
        raise Stop(f"{file} cannot be written: {told(error)}") from error
    finally:
        partial.unlink(missing_ok=True)


def _copied_spool(spool: Path, into: Path) -> Path:
    """Copied before the database is: what is drained in between is then in both, which harms nothing."""
    into.mkdir()
    for path in spool.glob("*.spool"):
        with contextlib.suppress(FileNotFoundError):
            shutil.copy2(path, into / path.name)
    return into


def restore(settings: Settings, file: Path) -> None:
    """Fills an empty data directory (and database) from a backup; the copy does not send. Raises `Stop`."""
    if (settings.data / "key").exists():
        raise Stop(f"{settings.data} holds an installation already. Restore into an empty folder: --data FOLDER.")
    with tempfile.TemporaryDirectory(prefix="duologue-") as scratch:
        _unpack(file, Path(scratch))
        with running(settings) as (url, _):
            with psycopg.connect(url, autocommit=True) as connection:
                make_roles(connection)
            _fill(settings, url, Path(scratch) / "database.dump")
            migrate(url)
            _begin_anew(url)
            for name in ("files", "spool"):
                if (Path(scratch) / name).exists():
                    shutil.copytree(Path(scratch) / name, settings.data / name, dirs_exist_ok=True)
            shutil.copy2(Path(scratch) / "key", settings.data / "key")
            master_key(settings.data / "key", make="never")


def _unpack(file: Path, into: Path) -> None:
    try:
        with tarfile.open(file, "r:gz") as tar:
            _extract(tar, into)
        manifest = msgspec.json.decode((into / "manifest.json").read_bytes(), type=Manifest)
    except (OSError, EOFError, zlib.error, tarfile.TarError, msgspec.DecodeError) as error:
        raise Stop(f"{file} is no backup of Duologue, or is damaged: {error}") from error
    if manifest.schema > steps()[-1].number:
        raise Stop(f"{file} was made by a newer Duologue ({manifest.program}). Install that one first.")


def _extract(tar: tarfile.TarFile, into: Path) -> None:
    """Plain files and folders, below `into` and for us alone; `extractall` is as careful only since Python 3.11.4."""
    for member in tar:
        place = (into / member.name).resolve()
        if not place.is_relative_to(into.resolve()):
            raise tarfile.TarError(f"{member.name} would lie outside")
        if member.isdir():
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        elif source := tar.extractfile(member) if member.isfile() else None:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            place.touch(mode=0o600)
            with source, place.open("wb") as out:
                shutil.copyfileobj(source, out)


def _begin_anew(url: str) -> None:
    """A copy is not the original: it does not send, and its journal is numbered by this server."""
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE installation SET sends = false, sends_since = NULL, another_at = NULL")
        connection.execute("UPDATE journal SET xid = '1'::xid8")
        connection.execute("DELETE FROM follower")
        connection.execute("UPDATE channel SET listener = NULL, listener_until = NULL")


def _fill(settings: Settings, url: str, dump: Path) -> None:
    """Everything or nothing of the dump. Raises `Stop` with the last words of the program that failed.

    By way of a script: pg_restore 17 and newer asks every server for a setting that older ones do not have
    (transaction_timeout; PostgreSQL 15 and 16, November 2026), and older ones cannot read what a newer pg_dump wrote.
    """
    programs = embedded.binaries(settings.data / "pg")
    read = [programs / "pg_restore", "--no-owner", "--file=-", dump]
    write = [programs / "psql", f"--dbname={url}", "--no-psqlrc", "--quiet", "--single-transaction",
             "--set=ON_ERROR_STOP=1", "--output=/dev/null"]  # fmt: skip
    with tempfile.TemporaryFile() as said:
        with (
            subprocess.Popen(read, stdout=subprocess.PIPE, stderr=said) as script,
            contextlib.suppress(BrokenPipeError),  # psql has ended early: its status tells
            subprocess.Popen(write, stdin=subprocess.PIPE, stderr=said) as filled,
        ):
            assert script.stdout is not None
            assert filled.stdin is not None
            filled.stdin.writelines(line for line in script.stdout if line != b"SET transaction_timeout = 0;\n")
            if script.wait():
                filled.kill()  # half a script must not be committed
        said.seek(0)
        if script.returncode or filled.returncode:
            words = said.read().decode(errors="replace").strip().splitlines()
            raise Stop(f"The database could not be filled: {words[-1] if words else 'no reason was given'}")


def _pg(program: str, settings: Settings, url: str, *options: str) -> None:
    """Runs one of PostgreSQL's own programs on the database. Raises `Stop` with its last words."""
    place: Any = embedded.binaries(settings.data / "pg") / program
    done = subprocess.run([place, f"--dbname={url}", *options], capture_output=True, text=True, check=False)
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise Stop(f"{program} failed: {words[-1] if words else 'it gave no reason'}")
