"""What a local double of a platform offers beside the platform's own protocol: people with phones, and misbehaviour.

Each channel's folder holds a `simulate.py` with `SIMULATOR`, a function that makes one. The double speaks the
platform's real protocol; a connector pointed at it cannot tell the difference.
"""

import importlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct

from duologue.channels.content import Kind
from duologue.channels.registry import channels
from duologue.kernel.clock import Clock

COMMON = {
    "deliver_twice": "Everything the platform tells is told twice, until all of this ends",
    "reorder": "What is told in one moment is told in the wrong order, until all of this ends",
    "early_echo": "The platform reports a message back before its send is answered, until all of this ends",
    "lost_response": "The next message is taken, the answer lost",
    "dropped": "The connection ends before the next message is taken",
    "throttle": "The next five calls are told to come later",
    "broken": "The next three calls are answered with an error of the platform's own",
    "slow": "Every answer takes three seconds, until all of this ends",
    "down": "Nothing is answered, until the platform answers again",
    "up": "The platform answers again",
    "close_windows": "No one may be written to freely until they write again",
    "revoke_token": "The account's key is refused, until it is accepted again",
    "restore_token": "The account's key is accepted again",
    "block": "The last person has blocked the brand, until they can be reached again",
    "unblock": "The last person can be reached again",
    "huge_batch": "Many messages of all people at once: a thousand, or as many as the platform sends in one call",
    "malformed": "The next call to the webhook holds an item that cannot be understood, between two that can",
    "bad_signature": "The next event comes with a wrong signature first",
    "expire_media": "Addresses of files that were told so far end",
    "they_read": "Everybody reads everything",
    "calm": "All of this ends",
}
"""Names of commands that mean the same on every double. A double offers those that its platform can come to."""


class Caller(Struct, frozen=True):
    """A made-up person on the platform."""

    id: str
    name: str


class Bubble(Struct, frozen=True, kw_only=True):
    """One message on a person's phone."""

    id: str
    by: Literal["person", "brand"]
    text: str
    at: datetime
    status: str = ""  # what the person's phone knows: "sent", "seen"
    author: str | None = None
    sign: str = ""  # the brand's reaction to it


class Simulator(Protocol):
    """A running double. All misbehaviour is reached by `command`, or by the seed given when it was made."""

    kind: str

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None: ...

    async def close(self) -> None: ...

    def settings(self) -> Struct:
        """The settings of an account connected to this double, as the channel's own struct."""
        ...

    def places(self) -> Sequence[str]:
        """The "host:port" at which it listens, for the egress allow-list."""
        ...

    async def point(self, webhook_url: str) -> None:
        """Where the platform delivers its events; nothing to do where it is polled."""
        ...

    def people(self) -> Sequence[Caller]: ...

    async def say(self, person: str, text: str) -> None:
        """The person writes to the brand."""
        ...

    def kinds(self) -> Sequence[Kind]:
        """What the person's phone can send beside text."""
        ...

    async def send(self, person: str, kind: Kind) -> str:
        """The person sends a sample of this kind; the platform's id of it. `KeyError` for a kind not in `kinds`."""
        ...

    def screen(self, person: str) -> Sequence[Bubble]:
        """What the person's phone shows, oldest first."""
        ...

    def remember(self, person: str, bubbles: Sequence[Bubble]) -> None:
        """Puts on the person's phone what was said before the double was started; windows stand as it left them."""
        ...

    def commands(self) -> dict[str, str]:
        """Ways to misbehave: name -> words on the button."""
        ...

    async def command(self, name: str) -> str:
        """Does it and says in a sentence what is so now. `KeyError` for a name not in `commands`."""
        ...

    def watch(self, changed: Callable[[], None]) -> None:
        """Calls `changed` whenever a phone's screen may look different."""
        ...


def simulators() -> dict[str, Callable[[Clock], Simulator]]:
    """The doubles that exist, by channel kind."""
    found: dict[str, Callable[[Clock], Simulator]] = {}
    for kind, channel in channels().items():
        try:
            module = importlib.import_module(f"duologue.channels.{channel.kind}.simulate")
        except ModuleNotFoundError as error:
            if error.name != f"duologue.channels.{channel.kind}.simulate":
                raise
            continue
        found[kind] = module.SIMULATOR
    return found
