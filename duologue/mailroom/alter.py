"""Carries out what is to be done to messages after they were sent, one act of a message at a time.

That it is begun is written down before the platform is called; whoever dies on the way leaves it to the next, who does
it again: acts say how something is, so twice is once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import psycopg
import structlog

from duologue.accounts.connected import Accounts, Connected
from duologue.channels.contract import Account, Act, Outcome, Refusal, Refused, TryLater, Unknown
from duologue.conversations import acts, store_acts
from duologue.conversations.store_acts import Claimed
from duologue.kernel import crash
from duologue.kernel.database import Away
from duologue.kernel.egress import Blocked
from duologue.kernel.house import House
from duologue.kernel.work import work

log = structlog.get_logger()
SECONDS = 60  # one call of the platform
LEASE = timedelta(seconds=90)
TOGETHER = 16


class Alterer:
    def __init__(self, house: House, accounts: Accounts) -> None:
        self._house = house
        self._accounts = accounts

    async def run(self) -> None:
        """Does whatever is due, for ever."""
        with self._house.wake.bell("acts", "channels") as bell:
            while True:
                try:
                    if not await self.alter():
                        await bell.wait(await self._pause())
                except Away:
                    await asyncio.sleep(0.2)

    async def alter(self) -> int:
        """One round; how many acts were taken in hand."""
        async with self._house.db.hall() as tx:
            claimed = await store_acts.claim(tx, now=self._house.now(), lease=LEASE, most=TOGETHER)
        if claimed:
            crash.point("acts.claimed")
        await asyncio.gather(*(self._carry(one) for one in claimed))
        return len(claimed)

    async def _pause(self) -> float:
        async with self._house.db.hall() as tx:
            due = await store_acts.next_due(tx, self._house.now())
        patience = self._house.wake.patience
        return min(patience, max(0.005, due)) if due is not None else patience

    async def _carry(self, one: Claimed) -> None:
        outcome = await self._outcome(one)
        crash.point("acts.called")
        await self._settle(one, outcome)
        crash.point("acts.settled")
        if isinstance(outcome, Refused) and outcome.why is Refusal.AUTH:
            await self._accounts.broken(one.workspace_id, one.channel_id, outcome.reason)

    async def _outcome(self, one: Claimed) -> Outcome:
        try:
            connected = await self._accounts.get(one.channel_id)
            async with work(self._house, one.workspace_id) as open_work:
                ready = await acts.opened(open_work, one)
        except Away:
            return TryLater(after=1, reason="The database was away.")
        if ready is None or connected is None:
            return Refused(why=Refusal.BAD_REQUEST, reason="The message is not there any more.")
        verb = _verb(connected, ready.held.kind)
        if verb is None:
            return Refused(why=Refusal.BAD_REQUEST, reason="This platform cannot do it.")
        return await _call(connected, verb, _act(ready, one))

    async def _settle(self, one: Claimed, outcome: Outcome) -> None:
        """Records it; waits out an absence of the database."""
        ended = acts.Ended(one.id, one.message_id, one.conversation_id, one.attempt, outcome)
        while True:
            try:
                async with work(self._house, one.workspace_id) as open_work:
                    await acts.settle(open_work, ended)
                return
            except (Away, psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable):
                await asyncio.sleep(0.2)


Verb = Callable[[Account, Act], Awaitable[Outcome]]


def _verb(connected: Connected, kind: str) -> Verb | None:
    channel = connected.channel
    return {"edit": channel.edit, "unsend": channel.unsend, "react": channel.react}[kind]


def _act(ready: acts.Ready, one: Claimed) -> Act:
    about = ready.subject
    return Act(
        id=one.id,
        address=ready.address,
        message=about.external_id or "",
        also=tuple(about.also or ()),
        by="person" if about.direction == "in" else "brand",
        content=ready.content,
        text=ready.words if ready.held.kind == "edit" else None,
        emoji=ready.words if ready.held.kind == "react" else None,
        author=ready.held.by_name,
        attempt=one.attempt,
        said_at=about.provider_time,
    )


async def _call(connected: Connected, verb: Verb, act: Act) -> Outcome:
    try:
        async with asyncio.timeout(SECONDS):
            return await verb(connected.account, act)
    except Blocked as error:
        return Refused(why=Refusal.BAD_REQUEST, reason=str(error))
    except TimeoutError:
        return Unknown(reason=f"The platform gave no answer within {SECONDS} seconds.")
    except Exception as error:
        log.error("act.failed", channel=connected.kind, error=type(error).__name__)
        return Unknown(reason="Something went wrong while it was being done.")
