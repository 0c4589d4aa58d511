"""A double as a whole: it listens, its people write, and it misbehaves when told."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from aiohttp import web

from duologue.channels.contract import Kind
from duologue.channels.meta.double.commands import Person
from duologue.channels.meta.double.stage import Stage
from duologue.channels.meta.double.world import Message, World
from duologue.channels.shared.double.port import Port
from duologue.channels.simulation import Bubble, Caller

S = TypeVar("S", bound=Stage[Any, Any])
W = TypeVar("W", bound=World[Any])
P = TypeVar("P", bound=Person)


class Double(ABC, Generic[S, W, P]):
    """The platform on a port of this machine: `S` is its stage, `W` its world, `P` somebody's phone."""

    samples: ClassVar[Mapping[Kind, Callable[[Any], str]]]
    """What a phone can send, by kind."""
    buttons: ClassVar[Mapping[str, str]]
    """Every command, and what it does."""

    def __init__(self, stage: S, app: Callable[[], web.Application]) -> None:
        self._stage = stage
        self.world: W = stage.world
        self.faults, self.hooks, self.requests = stage.faults, stage.hooks, stage.requests
        self._port = Port(app)

    @property
    def base(self) -> str:
        return self._port.base

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._port.host, self._port.port = host, port
        await self._port.listen()
        self.world.found_at(self._port.base)

    async def close(self) -> None:
        await self.hooks.close()
        await self._port.hang_up()

    def places(self) -> Sequence[str]:
        return [f"{self._port.host}:{self._port.port}"]

    async def point(self, webhook_url: str) -> None:
        await self.hooks.point(webhook_url)

    async def settled(self) -> None:
        """Returns when every event has been delivered."""
        await self.hooks.settled()

    def people(self) -> Sequence[Caller]:
        return self.world.people()

    @abstractmethod
    def phone(self, person: str) -> P:
        """Somebody's phone, by id or name. `KeyError` where there is nobody of that name."""

    async def say(self, person: str, text: str) -> None:
        self.phone(person).says(text)

    def kinds(self) -> Sequence[Kind]:
        return tuple(self.samples)

    async def send(self, person: str, kind: Kind) -> str:
        return self.samples[kind](self.phone(person))

    @abstractmethod
    def screen(self, person: str) -> Sequence[Bubble]:
        """What the person's phone shows."""

    def remember(self, person: str, bubbles: Sequence[Bubble]) -> None:
        thread = self.world.thread(person)
        before = [self._remembered(one) for one in bubbles]
        thread.messages = sorted([*thread.messages, *before], key=lambda one: one.at)
        thread.open_since = max((one.at for one in thread.messages if one.by == "person"), default=None)
        self._stage.changed()

    @abstractmethod
    def _remembered(self, bubble: Bubble) -> Message:
        """What was said before, and seen."""

    def watch(self, changed: Callable[[], None]) -> None:
        self._stage.watch(changed)

    def commands(self) -> dict[str, str]:
        return dict(self.buttons)

    async def command(self, name: str) -> str:
        words = self.buttons[name]
        await self._do(name)
        self._stage.changed()
        return f"{words}: done."

    @abstractmethod
    async def _do(self, name: str) -> None:
        """What the button says."""


def seen(message: Message) -> str:
    """What the person's phone knows about a message."""
    return ("seen" if message.seen else "sent") if message.by == "person" else ""
