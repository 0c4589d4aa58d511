"""Fills a new installation: the team, and a history told to the same verbs that receive and answer real messages.

The past is given as the moment at which each verb works. What lies days back cannot be sent through a
platform's double: its reply windows have closed since. Each transaction is one conversation.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
from msgspec import Struct

from duologue.accounts import health
from duologue.channels.contract import Edited, Event, Media, Person, Raw, Reacted, Said, Unsent
from duologue.conversations import attend, news, reply, store, store_news
from duologue.conversations.receive import Item, Source, receive
from duologue.demo.cast import BRAND, TEAM
from duologue.demo.connect import Place
from duologue.demo.history import CHATS, Chat, Line
from duologue.kernel import ids
from duologue.kernel.acts import Act, record
from duologue.kernel.house import House
from duologue.kernel.work import Work, work
from duologue.mailroom import store as arrivals
from duologue.mailroom.model import arrival
from duologue.team import store as team
from duologue.team.model import Newcomer
from duologue.team.passwords import hashed

FILES = Path(__file__).parent / "files"


class Cast(Struct, frozen=True):
    """Where a chat takes place, and who answers there."""

    places: Mapping[str, Place]
    members: Mapping[str, UUID]


async def seed(house: House, workspace: UUID, places: Sequence[Place]) -> None:
    """Once: an installation that somebody has joined is left as it is."""
    password = await hashed(secrets.token_urlsafe(24))  # nobody knows it: the demo's doors are links
    async with work(house, workspace) as open_work:
        if await team.anybody(open_work.tx):
            return
        await team.rename_workspace(open_work.tx, BRAND)
        members = {}
        for one in TEAM:
            members[one.name.split()[0].lower()] = id_ = ids.new()
            new = Newcomer(name=one.name, email=one.email, password_hash=password)
            await team.add_member(open_work.tx, id_, new, one.role, now=open_work.now)
            await record(
                open_work.tx, Act(by=None, now=open_work.now, wake=house.wake), "member.joined", id_, topic="team"
            )
    best = {where: max((one for one in places if _where(one) == where), key=_crowd) for where in map(_where, places)}
    cast = Cast(best, members)
    for number, chat in enumerate(CHATS):
        if chat.where in cast.places:
            async with work(house, workspace) as open_work:
                await _Telling(open_work, cast, chat, number).tell()


def _where(place: Place) -> str:
    """Which kind of place that is, by what it can do."""
    if place.channel.abilities.threads:
        return "letters"
    return "website" if place.double is None else "messages"


def _crowd(place: Place) -> int:
    """How many people are there: where the most are, the conversations are told."""
    return len(place.double.people()) if place.double else 0


class _Telling:
    """One conversation, line by line, each at its own time."""

    def __init__(self, now: Work, cast: Cast, chat: Chat, number: int) -> None:
        self._now, self._cast, self._chat, self._number = now, cast, chat, number
        self._place = cast.places[chat.where]
        self._address, self._name = self._person()
        self._said: list[str] = []
        self._conversation: UUID | None = None

    async def tell(self) -> None:
        for line in self._chat.lines:
            await (self._they(line) if line.by == "they" else self._we(line))
        await self._leave_it()

    def _person(self) -> tuple[str, str]:
        """Somebody of the double's own people, who can go on writing; else a made-up visitor."""
        if self._place.double and isinstance(self._chat.who, int):
            one = self._place.double.people()[self._chat.who]
            return one.id, one.name
        return f"v-{self._number:04}", str(self._chat.who)

    async def _they(self, line: Line) -> None:
        at, id_ = self._at(line), self._id(line)
        content = msgspec.structs.replace(line.content, media=tuple(_filled(one) for one in line.content.media))
        said = Said(
            id=id_, address=self._address, at=at, content=content, automatic=line.automatic, warning=line.warning,
            person=Person(name=self._name, email=self._chat.email, locale=self._chat.locale),
            reply_to=self._said[line.quotes] if line.quotes is not None else None,
            references=tuple(reversed(self._said)) if self._place.channel.abilities.threads else (),
        )  # fmt: skip
        await self._receive(at, [said, *self._afterwards(line, id_, at)])
        self._said.append(id_)

    def _afterwards(self, line: Line, id_: str, at: datetime) -> list[Event]:
        later = at + timedelta(minutes=1)
        events: list[Event] = []
        if line.edited_to:
            events.append(Edited(id=id_, address=self._address, at=later, text=line.edited_to))
        if line.unsent:
            events.append(Unsent(id=id_, address=self._address, at=later))
        return events

    async def _we(self, line: Line) -> None:
        assert self._conversation
        at, id_ = self._at(line), self._id(line)
        then = self._then(at)
        draft = reply.Draft(
            key=ids.new(), text=line.content.text or "", files=tuple(_filled(one) for one in line.content.media)
        )
        sender = reply.Sender(member=self._cast.members[line.by])
        written = await reply.reply(then, self._conversation, draft, sender, self._place.channel.abilities)
        await store_news.name_external(then.tx, {written[0]: id_})
        await news.move(then, written, self._reached(line), at=at, reason=line.reason)
        if line.reaction:
            later = at + timedelta(minutes=1)
            await self._receive(later, [Reacted(id=id_, address=self._address, at=later, emoji=line.reaction)])
        self._said.append(id_)

    def _reached(self, line: Line) -> str:
        """As far as this platform can tell."""
        abilities = self._place.channel.abilities
        if line.status == "read" and not abilities.read:
            return "delivered" if abilities.delivered else "sent"
        return line.status if line.status != "delivered" or abilities.delivered else "sent"

    async def _receive(self, at: datetime, events: Sequence[Event]) -> None:
        """As the sorter does it, with an arrival to count them by."""
        then, came_first = self._then(at), f"demo.{self._number}.0@lume.example"
        came = arrival(then.safe, self._place.id, Raw(body=msgspec.json.encode(events), kind="demo"), at)
        await arrivals.write_down(then.tx, [came])
        items = [Item(event, came.id) for event in events]
        taken = [one.value for one in await receive(then, Source(self._place.id, self._place.channel.abilities), items)]
        tally = {name: taken.count(name) for name in ("messages", "duplicates", "others")}
        await arrivals.sorted_out(then.tx, [arrivals.Sorted(id=came.id, set_aside=0, **tally)], at)
        await health.mark_in(then.tx, self._place.id, at)
        if self._conversation is None:
            self._conversation = await self._found(then, came_first)

    async def _found(self, then: Work, external: str) -> UUID:
        known = await store.by_external(then.tx, self._place.id, [external])
        return known[external].conversation_id

    async def _leave_it(self) -> None:
        """What the team did with it in the end."""
        assert self._conversation
        chat, members = self._chat, self._cast.members
        if chat.read:
            await attend.read(self._now, self._conversation)
        if chat.assigned:
            await attend.assign(self._now, self._conversation, members[chat.assigned], by=members["ana"])
        if chat.draft:
            await attend.draft(self._now, self._conversation, members["ana"], chat.draft)
        if chat.left == "closed":
            await attend.close(self._now, self._conversation, by=members["ana"])
        if chat.left == "snoozed":
            await attend.snooze(self._now, self._conversation, self._now.now + timedelta(hours=18), by=members["ana"])

    def _then(self, at: datetime) -> Work:
        return msgspec.structs.replace(self._now, now=at)

    def _at(self, line: Line) -> datetime:
        return self._now.now - line.ago

    def _id(self, line: Line) -> str:
        return f"demo.{self._number}.{len(self._said)}@lume.example"


def _filled(media: Media) -> Media:
    assert media.name
    return msgspec.structs.replace(media, data=(FILES / media.name).read_bytes())
