"""Tries a connection for real, step by step."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from uuid import UUID

from duologue.accounts.connected import account
from duologue.accounts.health import told, trouble, well
from duologue.accounts.model import Connected, Unusable
from duologue.channels.contract import Check, Sign
from duologue.errors import Conflict, NotFound
from duologue.kernel.egress import Blocked, NoAnswer
from duologue.kernel.house import House
from duologue.web import forms
from duologue.web.sessions import Viewer

SECONDS = 45


async def check(connected: Connected) -> list[Check]:
    """What works and what does not. Nothing is tried before everything is filled in."""
    missing = connected.channel.missing(connected.account.settings)
    if missing:
        return [_to_fill_in(connected, missing)]
    if connected.channel.check is None:
        return [Check(name="Settings", ok=True, words="Everything is filled in.")]
    try:
        async with asyncio.timeout(SECONDS):
            return list(await connected.channel.check(connected.account))
    except Blocked as error:
        return [Check(name="Connection", ok=False, words=f"{error}.", todo=_INSIDE)]
    except NoAnswer as error:
        return [Check(name="Connection", ok=False, words=f"{error}.", todo="Check the address, then test again.")]
    except TimeoutError:
        return [Check(name="Connection", ok=False, words=f"There was no answer within {SECONDS} seconds.",
                      todo="Check the address and that nothing blocks the connection, then test again.")]  # fmt: skip


async def try_out(house: House, viewer: Viewer, results: "Results", id: UUID) -> list[Check]:
    """Tests the connection, outside of any transaction."""
    try:
        connected = await account(house, viewer.workspace_id, id)
    except Unusable as error:
        raise Conflict(str(error)) from error
    if connected is None:
        raise NotFound("There is no such channel.")
    checks = await look(house, connected)
    results.keep(id, checks)
    return checks


async def look(house: House, connected: Connected) -> list[Check]:
    """Tests the connection, asks the platform how the account is, and writes both down."""
    checks = await check(connected)
    await keep(house, connected.workspace_id, connected.account.id, checks)
    if its := await signs(connected):
        async with house.db.workspace(connected.workspace_id) as tx:
            await told(tx, house.wake, connected.account.id, its, now=house.now())
    return checks


async def signs(connected: Connected) -> list[Sign]:
    """What the platform says of the account; nothing where it gives no answer, which the test has told already."""
    if connected.channel.health is None or connected.channel.missing(connected.account.settings):
        return []
    try:
        async with asyncio.timeout(SECONDS):
            return list(await connected.channel.health(connected.account))
    except (Blocked, NoAnswer, TimeoutError):
        return []


async def keep(house: House, workspace: UUID, id: UUID, checks: Sequence[Check]) -> None:
    """Where all of it works, earlier trouble is over; where a step failed, the account is in trouble until it works."""
    failed = next((one for one in checks if not one.ok), None)
    async with house.db.workspace(workspace) as tx:
        if failed is None:
            await well(tx, house.wake, id, now=house.now())
        else:
            await trouble(tx, house.wake, id, failed.words, now=house.now())


class Results:
    """The latest results in this process, to be shown after the page has led on."""

    def __init__(self, most: int = 200) -> None:
        self._most = most
        self._kept: OrderedDict[UUID, list[Check]] = OrderedDict()

    def keep(self, channel: UUID, checks: list[Check]) -> None:
        self._kept[channel] = checks
        self._kept.move_to_end(channel)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def of(self, channel: UUID) -> list[Check] | None:
        return self._kept.get(channel)


_INSIDE = (
    "This is an address inside your own network. The operator of this installation has to allow it by name, at the "
    "command line or in duologue.toml (allow), before it is connected to."
)


def _to_fill_in(connected: Connected, missing: list[str]) -> Check:
    grant, settings = connected.channel.grant, connected.account.settings
    if grant and grant.wanted(settings) and not grant.ready(settings) and not grant.standing(settings):
        return Check(name="Sign-in", ok=False, words="Nobody has signed in at the provider yet.",
                     todo="Choose Sign in with the provider, above.")  # fmt: skip
    titles = {field.name: field.title for field in forms.fields(connected.channel.settings)}
    names = ", ".join(dict.fromkeys(titles.get(name, name) for name in missing))
    return Check(name="Settings", ok=False, words=f"Still to be filled in: {names}.", todo="Fill this in and save.")
