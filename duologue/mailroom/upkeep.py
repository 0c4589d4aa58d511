"""What is done now and then, by one process at a time: snoozes end, what is no longer needed is forgotten."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

from msgspec import Struct

from duologue.conversations import attend
from duologue.kernel import journal
from duologue.kernel.database import Away
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.mailroom import store_person_pace, store_upkeep
from duologue.mailroom.letters import store as letters
from duologue.web import sessions
from duologue.web import store as sessions_store

KEEP_JOURNAL = 14  # days
KEEP_PARKED = 7  # days
KEEP_LOOKS = timedelta(days=2)  # who had a chat open
KEEP_KEYS = 7  # days that an Idempotency-Key holds


class Chore(Struct, frozen=True):
    name: str
    every: float  # seconds
    do: Callable[[], Awaitable[None]]


class Upkeep:
    def __init__(self, house: House) -> None:
        self._house = house

    async def run(self) -> None:
        """Does each chore at its time, for ever."""
        chores = [
            Chore("snooze", 5, self._awake),
            Chore("forget", 600, self._forget),
        ]
        async with asyncio.TaskGroup() as group:
            for chore in chores:
                group.create_task(self._repeat(chore))

    async def _repeat(self, chore: Chore) -> None:
        while True:
            with contextlib.suppress(Away):
                async with self._house.db.hall() as tx:
                    if await store_upkeep.turn(tx, chore.name):
                        await chore.do()
            await asyncio.sleep(chore.every)

    async def _awake(self) -> None:
        """Conversations that were put away until now come back."""
        async with self._house.db.hall() as tx:
            workspaces = await store_upkeep.with_snoozes_due(tx, self._house.now())
        for workspace in workspaces:
            async with work(self._house, workspace) as open_work:
                await attend.awake(open_work)

    async def _prune(self) -> int:
        """A chunk in a transaction of its own: followers wait for the oldest one that writes."""
        async with self._house.db.hall() as tx:
            return await journal.prune(tx, keep_days=KEEP_JOURNAL)

    async def _forget(self) -> None:
        """The raw form of what has been sorted, the journal's past, news about messages that never came."""
        while await self._prune() >= journal.CHUNK:
            pass
        async with self._house.db.hall() as tx:
            now = self._house.now()
            await sessions_store.prune(tx, now=now, idle_since=now - sessions.IDLE)
            workspaces = await store_upkeep.workspaces(tx)
        for workspace in workspaces:
            async with self._house.db.workspace(workspace) as tx:
                await store_upkeep.forget_raw(tx, self._house.settings.keep_raw_days)
                await store_upkeep.forget_parked(tx, KEEP_PARKED)
                await store_upkeep.forget_used_invites(tx)
                await store_upkeep.forget_idempotency(tx, KEEP_KEYS)
                await letters.forget(tx, now, KEEP_LOOKS)
                await store_person_pace.forget(tx, now)
