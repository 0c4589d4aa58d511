"""Something happens, and every open page must be what a fresh one is: verbs for that, and which events they told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from difflib import unified_diff
from typing import Any
from uuid import UUID

from duologue.channels.contract import Content, Event, Person, Said
from duologue.conversations import receive, reply, settle, show
from duologue.kernel import ids
from duologue.kernel.acts import Act
from duologue.kernel.journal import Position
from duologue.kernel.work import Work, work
from duologue.live import hub
from tests.cast import Colleague
from tests.live.conftest import Desk, Ear, Heard, Served, here, newest
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
        self.told: set[str] = set()
        self._seen = Position(0, 0)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Everybody has all pages open from now on."""
        self._desks = {one.id: await self.served.sign_in(one) for one in (self.ana, self.ben)}
        since, self._seen = await here(self.served.house), await newest(self.served.house)
        self._screens = {where: await self._drawn(*where) for where in self._places()}
        async with self._desks[self.ana.id].listen(since) as self._ear:
            yield

    async def does(self, verb: str, happens: Callable[[Work], Awaitable[Any]]) -> Any:
        """Something happens; every open page must now be what a fresh one is."""
        async with work(self.served.house, self.mailroom.workspace) as open_work:
            result = await happens(open_work)
        await self.happened(verb)
        return result

    async def happened(self, verb: str) -> None:
        """The same for what has happened in its own way."""
        heard = await self._news()
        assert all(not one.id for one in heard[:-1])  # who is cut off between two of them asks for both again
        for where, screen in self._screens.items():
            page = await self._desks[where[0]].page(where[1])
            for one in heard:
                screen.hear(one, page)
            fresh = Screen(page, where[1], str(where[0]))
            if screen.drawn() != fresh.drawn():
                lines = unified_diff(screen.drawn().splitlines(), fresh.drawn().splitlines(), "live", "fresh", n=2)
                self.differences.append(f"after {verb}, {where[1]}:\n" + "\n".join(lines))
                self._screens[where] = fresh

    async def _news(self) -> list[Heard]:
        """Everything that the journal has by now, as the stream tells it."""
        house, workspace = self.served.house, self.mailroom.workspace
        async with house.db.workspace(workspace) as tx:
            entries = await tx.rows(
                str, "SELECT kind FROM journal WHERE workspace_id = %(workspace)s AND id > %(seen)s",
                {"workspace": workspace, "seen": self._seen.id},
            )  # fmt: skip
        self.told.update(entries)
        self._seen, heard = await newest(house), []
        async with asyncio.timeout(30):
            while self.served.hub.position < self._seen:  # noqa: ASYNC110 - it tells nobody how far it is
                await asyncio.sleep(0.002)
        self.served.hub.whisper(workspace, hub.Event(name="that was all", data=""))
        assert self._ear
        while (one := await self._ear.next()) and one.name != "that was all":
            heard.append(one)
        return heard

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

    async def acts(self, verb: str, act: Callable[..., Awaitable[Any]], *more: Any) -> Any:
        """What members do that is written down as an act of theirs."""
        return await self.does(verb, lambda w: act(w.tx, Act(by=self.ana.id, now=w.now, wake=w.wake), *more))

    async def posts(self, verb: str, path: str, **form: str) -> None:
        """What she does on another page."""
        answer = await self._desks[self.ana.id].post(path, **form)
        assert answer in (200, 303), answer
        await self.happened(verb)

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

    def ends(self, *told: str) -> None:
        """Nothing was ever different; and these are the kinds of events that it took."""
        assert not self.differences, "\n\n".join(self.differences)
        assert self.told == set(told)


def said(id: str, text: str, at: datetime, who: str = "mia", **more: Any) -> Said:
    return Said(id=id, address=who, at=at, content=Content(text=text), person=Person(name=who.title()), **more)


async def begun(served: Served, mailroom: Mailroom, ana: Colleague, ben: Colleague) -> tuple[Story, datetime]:
    story, now = Story(served, mailroom, ana, ben), served.house.now() - timedelta(hours=1)
    await story.begin(said("a1", "Jonas was here", now, "jonas"), said("b1", "Is it open?", now + timedelta(minutes=1)))
    story.conversations.reverse()  # Mia's first
    return story, now + timedelta(minutes=2)
