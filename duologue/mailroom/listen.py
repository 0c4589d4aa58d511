"""Polls the platforms that do not call: one process per account at a time, by a lease that it must renew."""

import asyncio
import contextlib
from collections.abc import Sequence
from time import monotonic
from uuid import UUID

import structlog

from duologue.accounts.connected import Accounts, Connected
from duologue.channels.contract import Raw
from duologue.kernel import crash, ids
from duologue.kernel.database import Away
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.mailroom import store
from duologue.mailroom.model import arrival

log = structlog.get_logger()
LEASE = 30.0  # seconds
LONGEST = 300.0  # seconds between two tries of an account that cannot be reached


class Listeners:
    def __init__(self, house: House, accounts: Accounts) -> None:
        self._house = house
        self._accounts = accounts
        self._worker = ids.new()
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._versions: dict[UUID, Connected] = {}

    async def run(self) -> None:
        """Keeps a listener on each account that wants one, for ever."""
        try:
            with self._house.wake.bell("channels") as bell:
                while True:
                    with contextlib.suppress(Away):
                        await self._tend()
                    await bell.wait(LEASE / 3)
        finally:
            await asyncio.gather(*(self._end(channel) for channel in list(self._tasks)))

    async def _tend(self) -> None:
        wanted = {one.account.id: one for one in await self._accounts.all() if one.channel.listen}
        for channel in list(self._tasks):
            if channel not in wanted or _changed(wanted[channel], self._versions[channel]):
                await self._end(channel)
        for channel, connected in wanted.items():
            async with self._house.db.hall() as tx:
                ours = await store.listen_lease(tx, channel, self._worker, LEASE)
            if ours and (channel not in self._tasks or self._tasks[channel].done()):
                self._versions[channel] = connected
                self._tasks[channel] = asyncio.create_task(self._listen(connected))
            elif not ours and channel in self._tasks:
                await self._end(channel)

    async def _end(self, channel: UUID) -> None:
        task = self._tasks.pop(channel)
        task.cancel()
        await asyncio.wait([task], timeout=3)
        with contextlib.suppress(Away):
            async with self._house.db.hall() as tx:
                await store.end_lease(tx, channel, self._worker)

    async def _listen(self, connected: Connected) -> None:
        """Listens, and begins again where it breaks, more slowly each time."""
        assert connected.channel.listen is not None
        pause = 1.0
        while True:
            begun = monotonic()
            try:
                async with work(self._house, connected.workspace_id) as open_work:
                    cursor = await store.cursor(open_work.tx, connected.account.id)
                await connected.channel.listen(connected.account, cursor, self._deliver(connected))
                pause = 1.0
            except asyncio.CancelledError:
                raise
            except Exception as error:
                log.warning("listen.broken", channel=connected.kind, error=type(error).__name__)
                await self._say_trouble(connected, error)
                pause = 1.0 if monotonic() - begun > LONGEST else pause  # it went well for long: a trouble of its own
                await asyncio.sleep(pause)
                pause = min(LONGEST, pause * 2)

    async def _say_trouble(self, connected: Connected, error: Exception) -> None:
        with contextlib.suppress(Away):
            async with work(self._house, connected.workspace_id) as open_work:
                await self._accounts.trouble(open_work, connected.account.id, str(error)[:300] or type(error).__name__)

    def _deliver(self, connected: Connected) -> "_Deliver":
        return _Deliver(self._house, self._accounts, connected, self._worker)


class LeaseLost(Exception):
    """This process was away for too long: what it has read is read by the one that took its place."""


class _Deliver:
    """Arrivals and how far the mailbox was read, in one transaction. The first one shows that the account is well."""

    def __init__(self, house: House, accounts: Accounts, connected: Connected, worker: UUID) -> None:
        self._house = house
        self._accounts = accounts
        self._connected = connected
        self._worker = worker
        self._known_well = False

    async def __call__(self, raws: Sequence[Raw], cursor: bytes) -> None:
        channel = self._connected.account.id
        async with work(self._house, self._connected.workspace_id) as open_work:
            if raws:
                arrivals = [arrival(open_work.safe, channel, raw, open_work.now) for raw in raws]
                await store.write_down(open_work.tx, arrivals)
                open_work.wake_after("arrivals")
            if not await store.save_cursor(open_work.tx, channel, cursor, self._worker):
                raise LeaseLost("another process listens here by now")
            crash.point("listen.before_commit")
        crash.point("listen.committed")
        if not self._known_well:
            await self._accounts.well(self._connected.workspace_id, channel)
            self._known_well = True


def _changed(now: Connected, then: Connected) -> bool:
    return now.account.settings != then.account.settings or now.account.egress is not then.account.egress
