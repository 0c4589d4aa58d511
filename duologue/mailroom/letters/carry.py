"""Sends letters after people who have left: one for all they did not see, never twice, and none while they look.

The letter and its attempt are written down before the mail server is called. What nobody knows the outcome of is looked
up there; where that shows nothing for certain it stays unknown and is not sent again: the answers stand in the chat.
"""

import asyncio
import contextlib
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import structlog

from duologue.accounts.connected import Accounts, Connected
from duologue.accounts.model import State
from duologue.channels.contract import (
    Content,
    Found,
    Kind,
    Onward,
    Outcome,
    Outgoing,
    Receipt,
    Refused,
    TryLater,
    Unknown,
)
from duologue.conversations import store as conversations_store
from duologue.conversations.receive import Item, Source, receive
from duologue.kernel import crash, ids
from duologue.kernel.database import Away
from duologue.kernel.house import House
from duologue.kernel.work import Work, work
from duologue.mailroom.deliver import SECONDS
from duologue.mailroom.letters import store
from duologue.mailroom.letters.home import FACTS_IN_WORDS, notice
from duologue.mailroom.letters.model import FROM_MAIL, OLDEST, PATIENCE, PROVEN_A_DAY, TYPED_A_DAY, Told, Written
from duologue.mailroom.letters.stop import address
from duologue.mailroom.letters.store import Bounds, Ended, Held
from duologue.mailroom.letters.turn import Waits, called, may_leave
from duologue.mailroom.letters.write import written

log = structlog.get_logger()
EVERY = 15.0  # seconds between two looks
LEASE = timedelta(seconds=120)
LOOK_AFTER = timedelta(minutes=3)  # a mail server that keeps copies has kept one by then
GIVEN_UP = timedelta(hours=24)
DAY = timedelta(hours=24)
MOST = 20  # letters of one account a look, so that mail servers see no storm

WENT = "They had left without seeing this, so it went on by mail."
PERHAPS = "They had left without seeing this. It is not certain whether it went on by mail."
FAILED = "They had left without seeing this, and it could not go on by mail."
_NOTICES = {"sent": WENT, "unknown": PERHAPS, "failed": FAILED}


