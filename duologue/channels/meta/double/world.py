"""What every double of these platforms knows: its people and their phones, and the time as the platform sees it."""

import hashlib
import os
from abc import ABC, abstractmethod
from datetime import datetime, timedelta
from typing import ClassVar, Generic, Literal, TypeVar

from msgspec import Struct, field

from duologue.channels.simulation import Caller
from duologue.kernel.clock import Clock


class Message(Struct, kw_only=True):
    id: str
    by: Literal["person", "brand"]
    text: str
    at: datetime
    file: str | None = None  # its number
    reply_to: str | None = None
    reaction: str | None = None
    seen: bool = False
    gone: bool = False


M = TypeVar("M", bound=Message)


class Thread(Struct, Generic[M], kw_only=True):
    """One person's conversation with the brand, as both sides have it."""

    name: str
    messages: list[M] = field(default_factory=list)
    open_since: datetime | None = None  # the person's last act that opens the window
    blocked: bool = False
    typing_until: datetime | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What the person may be called, beside the id; empty ones name nobody."""
        return (self.name,)


T = TypeVar("T", bound=Thread)


class World(ABC, Generic[T]):
    """All state. The same `seed` gives the same keys; ids of messages differ from run to run unless it is given."""

    mid: ClassVar[tuple[str, int]]
    """How ids of messages begin, and how many digits follow."""

    def __init__(self, clock: Clock, seed: int | None, threads: dict[str, T]) -> None:
        self._clock, self._ahead = clock, timedelta(0)
        self._salt = f"{seed}" if seed is not None else os.urandom(6).hex()
        self._count = 0
        self.base = ""  # where the double listens
        self.revoked = False
        self.threads = threads

    def now(self) -> datetime:
        return self._clock() + self._ahead

    def turn(self, **by: float) -> None:
        """Moves the platform's own clock on by `timedelta(**by)`."""
        self._ahead += timedelta(**by)

    def number(self, what: str) -> str:
        """A fresh id of this kind: the same ones in the same order for the same seed."""
        self._count += 1
        digest = hashlib.sha256(f"{self._salt}:{what}:{self._count}".encode()).hexdigest()
        head, length = self.mid
        return f"{head}{digest[:length]}" if what == "message" else str(int(digest[:12], 16))

    def thread(self, person: str) -> T:
        """By id, or by what they are called. `KeyError` where there is nobody of that name."""
        for number, thread in self.threads.items():
            if person and person in {number, *thread.names}:
                return thread
        raise KeyError(person)

    def people(self) -> list[Caller]:
        return [Caller(number, one.name) for number, one in self.threads.items()]

    @property
    def last(self) -> T:
        """The last of the people, who blocks the brand where somebody is to."""
        return list(self.threads.values())[-1]

    def found_at(self, base: str) -> None:
        """The double listens there from now on."""
        self.base = base

    def calm(self) -> None:
        """Nothing is out of order any more."""
        self.revoked = False

    @abstractmethod
    def expire_files(self) -> None:
        """Every address of a file that was told so far ends."""


def key(whose: str, seed: int | None, what: str) -> str:
    """Keys of a double are no secrets; they stay the same, so that a connected account survives a restart."""
    return hashlib.sha256(f"{whose}:{seed}:{what}".encode()).hexdigest()[:32]
