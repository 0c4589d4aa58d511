"""The rounds: now and then each account's platform is asked how it is, for what never came, and for a fresh key.

A webhook may be lost for good; a platform that keeps a history is compared with what is here, and what is missing
comes in as any arrival does, and that its calls do not come is told. So is an unusual silence, everywhere.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from msgspec import Struct

from duologue.accounts import connect, health
from duologue.accounts import store as accounts_store
from duologue.accounts.connected import Accounts, Connected
from duologue.channels.contract import Raw, Said, Sign
from duologue.conversations import store as conversations_store
from duologue.kernel.database import Away
from duologue.kernel.egress import Blocked, NoAnswer
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.mailroom import copies, limits, store, store_rounds
from duologue.mailroom.model import arrival

log = structlog.get_logger()
EVERY = timedelta(hours=1)  # each account
OVERLAP = timedelta(minutes=15)  # looked at again, as platforms list late
FURTHEST = timedelta(days=7)  # back, after a long absence
LOOKED = timedelta(days=14)  # at for what is a usual silence
LEAST_SILENCE = timedelta(hours=6)  # a shorter one is never told
ON_ITS_WAY = timedelta(minutes=2)  # a message so young may come by a call yet
SECONDS = 120  # one account


class Looked(Struct, frozen=True):
    """What a round at one account came to."""

    signs: list[Sign]
    brought: int  # messages that no webhook had brought


class Rounds:
    def __init__(self, house: House, accounts: Accounts) -> None:
        self._house = house
        self._accounts = accounts

    async def run(self) -> None:
        """Goes its rounds, for ever."""
        while True:
            with contextlib.suppress(Away):
                await self.go()
            await asyncio.sleep(60)

    async def go(self) -> int:
        """Looks at every account whose time it is; how many those were. Each by one process."""
        done = 0
        for connected in await self._accounts.all():
            async with self._house.db.hall() as tx:
                due = await store_rounds.take(tx, connected.account.id, self._house.now(), EVERY)
            if due:
                await self._alone(connected)
                done += 1
        return done

    async def _alone(self, connected: Connected) -> None:
        """One odd account holds up no other."""
        try:
            async with asyncio.timeout(SECONDS):
                await self.look(connected)
        except Away:
            raise
        except (Blocked, NoAnswer, TimeoutError) as error:
            log.info("rounds.unanswered", channel=connected.kind, error=type(error).__name__)
            await self._say(connected, [unanswered(error)])
        except Exception as error:
            log.error("rounds.broken", channel=connected.kind, error=type(error).__name__)

    async def look(self, connected: Connected) -> Looked:
        """Renews the key where that is due, asks how the account is, and brings what never came."""
        await self._refresh(connected)
        channel = connected.channel
        signs = list(await channel.health(connected.account)) if channel.health else []
        brought = await self._repair(connected)
        if await self._alone_again(connected):
            signs.append(Sign(name=copies.NAME, words=copies.ALONE))
        if limit := await limits.sign(self._house, connected):
            signs.append(limit)
        if channel.verify and channel.history:
            signs.append(untold(brought))
        if channel.verify or channel.listen:
            signs.append(await self._silence(connected))
        if channel.health or channel.history:
            signs.append(Sign(name="Answers", words="The platform answers."))
        await self._say(connected, signs)
        return Looked(signs, brought)

    async def _say(self, connected: Connected, signs: Sequence[Sign]) -> None:
        if signs:
            async with work(self._house, connected.workspace_id) as open_work:
                await health.told(open_work.tx, open_work.wake, connected.account.id, signs, now=open_work.now)

    async def _refresh(self, connected: Connected) -> None:
        fresh = await connected.channel.refresh(connected.account) if connected.channel.refresh else None
        if fresh is not None:
            async with work(self._house, connected.workspace_id) as open_work:
                await connect.renew(open_work, connected.account.id, fresh, was=connected.account.settings)
            self._accounts.forget()

    async def _repair(self, connected: Connected) -> int:
        """Compares the platform's history with what is here, by its ids; what is missing arrives now."""
        if connected.channel.history is None:
            return 0
        began = self._house.now()
        async with self._house.db.hall() as tx:
            until = await store_rounds.repaired_until(tx, connected.account.id)
        since = max(until - OVERLAP, began - FURTHEST) if until else began - OVERLAP
        brought = 0
        async for raw in connected.channel.history(connected.account, since):
            brought += await self._bring(connected, [raw])
        async with self._house.db.hall() as tx:
            await store_rounds.repaired(tx, connected.account.id, began)
        if brought:
            log.info("rounds.brought", channel=connected.kind, messages=brought)
        return brought

    async def _bring(self, connected: Connected, raws: Sequence[Raw]) -> int:
        """Keeps those with a message that is not here; how many of people's those were.

        What is so young that a call may be on its way with it waits for the next round: a history tells less of it (its
        time to the second only), and what we are just sending is not known by the platform's name yet.
        """
        new: list[Raw] = []
        missing = 0
        async with work(self._house, connected.workspace_id) as open_work:
            for raw in raws:
                said = [one for one in connected.channel.read(connected.account.settings, raw) if isinstance(one, Said)]
                here = await conversations_store.by_external(
                    open_work.tx, connected.account.id, [one.id for one in said]
                )
                unknown = [one for one in said if one.id not in here]
                if unknown and all(one.at < open_work.now - ON_ITS_WAY for one in said):
                    missing += sum(one.by == "person" for one in unknown)
                    new.append(raw)
            if new:
                kept = [arrival(open_work.safe, connected.account.id, raw, open_work.now) for raw in new]
                await store.write_down(open_work.tx, kept)
                open_work.wake_after("arrivals")
        return missing

    async def _alone_again(self, connected: Connected) -> bool:
        """Another copy was seen to send, and has not been for a day."""
        async with work(self._house, connected.workspace_id) as open_work:
            signs = await accounts_store.signs(open_work.tx, connected.account.id)
            before = open_work.now - timedelta(days=1)
        return any(one.name == copies.NAME and one.level == "bad" and one.at < before for one in signs)

    async def _silence(self, connected: Connected) -> Sign:
        """Whether nothing came in for much longer than is usual here."""
        now = self._house.now()
        async with work(self._house, connected.workspace_id) as open_work:
            heard = await store_rounds.heard(open_work.tx, connected.account.id, now - LOOKED)
        return silence(heard.last, heard.longest, now)


