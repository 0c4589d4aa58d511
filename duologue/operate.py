"""What an operator does at the command line, beside the running program or without it."""

import asyncio
import ipaddress
import os
import socket
import stat
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from msgspec import Struct

from duologue.accounts import check, connect, store
from duologue.accounts.condition import Condition, condition
from duologue.accounts.connected import account
from duologue.accounts.model import AccountRow, Wanted
from duologue.accounts.settings import opened
from duologue.channels.contract import Check
from duologue.channels.registry import channels
from duologue.channels.simulation import Simulator, simulators
from duologue.errors import NotFound, Stop
from duologue.install import only_workspace
from duologue.kernel import clock
from duologue.kernel.acts import Act
from duologue.kernel.attach import beside, running
from duologue.kernel.database import Database
from duologue.kernel.home import Home
from duologue.kernel.house import House
from duologue.kernel.migrate import migrate as bring_up
from duologue.kernel.turning import NEXT_KEY, finish
from duologue.kernel.vault import KEY_BYTES, Vault, master_key, write_key
from duologue.kernel.work import Work, work
from duologue.mailroom import store_upkeep
from duologue.run import house_of
from duologue.settings import Settings
from duologue.team import keys

T = TypeVar("T")


class Connected(Struct, frozen=True, kw_only=True):
    """An account as the command line tells of it."""

    id: UUID
    kind: str
    name: str
    state: str
    webhook_path: str
    webhook_url: str
    missing: list[str]
    trouble: str | None


class Checked(Struct, frozen=True, kw_only=True):
    """How each step of a connection went, and how the account is."""

    checks: Sequence[Check]
    health: Condition


def migrate(settings: Settings) -> list[str]:
    with beside(settings) as url:
        return bring_up(url)


def add_key(settings: Settings, name: str) -> str:
    """The new key, whole."""

    async def make(house: House, workspace: UUID) -> str:
        async with house.db.workspace(workspace) as tx:
            return await keys.make(tx, Act(by=None, now=house.now(), wake=house.wake), name)

    return _with_house(settings, make)


def add_channel(settings: Settings, kind: str, name: str, given: Mapping[str, str]) -> Connected:
    """Connects an account. Whoever may start the program may also decide which inside places it talks to."""
    if kind not in channels():
        raise Stop(f"There is no channel {kind!r}. There are: {', '.join(channels())}.", 2)

    async def make(house: House, workspace: UUID) -> Connected:
        async with work(house, workspace) as open_work:
            wanted = Wanted(kind=kind, name=name, given=given, allow=tuple(inside_places(given)))
            return _told(house, open_work, await connect.make(open_work, wanted, by=None))

    return _with_house(settings, make)


def change_channel(settings: Settings, id: str, given: Mapping[str, str]) -> Connected:
    async def change(house: House, workspace: UUID) -> Connected:
        async with work(house, workspace) as open_work:
            row = await connect.change(open_work, _id(id), "", given, by=None)
            places = sorted({*row.allow, *inside_places(given)})
            if places != sorted(row.allow):
                await connect.allow(open_work, row.id, places)
            return _told(house, open_work, await _row(open_work, row.id))

    return _with_house(settings, change)


def list_channels(settings: Settings) -> list[Connected]:
    async def all_of(house: House, workspace: UUID) -> list[Connected]:
        async with work(house, workspace) as open_work:
            return [_told(house, open_work, row) for row in await store.all_of(open_work.tx)]

    return _with_house(settings, all_of)


def check_channel(settings: Settings, id: str) -> Checked:
    async def look(house: House, workspace: UUID) -> Checked:
        connected = await account(house, workspace, _id(id))
        if connected is None:
            raise NotFound("There is no such channel.")
        checks = await check.look(house, connected)
        async with house.db.workspace(workspace) as tx:
            row = await store.one(tx, connected.account.id)
            if row is None:
                raise NotFound("There is no such channel.")
            return Checked(checks=checks, health=await condition(tx, row, house.now()))

    return _with_house(settings, look)


def pause_channel(settings: Settings, id: str) -> None:
    async def pause(house: House, workspace: UUID) -> None:
        async with work(house, workspace) as open_work:
            await connect.pause(open_work, _id(id), by=None)

    _with_house(settings, pause)


def resume_channel(settings: Settings, id: str) -> None:
    async def resume(house: House, workspace: UUID) -> None:
        async with work(house, workspace) as open_work:
            await connect.resume(open_work, _id(id), by=None)

    _with_house(settings, resume)


def set_sends(settings: Settings, *, on: bool) -> None:
    async def change(house: House, workspace: UUID) -> None:
        async with house.db.hall() as tx:
            await store_upkeep.set_sends(tx, on)
        house.wake.tell("outbox")

    _with_house(settings, change)


def turn_vault(settings: Settings) -> int:
    """Wraps every workspace key with a fresh master key; how many."""
    file = settings.data / "key"
    if Home(settings.data).runs():
        raise Stop("Stop the program first: it holds the present key.")
    with running(settings) as (url, _):
        bring_up(url)
        finish(file, url)
        old, new = master_key(file, make="never"), os.urandom(KEY_BYTES)
        write_key(file.with_name(NEXT_KEY), new)
        count = asyncio.run(_rewrap(settings, url, Vault(old), Vault(new)))
    file.with_name(NEXT_KEY).replace(file)
    return count


async def _rewrap(settings: Settings, url: str, old: Vault, new: Vault) -> int:
    db = Database(url)
    await db.open()
    try:
        async with db.hall() as tx:
            known = await store_upkeep.workspace_keys(tx)
            for one in known:
                fresh = new.rewrapped(one.workspace_id, one.key_sealed, old)
                await store_upkeep.set_workspace_key(tx, one.workspace_id, fresh)
            return len(known)
    finally:
        await db.close()


