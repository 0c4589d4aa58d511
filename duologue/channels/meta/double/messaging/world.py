"""What such a double knows: messages as both sides have them, comments, uploads, and files on a shelf."""

from datetime import datetime, timedelta
from typing import Generic, TypeVar

from msgspec import Struct

from duologue.channels.meta.double import world
from duologue.channels.meta.double.files import Shelf
from duologue.kernel.clock import Clock


class Message(world.Message, kw_only=True):
    metadata: str | None = None
    app: int | None = None
    edits: int = 0
    public: bool = False  # a comment: no part of the conversation


class Comment(Struct, kw_only=True):
    id: str
    person: str
    at: datetime
    answered: bool = False


class Thread(world.Thread[Message], kw_only=True):
    id: str
    owner: int  # the app that may answer; another one sees the thread in standby


class Upload(Struct, frozen=True, kw_only=True):
    type: str
    data: bytes
    mime: str
    name: str
    until: datetime


T = TypeVar("T", bound=Thread)
C = TypeVar("C", bound=Comment)


class World(world.World[T], Generic[T, C]):
    """All state, of people who are threads `T` and comment as `C`."""

    def __init__(self, clock: Clock, seed: int | None, threads: dict[str, T], app_secret: str) -> None:
        super().__init__(clock, seed, threads)
        self.app_secret = app_secret
        self.subscribed: set[str] | None = None  # None: to everything, until somebody subscribes anew
        self.uploads: dict[str, Upload] = {}
        self.comments: dict[str, C] = {}
        self.shelf = Shelf(self.now, app_secret)

    def found_at(self, base: str) -> None:
        super().found_at(base)
        self.shelf.base = base

    def keep(self, data: bytes, mime: str, name: str, life: timedelta | None = None) -> str:
        """Puts a file on the platform's servers and gives its number; its address dies after a while."""
        number = self.number("file")
        self.shelf.keep(number, data, mime, name, *([life] if life else []))
        return number

    def expire_files(self) -> None:
        self.shelf.expire()