def untold(brought: int) -> Sign:
    """Whether everything that was said has been told by a call."""
    if not brought:
        return Sign(name="Calls", words="What people write is told at once.")
    words = (
        f"{brought} messages were never told of, and were fetched. Check on the platform that its webhook is subscribed"
        " and leads here."
    )
    return Sign(name="Calls", words=words, level="warn")


def unanswered(error: Exception) -> Sign:
    """Asked how the account is, its platform said nothing. It is asked again within the hour."""
    words = str(error).rstrip(".") or f"There was no answer within {SECONDS} seconds"
    return Sign(
        name="Answers", words=f"The platform did not answer: {words}. It is asked again every hour.", level="bad"
    )


def silence(last: datetime | None, longest: timedelta | None, now: datetime) -> Sign:
    """`longest`: between two messages of the last weeks. Twice as long, and more than some hours, is unusual."""
    if last is None or longest is None:
        return Sign(name="Silence", words="Too little came in so far to say what is usual.")
    quiet, limit = now - last, max(longest * 2, LEAST_SILENCE)
    if quiet <= limit:
        return Sign(name="Silence", words="Messages come in as usual.")
    hours = int(quiet.total_seconds() // 3600)
    words = (
        f"Nothing has come in for {hours} hours, which is unusual here. Write yourself a message to see if it arrives."
    )
    return Sign(name="Silence", words=words, level="warn")
