"""Finds the account of an id, ready to work with, fast enough to be asked for every message."""

import asyncio
from collections import OrderedDict
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from duologue.accounts import health, store
from duologue.accounts.model import AccountRow, Connected, State, Unusable
from duologue.accounts.renew import renewing
from duologue.accounts.settings import opened
from duologue.accounts.templates import TOLD, Shelf
from duologue.channels.contract import Account
from duologue.kernel.database import Away
from duologue.kernel.house import House
from duologue.kernel.tasks import end
from duologue.kernel.work import Work

__all__ = ["Accounts", "Connected", "State", "account"]

log = structlog.get_logger()
_FRESH = timedelta(seconds=5)
_MOST = 10_000


class Accounts:
    """Accounts of all workspaces. Remembered for five seconds at most, and no longer than until the next change."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._kept: OrderedDict[UUID, tuple[Connected | None, datetime]] = OrderedDict()
        self._last: dict[UUID, Connected] = {}
        self._generation = 0
        self._watch: asyncio.Task[None] | None = None
        self._closed = False
        self.shelf = Shelf(house.now)
        house.wake.answer(TOLD, self.shelf.forget)

    def open(self) -> None:
        """Knows each account from now on, so that what arrives while the database is away finds its own."""
        if self._watch is None:
            self._watch = asyncio.create_task(self._forget_on_change())

    async def get(self, channel: UUID) -> Connected | None:
        """The account in whatever state; None where there is none that can be used.

        While the database is away, what was known last is still true. Raises `Away` for one that was never known.
        """
        self.open()
        found = self._kept.get(channel)
        if found and abs(self._house.now() - found[1]) < _FRESH:
            return found[0]
        try:
            return await self._look(channel)
        except Away:
            if channel in self._last:
                return self._last[channel]
            raise

    async def all(self, kind: str | None = None) -> list[Connected]:
        """Those that are switched on; of one kind, or of every. Raises `Away`."""
        async with self._house.db.glance() as tx:
            rows = await store.active(tx, kind)
        return [one for row in rows if (one := await self._ready(row))]

    async def trouble(self, work: Work, channel: UUID, reason: str) -> None:
        """See `health.trouble`."""
        await health.trouble(work.tx, work.wake, channel, reason, now=work.now)

    async def broken(self, workspace: UUID, channel: UUID, reason: str) -> None:
        """See `health.broken`; in a transaction of its own."""
        async with self._house.db.workspace(workspace) as tx:
            await health.broken(tx, self._house.wake, channel, reason, now=self._house.now())

    async def well(self, workspace: UUID, channel: UUID) -> None:
        """See `health.well`; in a transaction of its own."""
        async with self._house.db.workspace(workspace) as tx:
            await health.well(tx, self._house.wake, channel, now=self._house.now())

    def forget(self) -> None:
        """Asks the database anew from now on."""
        self._generation += 1
        self._kept.clear()

    async def close(self) -> None:
        self._closed = True  # Python 3.11 can lose a cancellation that comes together with the bell
        if self._watch:
            await end([self._watch])

    async def _look(self, channel: UUID) -> Connected | None:
        generation, now = self._generation, self._house.now()
        async with self._house.db.glance() as tx:
            row = await store.anywhere(tx, channel)
        connected = await self._ready(row) if row else None
        self._last.pop(channel, None)
        if connected:
            self._last[channel] = connected
        if generation == self._generation:  # else it changed while we looked
            self._kept[channel] = (connected, now)
            self._kept.move_to_end(channel)
            if len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return connected

    async def _ready(self, row: AccountRow) -> Connected | None:
        try:
            return await _connected(self._house, row)
        except Unusable as error:
            log.error("account cannot be used", channel=str(row.id), kind=row.kind, why=str(error))
            return None

    async def _forget_on_change(self) -> None:
        changed = True
        with self._house.wake.bell("channels") as bell:
            while not self._closed:
                changed = changed and not await self._learn()
                changed = await bell.wait(_FRESH.total_seconds()) or changed
                self.forget()

    async def _learn(self) -> bool:
        """Whether all accounts could be looked up; if not, what was known still holds, and it is tried again."""
        try:
            self._last.update({one.account.id: one for one in await self.all()})
        except Exception as error:
            log.info("accounts.unknown", error=type(error).__name__)
            return False
        return True


async def account(house: House, workspace: UUID, channel: UUID) -> Connected | None:
    """The account, if it is one of this workspace's; asked anew. Raises `Unusable`."""
    async with house.db.workspace(workspace) as tx:
        row = await store.one(tx, channel)
    return await _connected(house, row) if row else None


async def _connected(house: House, row: AccountRow) -> Connected:
    channel, settings = opened(await house.safe(row.workspace_id), row)
    ready = Account(
        id=row.id, workspace=row.workspace_id, name=row.name, settings=settings,
        egress=house.egress.allowing(row.allow), clock=house.now, public_url=house.settings.url,
        renew=renewing(house),
    )  # fmt: skip
    return Connected(
        account=ready, channel=channel, state=row.state, kind=row.kind, name=row.name, workspace_id=row.workspace_id
    )
