"""What became of messages in nobody's hands: the platform is asked, or a person. Nothing is sent again on a guess."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import msgspec
import structlog

from duologue.accounts.connected import Accounts, Connected
from duologue.channels.contract import Found, Outgoing, Receipt
from duologue.conversations import store_news
from duologue.conversations.model import Status
from duologue.conversations.settle import FIRST_LOOK, Settled, settle
from duologue.kernel.database import Away
from duologue.kernel.house import House
from duologue.kernel.journal import Entry
from duologue.kernel.work import Work, work
from duologue.mailroom import store_outbox
from duologue.mailroom.outgoing import prepare
from duologue.mailroom.store_outbox import Stale

log = structlog.get_logger()
INTERRUPTED = "It is not known whether this was sent: the program was stopped while sending it."
LOOKS_FOR = timedelta(minutes=10)  # so long the platform is asked, less and less often; then a person decides


class Reconciler:
    def __init__(self, house: House, accounts: Accounts) -> None:
        self._house = house
        self._accounts = accounts

    async def run(self) -> None:
        """Looks every second, for ever."""
        while True:
            try:
                await self.look()
            except Away:
                log.info("reconcile.away")
            await asyncio.sleep(1)

    async def look(self) -> int:
        """One round; how many messages were looked at."""
        async with self._house.db.hall() as tx:
            stale = await store_outbox.stale(tx)
        for one in stale:
            await self._mend(one)
        return len(stale)

    async def _mend(self, one: Stale) -> None:
        connected = await self._accounts.get(one.channel_id)
        if connected and connected.channel.abilities.resend_is_safe:
            await self._give_up(one, Status.QUEUED, None, look=False)
        elif one.status is Status.SENDING:
            await self._give_up(one, Status.UNKNOWN, INTERRUPTED, look=True)
        else:
            await self._ask(one, connected)

    async def _ask(self, one: Stale, connected: Connected | None) -> None:
        found = Found(id=None, certain=False)
        if connected and connected.channel.find and (outgoing := await self._outgoing(one)):
            found = await _find(connected, outgoing)
        if found.id is not None:
            settled = Settled(one.id, one.conversation_id, one.channel_id, one.attempt, Receipt(id=found.id))
            async with work(self._house, one.workspace_id) as open_work:
                await settle(open_work, [settled])
        elif found.certain:
            await self._send_again(one)
        else:
            await self._give_up(one, Status.UNKNOWN, None, look=self._house.now() - one.received_time < LOOKS_FOR)

    async def _outgoing(self, one: Stale) -> Outgoing | None:
        """What the platform is asked for. A copy that it has reported meanwhile may be this very message."""
        async with work(self._house, one.workspace_id) as open_work:
            ready = (await prepare(open_work, [one.id])).get(one.id)
            reported = await store_outbox.reported(open_work.tx, one.conversation_id, one.received_time)
        if not isinstance(ready, Outgoing):
            return None
        return msgspec.structs.replace(ready, references=tuple(id_ for id_ in ready.references if id_ not in reported))

    async def _send_again(self, one: Stale) -> None:
        """It goes out now, unless it would stand in the wrong place: then a person decides."""
        async with work(self._house, one.workspace_id) as open_work:
            late = await store_news.overtaken(open_work.tx, one.id)
        await self._give_up(one, Status.UNKNOWN if late else Status.QUEUED, None, look=False)

    async def _give_up(self, one: Stale, status: Status, reason: str | None, *, look: bool) -> None:
        async with work(self._house, one.workspace_id) as open_work:
            age = open_work.now - one.received_time
            at = max(FIRST_LOOK, age) if look else None
            if await store_outbox.give_up_lease(open_work.tx, one.id, one.attempt, status, reason, at):
                await _tell(open_work, [one], status)


async def _find(connected: Connected, outgoing: Outgoing) -> Found:
    assert connected.channel.find is not None
    try:
        async with asyncio.timeout(60):
            return await connected.channel.find(connected.account, outgoing)
    except Exception as error:
        log.warning("reconcile.find", channel=connected.kind, error=type(error).__name__)
        return Found(id=None, certain=False)


async def _tell(open_work: Work, stale: Sequence[Stale], status: Status) -> None:
    await open_work.tell(
        *(
            Entry(kind="message.status", conversation_id=one.conversation_id, message_id=one.id, state=status)
            for one in stale
        )
    )
    open_work.wake_after("outbox")
