"""A page that was drawn before and heard the stream is what would be drawn now, whatever happens."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from difflib import unified_diff
from typing import Any
from uuid import UUID

from duologue.channels.contract import (
    Content,
    Edited,
    Event,
    Person,
    Progress,
    Reacted,
    Receipt,
    Refusal,
    Refused,
    Said,
    Unknown,
    Unsent,
)
from duologue.conversations import attend, receive, reply, settle, show
from duologue.kernel import ids
from duologue.kernel.work import Work, work
from tests.cast import Colleague
from tests.live.conftest import Desk, Ear, Served, here, newest
from tests.live.screen import Screen
from tests.parrot import Mailroom

LISTS = ("open", "mine", "unassigned", "snoozed", "closed")


class Story:
    """Two conversations, two people who look on without ever loading a page again, and verbs."""

    def __init__(self, served: Served, mailroom: Mailroom, ana: Colleague, ben: Colleague) -> None:
        self.served = served
        self.mailroom = mailroom
        self.ana = ana
        self.ben = ben
        self.conversations: list[UUID] = []
        self._desks: dict[UUID, Desk] = {}
        self._screens: dict[tuple[UUID, str], Screen] = {}
        self._ear: Ear | None = None
        self.differences: list[str] = []

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Everybody has all pages open from now on."""
        self._desks = {one.id: await self.served.sign_in(one) for one in (self.ana, self.ben)}
        since = await here(self.served.house)
        self._screens = {where: await self._drawn(*where) for where in self._places()}
        async with self._desks[self.ana.id].listen(since) as self._ear:
            yield

    async def does(self, verb: str, happens: Callable[[Work], Awaitable[Any]]) -> Any:
        """Something happens; every open page must now be what a fresh one is."""
        async with work(self.served.house, self.mailroom.workspace) as open_work:
            result = await happens(open_work)
        assert self._ear
        heard = await self._ear.until(await newest(self.served.house))
        assert all(not one.id for one in heard[:-1])  # who is cut off between two of them asks for both again
        for where, screen in self._screens.items():
            for one in heard:
                screen.hear(one)
            fresh = await self._drawn(*where)
            if screen.drawn() != fresh.drawn():
                lines = unified_diff(screen.drawn().splitlines(), fresh.drawn().splitlines(), "live", "fresh", n=2)
                self.differences.append(f"after {verb}, {where[1]}:\n" + "\n".join(lines))
                self._screens[where] = fresh
        return result

    async def hears(self, verb: str, *events: Event) -> list[receive.Taken]:
        source = receive.Source(self.mailroom.channel, await self._abilities())
        arrival = await self._arrival()
        return await self.does(
            verb, lambda open_work: receive.receive(open_work, source, [receive.Item(one, arrival) for one in events])
        )

    async def answers(self, verb: str, text: str, hold: timedelta = timedelta()) -> UUID:
        draft, sender = reply.Draft(key=ids.new(), text=text), reply.Sender(member=self.ana.id, hold=hold)
        abilities = await self._abilities()
        found = await self.does(
            verb, lambda open_work: reply.reply(open_work, self.conversations[0], draft, sender, abilities)
        )
        return found[0]

    async def sends(self, verb: str, outcome: Any) -> None:
        """The message that may leave now is taken up, and comes to `outcome`."""
        claimed = await self.mailroom.deliverer.claim()
        for one in claimed:
            settled = settle.Settled(one.id, one.conversation_id, one.channel_id, one.attempt, outcome)
            await self.does(verb, lambda open_work, s=settled: settle.settle(open_work, [s]))

    async def attends(self, verb: str, act: Callable[..., Awaitable[Any]], *more: Any) -> None:
        await self.does(verb, lambda open_work: act(open_work, self.conversations[0], *more, by=self.ana.id))

    async def _drawn(self, member: UUID, path: str) -> Screen:
        return Screen(await self._desks[member].page(path), path, str(member))

    def _places(self) -> Sequence[tuple[UUID, str]]:
        lists = [f"/inbox/{name}" for name in LISTS]
        return [
            *((self.ana.id, path) for path in (*lists, *(f"/c/{one}" for one in self.conversations))),
            *((self.ben.id, path) for path in ("/inbox/mine", f"/c/{self.conversations[0]}")),
        ]

    async def _abilities(self) -> Any:
        connected = await self.mailroom.accounts.get(self.mailroom.channel)
        assert connected
        return connected.channel.abilities

    async def _arrival(self) -> UUID:
        """Events come out of an arrival; here it is always the same one."""
        async with self.served.house.db.workspace(self.mailroom.workspace) as tx:
            found = await tx.rows(UUID, "SELECT id FROM arrival ORDER BY id LIMIT 1")
        if found:
            return found[0]
        await self.mailroom.keep(b"")
        return await self._arrival()

    async def begin(self, *events: Event) -> None:
        """What was there before anybody looked."""
        source = receive.Source(self.mailroom.channel, await self._abilities())
        arrival = await self._arrival()
        async with work(self.served.house, self.mailroom.workspace) as open_work:
            await receive.receive(open_work, source, [receive.Item(one, arrival) for one in events])
        async with work(self.served.house, self.mailroom.workspace) as open_work:
            rows, _ = await show.rows(open_work, "open", member=None)
        self.conversations = [row.id for row in sorted(rows, key=lambda row: row.contact_name)]

    def ends(self) -> None:
        assert not self.differences, "\n\n".join(self.differences)


