"""The phones of the playground: who holds each, what it shows, and telling every open page when that changes."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from duologue.channels.content import Kind
from duologue.channels.simulation import Bubble, Caller
from duologue.demo.connect import Place
from duologue.errors import Invalid, NotFound
from duologue.kernel.house import House
from duologue.live.hub import Event, Hub, Look
from duologue.web import render

_PAUSE = 0.03  # seconds; what happens within is drawn once


class Phone(Struct, frozen=True, kw_only=True):
    """One phone as the page draws it; only `frame_url` where the channel has a page of its own."""

    kind: str
    title: str
    people: Sequence[Caller] = ()
    person: str = ""
    bubbles: Sequence[Bubble] = ()
    kinds: Sequence[Kind] = ()  # what can be sent from it beside words
    commands: dict[str, str] = {}
    said: str | None = None
    frame_url: str | None = None


class Phones:
    """All phones. Who holds one is the same on every page that is open."""

    def __init__(self, house: House, hub: Hub, workspace: UUID, places: Sequence[Place]) -> None:
        self._house = house
        self._hub = hub
        self._workspace = workspace
        self._places = {place.channel.kind: place for place in places}
        self._holds: dict[str, str] = {}
        self._said: dict[str, str] = {}
        self._drawing: set[str] = set()
        for kind, place in self._places.items():
            if place.double:
                self._holds[kind] = place.double.people()[0].id
                place.double.watch(lambda kind=kind: self._changed(kind))

    def all(self) -> list[Phone]:
        return [self.one(kind) for kind in sorted(self._places, key=lambda kind: self._places[kind].double is None)]

    def one(self, kind: str) -> Phone:
        """Raises `NotFound`."""
        place = self._places.get(kind)
        if place is None:
            raise NotFound("There is no such phone.")
        if place.double is None:
            return Phone(kind=kind, title=place.channel.title, frame_url=f"/{kind}/{place.id}/sample")
        return Phone(
            kind=kind, title=place.channel.title, people=place.double.people(), person=self._holds[kind],
            bubbles=place.double.screen(self._holds[kind]), kinds=place.double.kinds(),
            commands=place.double.commands(), said=self._said.get(kind),
        )  # fmt: skip

    async def say(self, kind: str, person: str, text: str) -> Phone:
        """Whoever holds the phone writes. Raises `Invalid`, `NotFound`."""
        self.give(kind, person)
        if not text.strip():
            raise Invalid("There is nothing to send yet.", "text")
        if double := self._places[kind].double:
            await double.say(person, text)
        return self.one(kind)

    async def send(self, kind: str, person: str, what: str) -> Phone:
        """Whoever holds the phone sends a sample of this kind. Raises `NotFound`."""
        phone = self.give(kind, person)
        double = self._places[kind].double
        if double is None or what not in phone.kinds:
            raise NotFound("This phone cannot send that.")
        await double.send(person, Kind(what))
        return self.one(kind)

    async def command(self, kind: str, name: str) -> Phone:
        """The platform misbehaves as told. Raises `NotFound`."""
        phone = self.one(kind)
        double = self._places[kind].double
        if double is None or name not in phone.commands:
            raise NotFound("This platform cannot do that.")
        self._said[kind] = await double.command(name)
        return self.one(kind)

    def give(self, kind: str, person: str) -> Phone:
        """Somebody else holds the phone from now on, on every page. Raises `NotFound`."""
        if person not in {one.id for one in self.one(kind).people}:
            raise NotFound("There is no such person on this platform.")
        if self._holds[kind] != person:
            self._holds[kind] = person
            self._show(kind, "web/phone.html")
        return self.one(kind)

    def _changed(self, kind: str) -> None:
        if kind not in self._drawing:
            self._drawing.add(kind)
            asyncio.get_running_loop().call_later(_PAUSE, self._draw, kind)

    def _draw(self, kind: str) -> None:
        self._drawing.discard(kind)
        self._show(kind, "web/phone_screen.html")

    def _show(self, kind: str, template: str) -> None:
        phone = self.one(kind)

        def drawn(look: Look) -> Event:
            data = render.fragment(template, now=self._house.now(), locale=look.locale, zone=look.zone, phone=phone)
            return Event(name="swap", data=data)

        self._hub.whisper_drawn(self._workspace, drawn)
