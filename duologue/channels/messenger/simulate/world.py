"""What the double knows: one page, its people and their phones, files, and the time as the platform sees it."""

import hashlib
import os
from datetime import datetime, timedelta
from typing import Any, Literal

from msgspec import Struct, field

from duologue.channels.meta.double.files import Shelf
from duologue.kernel.clock import Clock

PAGE, PAGE_NAME = "1200300400", "Bakery Lark"
OTHER_PAGE = "9900300400"  # of the same app, so its events may come in the same batch
APP, OTHER_APP, PAGE_INBOX = 5566778899, 8877665544, 263902037430900
CAST = (
    ("7700112201", "Mia Santos"),
    ("7700112202", "Tom Reed"),
    ("7700112203", "Amara Okafor"),
    ("7700112204", "Jonas Weber"),
    ("7700112205", "Yuki Tanaka"),
)
UPLOAD_LIFE = timedelta(days=90)


class Message(Struct, kw_only=True):
    id: str
    by: Literal["person", "brand"]
    text: str
    at: datetime
    file: str | None = None  # its number in `World.files`
    metadata: str | None = None
    app: int | None = None
    reply_to: str | None = None
    reaction: str | None = None
    edits: int = 0
    seen: bool = False
    gone: bool = False
    public: bool = False  # a comment: no part of the conversation


class Thread(Struct, kw_only=True):
    """One person's conversation with the page, as both sides have it."""

    id: str
    name: str
    messages: list[Message] = field(default_factory=list)
    open_since: datetime | None = None  # the person's last act that opens the window
    blocked: bool = False
    owner: int = APP  # the app that may answer; another one sees the thread in standby
    typing_until: datetime | None = None


class Comment(Struct, kw_only=True):
    id: str
    person: str
    at: datetime
    answered: bool = False


class Upload(Struct, frozen=True, kw_only=True):
    type: str
    data: bytes
    mime: str
    name: str
    until: datetime


class World:
    """All state. The same `seed` gives the same keys; ids of messages differ from run to run unless it is given."""

    def __init__(self, clock: Clock, seed: int | None) -> None:
        self._clock = clock
        self._ahead = timedelta(0)
        self._salt = f"{seed}" if seed is not None else os.urandom(6).hex()
        self._count = 0
        self.token = "EAAB" + _key(seed, "token")
        self.app_secret = _key(seed, "app")
        self.verify_token = _key(seed, "verify")
        self.revoked = False
        self.subscribed: set[str] | None = None  # None: to everything, until somebody subscribes anew
        self.comments: dict[str, Comment] = {}
        self.uploads: dict[str, Upload] = {}
        self.templates: dict[str, dict[str, Any]] = {}
        self.handles: set[str] = set()  # files uploaded as examples of templates
        self.permits_utility = True  # whether the app has the permission that templates need
        self.hesitates = False  # whether templates wait to be looked at, instead of being decided at once
        self.shelf = Shelf(self.now, self.app_secret)
        self.threads = {psid: Thread(id=psid, name=name) for psid, name in CAST}

    def now(self) -> datetime:
        return self._clock() + self._ahead

    def turn(self, **by: float) -> None:
        """Moves the platform's own clock on by `timedelta(**by)`."""
        self._ahead += timedelta(**by)

    def number(self, what: str) -> str:
        """A fresh id of this kind: the same ones in the same order for the same seed."""
        self._count += 1
        digest = hashlib.sha256(f"{self._salt}:{what}:{self._count}".encode()).hexdigest()
        return f"m_{digest[:40]}" if what == "message" else str(int(digest[:12], 16))

    def thread(self, person: str) -> Thread:
        """By id or by name. `KeyError` where there is nobody of that name."""
        if person in self.threads:
            return self.threads[person]
        for thread in self.threads.values():
            if thread.name == person:
                return thread
        raise KeyError(person)

    @property
    def last(self) -> Thread:
        """The last of the people, who blocks the page where somebody is to."""
        return list(self.threads.values())[-1]

    def message(self, mid: str) -> Message | None:
        found = (one for thread in self.threads.values() for one in thread.messages if one.id == mid)
        return next(found, None)

    def keep(self, data: bytes, mime: str, name: str) -> str:
        """Puts a file on the platform's servers and gives its number; its address dies after a while."""
        number = self.number("file")
        self.shelf.keep(number, data, mime, name)
        return number


def _key(seed: int | None, what: str) -> str:
    """Keys of a double are no secrets; they stay the same, so that a connected account survives a restart."""
    return hashlib.sha256(f"double:{seed}:{what}".encode()).hexdigest()[:32]