def said(id: str, text: str, at: datetime, who: str = "mia", **more: Any) -> Said:
    return Said(id=id, address=who, at=at, content=Content(text=text), person=Person(name=who.title()), **more)


async def _story(served: Served, mailroom: Mailroom, ana: Colleague, ben: Colleague) -> tuple[Story, datetime]:
    story, now = Story(served, mailroom, ana, ben), served.house.now() - timedelta(hours=1)
    await story.begin(said("a1", "Jonas was here", now, "jonas"), said("b1", "Is it open?", now + timedelta(minutes=1)))
    story.conversations.reverse()  # Mia's first
    return story, now + timedelta(minutes=2)


async def test_what_people_say_and_take_back(
    served: Served, mailroom: Mailroom, ana: Colleague, ben: Colleague
) -> None:
    story, now = await _story(served, mailroom, ana, ben)
    async with story.watched():
        await story.hears("receive", said("b2", "Hello?", now))
        await story.hears("receive in the other", said("a2", "And me?", now + timedelta(minutes=1), "jonas"))
        await story.hears("receive from somebody new", said("c1", "First time", now + timedelta(minutes=3), "aiko"))
        await story.hears("receive late", said("b0", "before that", now - timedelta(hours=1)))
        await story.hears("receive twice, and another", said("b2", "Hello?", now), said("b3", "Hi", now))
        await story.hears("receive from the platform's app", said("b4", "From my phone", now, by="brand"))
        await story.hears("receive an answer to it", said("b5", "Which one?", now, reply_to="b3"))
        await story.hears("react", Reacted(id="b3", address="mia", at=now, emoji="👍"))
        await story.hears("react otherwise", Reacted(id="b3", address="mia", at=now, emoji="🌻"))
        await story.hears("take the reaction away", Reacted(id="b3", address="mia", at=now, emoji=None))
        await story.hears("edit", Edited(id="b2", address="mia", at=now, text="Hello you?"))
        await story.hears("edit the last", Edited(id="b5", address="mia", at=now, text="Which of them?"))
        await story.hears("unsend the last", Unsent(id="b5", address="mia", at=now))
        await story.hears("unsend", Unsent(id="b2", address="mia", at=now))
    story.ends()


async def test_what_becomes_of_an_answer(served: Served, mailroom: Mailroom, ana: Colleague, ben: Colleague) -> None:
    story, now = await _story(served, mailroom, ana, ben)
    async with story.watched():
        await story.answers("reply", "Until six")
        await story.sends("settle sent", Receipt(id="p1"))
        await story.hears("progress delivered", Progress(status="delivered", at=now, address="mia", ids=("p1",)))
        await story.hears("progress read", Progress(status="read", at=now, address="mia", ids=("p1",)))
        failed = await story.answers("reply again", "rude")
        await story.sends("settle refused", Refused(why=Refusal.CONTENT, reason="rude (code 7)"))
        await story.does("retry", lambda open_work: reply.retry(open_work, failed))
        await story.sends("settle unknown", Unknown(reason="the line went dead"))
        await story.does("resolve", lambda open_work: reply.resolve(open_work, failed, sent=True))
        held = await story.answers("reply that can be undone", "Oh", timedelta(hours=1))
        await story.does("undo", lambda open_work: reply.undo(open_work, held))
        await story.answers("reply whose echo comes first", "Echo")
        await story.hears("echo", said("p2", "Echo", now, by="brand"))
        await story.sends("settle what was echoed", Receipt(id="p2"))
    story.ends()


async def test_what_the_team_does(served: Served, mailroom: Mailroom, ana: Colleague, ben: Colleague) -> None:
    story, now = await _story(served, mailroom, ana, ben)
    async with story.watched():
        await story.does("read", lambda open_work: attend.read(open_work, story.conversations[0]))
        await story.attends("assign to me", attend.assign, ana.id)
        await story.attends("assign to somebody else", attend.assign, ben.id)
        await story.attends("assign to nobody", attend.assign, None)
        await story.attends("close", attend.close)
        await story.hears("receive in a closed one", said("b2", "One more thing", now))
        await story.attends("close again", attend.close)
        await story.attends("reopen", attend.reopen)
        await story.attends("snooze", attend.snooze, served.house.now() + timedelta(hours=3))
        await story.hears("receive in a snoozed one", said("b3", "Hello?", now))
        await story.attends("assign to me again", attend.assign, ana.id)
        await story.attends("snooze what is mine", attend.snooze, served.house.now() + timedelta(minutes=5))
        served.house.now.turn(minutes=6)  # type: ignore[attr-defined]
        story._screens = {where: await story._drawn(*where) for where in story._places()}  # the browser's own clock
        await story.does("awake", attend.awake)
    story.ends()


async def test_what_is_quoted_changes_with_what_it_quotes(
    served: Served, mailroom: Mailroom, ana: Colleague, ben: Colleague
) -> None:
    story, now = await _story(served, mailroom, ana, ben)
    async with story.watched():
        await story.hears("receive an answer to it", said("b2", "Well?", now, reply_to="b1"))
        await story.hears("edit what is quoted", Edited(id="b1", address="mia", at=now, text="Are you open?"))
        await story.hears("unsend what is quoted", Unsent(id="b1", address="mia", at=now))
    story.ends()
