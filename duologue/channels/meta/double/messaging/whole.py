"""Such a double as a whole: how its people's phones look."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from duologue.channels.meta.double import whole
from duologue.channels.meta.double.commands import Person
from duologue.channels.meta.double.messaging.world import Message, World
from duologue.channels.meta.double.stage import Stage
from duologue.channels.simulation import Bubble

S = TypeVar("S", bound=Stage[Any, Any])
W = TypeVar("W", bound=World[Any, Any])
P = TypeVar("P", bound=Person)


class Double(whole.Double[S, W, P]):
    """The platform on a port of this machine."""

    signs: ClassVar[Mapping[str, str]]
    """Reactions that the brand can give, and what the platform calls them."""

    def screen(self, person: str) -> Sequence[Bubble]:
        return [
            Bubble(id=one.id, by=one.by, text=_shown(one), at=one.at, status=whole.seen(one), sign=self._sign(one))
            for one in self.world.thread(person).messages
            if not one.gone
        ]

    def _remembered(self, bubble: Bubble) -> Message:
        return Message(id=bubble.id, by=bubble.by, text=bubble.text, at=bubble.at, seen=True)

    def _sign(self, message: Message) -> str:
        """The brand's reaction to what the person said; the person's own stands on the brand's messages."""
        return next(
            (sign for sign, name in self.signs.items() if message.by == "person" and name == message.reaction), ""
        )


def _shown(message: Message) -> str:
    return f"📎 {message.text}" if message.file else f"💬 {message.text}" if message.public else message.text