class Carrier:
    def __init__(self, house: House, accounts: Accounts) -> None:
        self._house = house
        self._accounts = accounts

    async def run(self) -> None:
        """Looks after all accounts, for ever."""
        while True:
            with contextlib.suppress(Away):
                await self.go()
            await asyncio.sleep(EVERY)

    async def go(self) -> int:
        """One look at everything; how many attempts were made."""
        made = 0
        for connected in await self._accounts.all():
            try:
                made += await self._look(connected)
                made += await self._tend(connected)
            except Away:
                raise
            except Exception as error:  # one odd account holds up no other
                log.error("letters.broken", channel=connected.kind, error=type(error).__name__)
        return made

    async def _look(self, home: Connected) -> int:
        """New letters for those who have left this account's chat."""
        way: Onward | None = home.channel.onward(home.account.settings) if home.channel.onward else None
        through = await self._through(home, way) if way else None
        if way is None or through is None:
            return 0
        made = 0
        async with work(self._house, home.workspace_id) as open_work:
            waiting = await store.waiting(open_work.tx, home.account.id, self._bounds(way), MOST)
        for conversation in waiting:
            if not await may_leave(self._house, through):
                break
            if held := await self._begun(home, through, way, conversation):
                await self._carry(through, held)
                made += 1
        return made

    async def _through(self, home: Connected, way: Onward) -> Connected | None:
        """The account that carries on, where it is one of the same workspace, can, and is on."""
        found = await self._accounts.get(way.through)
        fits = found and found.workspace_id == home.workspace_id and found.channel.abilities.carries
        return found if found and fits and found.state is State.ACTIVE else None

    def _bounds(self, way: Onward) -> Bounds:
        now = self._house.now()
        return Bounds(before=now - way.after, patience=now - PATIENCE * way.after, oldest=now - OLDEST)

    async def _begun(self, home: Connected, through: Connected, way: Onward, conversation: UUID) -> Held | None:
        """A letter written down with its first attempt, or None where it is needed no more or may not go."""
        async with work(self._house, home.workspace_id) as open_work:
            await conversations_store.lock(open_work.tx, [conversation])
            one = await store.still_waiting(open_work.tx, home.account.id, conversation, self._bounds(way))
            if one is None or one.key_sealed is None:
                return None
            seal = open_work.safe.contact(one.contact_id, one.key_sealed)
            told = msgspec.json.decode(seal.unseal("reach|told", one.address_id, one.told_sealed), type=Told)
            if not await self._may(open_work, through, one, told.email):
                return None
            answers = await store.unseen(open_work.tx, conversation, self._bounds(way))
            stop = address(open_work.safe, self._house.settings.url, one.email_index)
            letter = written(open_work, one, told, answers, stop)
            if letter is None:
                return None
            new = store.New(
                id=ids.new(), conversation_id=conversation, contact_id=one.contact_id, channel_id=through.account.id,
                to_index=one.email_index, content_sealed=b"", made_at=open_work.now,
            )  # fmt: skip
            new = msgspec.structs.replace(new, content_sealed=seal.seal("letter", new.id, msgspec.json.encode(letter)))
            if not await store.begin(open_work.tx, new, [each.id for each in answers], open_work.now + LEASE):
                raise LookupError("an answer stands in another letter already")  # takes all of this back
        return Held(
            id=new.id, conversation_id=conversation, contact_id=one.contact_id, home_id=home.account.id,
            content_sealed=new.content_sealed, key_sealed=one.key_sealed, state="sending", attempt=1,
            made_at=new.made_at,
        )  # fmt: skip

    async def _may(self, open_work: Work, through: Connected, one: store.Unseen, email: str) -> bool:
        """Within what one mail address is sent in a day, and not to somebody who told the carrying account to stop."""
        there = open_work.safe.index(f"address|{through.account.id}", email.lower())
        if await store.stopped_there(open_work.tx, through.account.id, there):
            return False
        most = PROVEN_A_DAY if one.proven else TYPED_A_DAY
        return await store.sent_since(open_work.tx, one.email_index, open_work.now - DAY) < most

    async def _tend(self, through: Connected) -> int:
        """Letters of this carrying account that wait for another attempt, and those that nobody knows about."""
        if not through.channel.abilities.carries:
            return 0
        made, now = 0, self._house.now
        async with work(self._house, through.workspace_id) as open_work:
            await store.call_off(open_work.tx, through.account.id, now())
            due = await store.due(open_work.tx, through.account.id, now(), MOST)
        while made < due and await may_leave(self._house, through):
            async with work(self._house, through.workspace_id) as open_work:
                held = await store.again(open_work.tx, through.account.id, now(), now() + LEASE)
            if held is None:
                break
            await self._carry(through, held)
            made += 1
        for _ in range(MOST):
            async with work(self._house, through.workspace_id) as open_work:
                held = await store.adrift(open_work.tx, through.account.id, now(), now() + LEASE)
            if held is None:
                break
            await self._find_out(through, held)
        return made

    async def _carry(self, through: Connected, held: Held) -> None:
        outgoing = await self._outgoing(through, held)
        if outgoing is None:
            return await self._end(through, held, Ended(state="failed", reason="The person was forgotten."))
        crash.point("letters.begun")
        try:
            ended = self._ended(held, await called(self._house, self._accounts, through, outgoing))
        except Waits as waits:
            ended = Ended(state="waiting", reason=str(waits), due_at=self._later(waits.after))
        await self._end(through, held, ended)
        return crash.point("letters.settled")

    async def _find_out(self, through: Connected, held: Held) -> None:
        """Nobody knows whether it left: sent again only where the mail server shows for certain that it did not."""
        outgoing = await self._outgoing(through, held)
        found = Found(id=None, certain=False)
        if outgoing and through.channel.find:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SECONDS):
                    found = await through.channel.find(through.account, outgoing)
        if found.id:
            ended = Ended(state="sent", external_id=found.id)
        elif found.certain:
            ended = Ended(state="waiting", due_at=self._house.now())
        elif held.state == "sending":
            ended = Ended(state="unknown", look_at=self._house.now() + LOOK_AFTER)
        else:
            ended = Ended(state="unknown")
        await self._end(through, held, ended)

    async def _outgoing(self, through: Connected, held: Held) -> Outgoing | None:
        if held.key_sealed is None:
            return None
        async with work(self._house, through.workspace_id) as open_work:
            seal = open_work.safe.contact(held.contact_id, held.key_sealed)
            letter = msgspec.json.decode(seal.unseal("letter", held.id, held.content_sealed), type=Written)
            references = await store.references(open_work.tx, held.conversation_id, held.id)
        return Outgoing(
            id=held.id,
            conversation=held.conversation_id,
            address=letter.to,
            content=Content(text=letter.text, subject=letter.subject),
            attempt=held.attempt,
            author=letter.author,
            automated=True,
            references=tuple(references),
            queued_at=held.made_at,
        )

    def _ended(self, held: Held, outcome: Outcome) -> Ended:
        now = self._house.now()
        match outcome:
            case Receipt(id=id):
                return Ended(state="sent", external_id=id)
            case TryLater(after=after, reason=reason) if now - held.made_at < GIVEN_UP:
                return Ended(state="waiting", reason=reason, due_at=self._later(after))
            case TryLater(reason=reason) | Refused(reason=reason):
                return Ended(state="failed", reason=reason)
            case Unknown(reason=reason):
                return Ended(state="unknown", reason=reason, look_at=now + LOOK_AFTER)

    def _later(self, after: float) -> datetime:
        return self._house.now() + timedelta(seconds=min(86_400.0, max(30.0, after)))

    async def _end(self, through: Connected, held: Held, ended: Ended) -> None:
        """Records it, and says in the conversation what became of the answers; waits out an absence of the database."""
        told = _NOTICES.get(ended.state) if ended.look_at is None else None
        while True:
            try:
                async with work(self._house, through.workspace_id) as open_work:
                    if told:
                        await self._tell(open_work, through, held, told, ended.reason)
                    await store.end(open_work.tx, held.id, held.attempt, ended)
                return
            except Away:
                await asyncio.sleep(0.2)

    async def _tell(self, open_work: Work, through: Connected, held: Held, told: str, reason: str | None) -> None:
        home = await self._accounts.get(held.home_id)
        found = await store.homes(open_work.tx, through.account.id, [], [held.id])
        if home is None or not found or found[0].key_sealed is None:
            return
        facts = {FACTS_IN_WORDS["why"]: reason} if reason else {FACTS_IN_WORDS["by"]: through.channel.title}
        said = Content(kind=Kind.NOTICE, text=told, facts=facts)
        event = notice(open_work, found[0], f"{FROM_MAIL}{held.id}/{told == WENT}", said)
        await receive(open_work, Source(home.account.id, home.channel.abilities), [Item(event, None)])