def simulate(kind: str, port: int, webhook: str | None) -> None:
    """Runs a platform's double until it is stopped. A line "name: words" on its input is said by that person."""
    if kind not in simulators():
        raise Stop(f"There is no double of {kind!r}. There are: {', '.join(simulators())}.", 2)

    async def run() -> None:
        double = simulators()[kind](clock.now)
        await double.start(port=port)
        try:
            print(f"{kind} listens at {', '.join(double.places())}", flush=True)  # noqa: T201
            print(msgspec.json.format(msgspec.json.encode(double.settings())).decode(), flush=True)  # noqa: T201
            people = ", ".join(one.name for one in double.people())
            print(f"To write as one of them, type a line like: Name: words   ({people})", flush=True)  # noqa: T201
            if webhook:
                await double.point(webhook)
            await _let_people_write(double)
        finally:
            await double.close()

    asyncio.run(run())


async def _let_people_write(double: Simulator) -> None:
    """Until stopped; without an input there is only waiting."""
    if sys.stdin.isatty() or stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
        lines = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        await _say_lines(double, lines)
    await asyncio.Event().wait()


async def _say_lines(double: Simulator, lines: asyncio.StreamReader) -> None:
    while line := await lines.readline():
        name, colon, words = line.decode(errors="replace").partition(":")
        person = next((one.id for one in double.people() if one.name.lower() == name.strip().lower()), None)
        if person and colon and words.strip():
            await double.say(person, words.strip())
        else:
            print("Nobody of this name, or nothing said. Name: words", flush=True)  # noqa: T201


def inside_places(given: Mapping[str, str]) -> list[str]:
    """Hosts of inside addresses among these settings, as the egress allow-list wants them."""
    places = []
    for value in given.values():
        parts = urlsplit(value) if "://" in value else None
        host = parts.hostname if parts else value if value and " " not in value and len(value) < 254 else None
        if host and _is_inside(host):
            port = parts.port or (443 if parts.scheme == "https" else 80) if parts else None
            places.append(f"{host}:{port}" if port else host)
    return sorted(set(places))


def _is_inside(host: str) -> bool:
    if not any(c in host for c in ".:") and host != "localhost":
        return False
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return False
    return any(not ipaddress.ip_address(str(one).partition("%")[0]).is_global for one in found)


def as_json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value)).decode()


def as_text(one: Connected) -> str:
    lines = [f"{one.id}  {one.kind}  {one.name}  {one.state}"]
    lines += [f"  webhook  {one.webhook_url}"] if one.webhook_path else []
    lines += [f"  missing  {', '.join(one.missing)}"] if one.missing else []
    lines += [f"  trouble  {one.trouble}"] if one.trouble else []
    return "\n".join(lines)


def checked_as_text(checked: Checked) -> str:
    lines = []
    for check_ in checked.checks:
        lines.append(f"{'ok  ' if check_.ok else 'FAIL'}  {check_.name}: {check_.words}")
        lines += [f"      {check_.todo}"] if check_.todo and not check_.ok else []
    return "\n".join([*lines, "", *_health_lines(checked.health)])


def _health_lines(health: Condition) -> list[str]:
    """The health page in lines; times in UTC."""
    lines = [f"trouble   since {_time(health.trouble_at)}: {health.trouble}"] if health.trouble else []
    lines += [f"last in   {_time(health.last_in_at)}", f"last out  {_time(health.last_out_at)}"]
    if health.waiting:
        lines.append(f"waiting   {health.waiting} to be sent, since {_time(health.waiting_since)}")
    if health.unread:
        lines.append(f"unread    {health.unread} arrivals could not be read; see Settings, Quarantine")
    for sign in health.signs:
        until = f" (until {_time(sign.until)})" if sign.until else ""
        lines.append(f"{sign.level:<8}  {sign.name}: {sign.words}{until}  as of {_time(sign.at)}")
    for one in health.errors:
        lines.append(f"error     {one.name}, {one.times} times, last {_time(one.last_at)}: {one.words}")
    return lines if health.errors else [*lines, "errors    none within 24 hours"]


def _time(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M") if moment else "nothing yet"


def _told(house: House, open_work: Work, row: AccountRow) -> Connected:
    channel, settings = opened(open_work.safe, row)
    path = f"/in/{row.id}" if channel.verify else ""
    return Connected(
        id=row.id,
        kind=row.kind,
        name=row.name,
        state=row.state,
        webhook_path=path,
        webhook_url=f"{house.settings.url}{path}" if path else "",
        missing=channel.missing(settings),
        trouble=row.trouble,
    )


async def _row(open_work: Work, id: UUID) -> AccountRow:
    row = await store.one(open_work.tx, id)
    if row is None:
        raise NotFound("There is no such channel.")
    return row


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Stop(f"{text!r} is no id of a channel; `duologue channel list` shows them.", 2) from None


def _with_house(settings: Settings, do: Callable[[House, UUID], Awaitable[T]]) -> T:
    """On an installation that is there: none is made by a slip of the pen. Raises `Stop`."""
    if not (settings.data / "key").exists() and not settings.database_url:
        raise Stop(
            f"Nothing is installed in {settings.data}. Choose another with --data, or begin with: duologue up", 2
        )

    async def run(url: str) -> T:
        async with house_of(settings.as_last_started(), url) as house:
            return await do(house, await only_workspace(house))

    with beside(settings) as url:
        bring_up(url)
        return asyncio.run(run(url))
