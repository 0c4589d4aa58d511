"""Arrivals become messages: read by their channel, taken in by conversations, a batch at a time.

One transaction claims, reads and writes; a crash leaves everything pending. An arrival that breaks its batch is tried
alone, and set aside with its reason if it breaks again; all others go through.
"""

import asyncio
import errno
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

import psycopg
import structlog

from duologue.accounts import health
from duologue.accounts.connected import Accounts, Connected
from duologue.channels.contract import Branch, Event, Said, Sign, Trouble, Unreadable
from duologue.conversations.news import one_at_a_time
from duologue.conversations.receive import Item, Source, receive
from duologue.kernel import crash, ids
from duologue.kernel.database import Away
from duologue.kernel.house import House
from duologue.kernel.work import Work
from duologue.mailroom import copies, store
from duologue.mailroom.letters.home import Led, homeward
from duologue.mailroom.letters.remember import remember
from duologue.mailroom.model import opened

log = structlog.get_logger()
BATCH = 200
_LARGE = 64 * 1024  # bytes; larger bodies are read in a thread


class Sorter:
    def __init__(self, house: House, accounts: Accounts) -> None:
        self._house = house
        self._accounts = accounts

    async def run(self) -> None:
        """Sorts whatever arrives, for ever."""
        with self._house.wake.bell("arrivals") as bell:
            while True:
                try:
                    while await self.sort():
                        pass
                except Away:
                    await asyncio.sleep(0.2)
                    continue
                await bell.wait(self._house.wake.patience)

    async def sort(self, most: int = BATCH) -> int:
        """Sorts one batch; how many arrivals that were."""
        try:
            return await self._batch(most)
        except Away:
            raise
        except Exception as error:  # one of the batch breaks it: find out which
            log.warning("sort.broken", error=type(error).__name__)
            return await self._one_by_one(most)

    async def _one_by_one(self, most: int) -> int:
        done = 0
        while done < most:
            claimed: list[store.Pending] = []
            try:
                if not await self._batch(1, claimed):
                    return done
            except Away:
                raise
            except (psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled):
                return max(done, 1)  # nobody's fault: it stays pending
            except Exception as error:
                if not claimed or _nobodys_fault(error):
                    log.error("sort.waits", error=type(error).__name__)
                    return done
                log.error("sort.quarantined", error=type(error).__name__)
                await self._quarantine(claimed[0], error)
            done += 1
        return done

    async def _quarantine(self, one: store.Pending, error: Exception) -> None:
        async with self._house.db.workspace(one.workspace_id) as tx:
            await store.quarantine(tx, one.id, f"{type(error).__name__}: it could not be sorted")

    async def _batch(self, most: int, claimed: list[store.Pending] | None = None) -> int:
        async with self._house.db.hall() as tx:
            pending = await store.pending(tx, most)
            if not pending:
                return 0
            if claimed is not None:
                claimed.extend(pending)
            workspace = pending[0].workspace_id
            safe = await self._house.safe(workspace)
            tx.enter(workspace)
            work = Work(tx, safe, self._house.files, self._house.wake, self._house.now())
            marks = await self._sort(work, [one.id for one in pending])
            crash.point("sort.written")
        crash.point("sort.committed")
        for channel, its in marks.items():
            await copies.notice(self._house, workspace, channel, its)
        return len(pending)

    async def _sort(self, work: Work, arrivals: Sequence[UUID]) -> dict[UUID, list[UUID]]:
        """By account, the marks of ours on messages that were not written here."""
        bodies = await store.bodies(work.tx, arrivals)
        tallies = {one: dict.fromkeys(("messages", "duplicates", "others", "set_aside"), 0) for one in arrivals}
        by_channel: dict[UUID, list[Item]] = defaultdict(list)
        for body in bodies:
            for channel, event in await self._led(work, body):
                if event is None:
                    tallies[body.id]["duplicates"] += 1
                else:
                    by_channel[channel].append(Item(event, body.id, body.received_at))
        in_turn = sorted(by_channel.items())
        if len(in_turn) > 1:  # else `receive` does it
            await one_at_a_time(work, {channel: [item.event for item in items] for channel, items in in_turn})
        for channel, items in in_turn:
            await self._take(work, channel, items, tallies)
        for channel, items in in_turn:
            if any(isinstance(item.event, Said) and item.event.by == "person" for item in items):
                await health.mark_in(work.tx, channel, work.now)
        done = [store.Sorted(id=one, **tally) for one, tally in tallies.items()]
        await store.sorted_out(work.tx, done, work.now)
        marks = {channel: await copies.strangers(work, [item.event for item in items]) for channel, items in in_turn}
        return {channel: its for channel, its in marks.items() if its}

    async def _led(self, work: Work, body: store.Body) -> Sequence[Led]:
        """What was read, and where each of it belongs: what people answer to a letter, to where that came from."""
        events = await self._read(work, body)
        carrying = await self._connected(body.channel_id)
        if not carrying.channel.abilities.carries:
            return [(body.channel_id, one) for one in events]
        led = await homeward(work, body.channel_id, carrying.channel.title, events)
        if any(channel != body.channel_id for channel, _ in led):
            await health.mark_in(work.tx, body.channel_id, work.now)
        return led

    async def _read(self, work: Work, body: store.Body) -> list[Event]:
        connected = await self._connected(body.channel_id)
        raw = opened(work.safe, body.id, body.body_sealed)
        if len(raw.body) > _LARGE:
            return await asyncio.to_thread(connected.channel.read, connected.account.settings, raw)
        return connected.channel.read(connected.account.settings, raw)

    async def _take(
        self, work: Work, channel: UUID, items: Sequence[Item], tallies: dict[UUID, dict[str, int]]
    ) -> None:
        unreadable = [item for item in items if isinstance(item.event, Unreadable)]
        readable = [item for item in items if not isinstance(item.event, Unreadable)]
        connected = await self._connected(channel)
        source = Source(channel, connected.channel.abilities, connected.channel.branch)
        for item, taken in zip(readable, await receive(work, source, readable), strict=True):
            tallies[_arrival(item)][taken.value] += 1
        if connected.channel.onward and connected.channel.onward(connected.account.settings):
            await remember(work, channel, [item.event for item in readable if isinstance(item.event, Said)])
        for item in unreadable:
            tallies[_arrival(item)]["set_aside"] += 1
        if unreadable:
            await store.set_aside(work.tx, [_set_aside(work, channel, item) for item in unreadable])
        for item in readable:
            if isinstance(item.event, Trouble):
                await self._accounts.trouble(work, channel, item.event.reason)
        branches = [item.event for item in readable if isinstance(item.event, Branch)]
        if branches:
            await health.branches(work.tx, work.wake, channel, branches)
        signs = [item.event for item in readable if isinstance(item.event, Sign)]
        if signs:
            await health.told(work.tx, work.wake, channel, signs, now=work.now)

    async def _connected(self, channel: UUID) -> Connected:
        connected = await self._accounts.get(channel)
        if connected is None:
            raise LookupError("the channel is not connected")
        return connected


def _nobodys_fault(error: Exception) -> bool:
    """The machine is in need, not the arrival broken: the disk is full, the database out of memory."""
    return isinstance(error, psycopg.OperationalError) or (
        isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE}
    )


def _arrival(item: Item) -> UUID:
    assert item.arrival
    return item.arrival


def _set_aside(work: Work, channel: UUID, item: Item) -> store.SetAside:
    assert isinstance(item.event, Unreadable)
    one = ids.new()
    return store.SetAside(
        id=one,
        arrival_id=_arrival(item),
        channel_id=channel,
        reason=_kept(item.event.reason)[:500],
        item_sealed=work.safe.own.seal("set_aside|item", one, item.event.item),
    )


def _kept(words: str) -> str:
    """As the database keeps text: a reason may repeat what a stranger wrote, with NUL or half a sign in it."""
    return words.replace("\x00", "").encode(errors="replace").decode()
