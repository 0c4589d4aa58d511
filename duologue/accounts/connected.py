"""Accounts ready for use: settings opened, way out granted. Kept in memory, looked at again when something changed."""

import asyncio
import contextlib
from time import monotonic
from uuid import UUID

import msgspec
from msgspec import Struct

from duologue.accounts import store
from duologue.channels.contract import Account, Channel
from duologue.channels.registry import channels
from duologue.kernel.database import Away
from duologue.kernel.house import House
from duologue.kernel.journal import Entry
from duologue.kernel.work import Work, work

FRESH = 5.0  # seconds; in case that a wake-up was lost
PLACE = "channel|settings"


class Connected(Struct, frozen=True, kw_only=True):
    """An account of a platform that is known here, and the channel that speaks for it."""

    workspace_id: UUID
    kind: str
    name: str
    state: store.State
    account: Account
    channel: Channel


class Accounts:
    """Looks accounts up by id. While the database is away, what was known last is still true."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._known: dict[UUID, tuple[float, Connected | None]] = {}
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        self._task = asyncio.create_task(self._forget())

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def get(self, channel: UUID) -> Connected | None:
        """The account, in whatever state but `draft`; None where there is none. Raises `Away` for one never seen."""
        known = self._known.get(channel)
        if known and monotonic() - known[0] < FRESH:
            return known[1]
        try:
            async with self._house.db.hall() as tx:
                stored = await store.stored(tx, channel)
        except Away:
            if known:
                return known[1]
            raise
        connected = await self._opened(stored) if stored else None
        self._known[channel] = (monotonic(), connected)
        return connected

    async def all(self) -> list[Connected]:
        """Every account that is switched on."""
        async with self._house.db.hall() as tx:
            stored = await store.all_active(tx)
        opened = [await self._opened(one) for one in stored]
        return [one for one in opened if one]

    async def trouble(self, work: Work, channel: UUID, reason: str | None) -> None:
        """What is wrong with the account, for its page; None where all is well."""
        if await store.set_trouble(work.tx, channel, reason):
            await work.tell(Entry(kind="channel.changed", subject_id=channel))

    async def broken(self, workspace: UUID, channel: UUID, reason: str) -> None:
        """The platform no longer knows us: what is written waits until an administrator connects it again."""
        async with work(self._house, workspace) as open_work:
            await store.set_state(open_work.tx, channel, "broken", trouble=reason)
            await open_work.tell(Entry(kind="channel.changed", subject_id=channel, state="broken"))
            open_work.wake_after("channels")

    async def _opened(self, stored: store.Stored) -> Connected | None:
        channel = channels().get(stored.kind)
        if channel is None or stored.state == "draft":
            return None
        safe = await self._house.safe(stored.workspace_id)
        settings = msgspec.json.decode(safe.own.unseal(PLACE, stored.id, stored.settings_sealed), type=channel.settings)
        account = Account(
            id=stored.id,
            workspace=stored.workspace_id,
            name=stored.name,
            settings=settings,
            egress=self._house.egress.allowing(stored.allow),
            clock=self._house.now,
            public_url=self._house.settings.url,
        )
        return Connected(
            workspace_id=stored.workspace_id,
            kind=stored.kind,
            name=stored.name,
            state=stored.state,
            account=account,
            channel=channel,
        )

    async def _forget(self) -> None:
        with self._house.wake.bell("channels") as bell:
            while True:
                await bell.wait(3600)
                self._known.clear()
