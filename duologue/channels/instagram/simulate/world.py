"""What the double knows: one account, its people and their phones, and the time as the platform sees it."""

import hashlib
import os
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct, field

from duologue.channels.meta.double.files import Shelf
from duologue.kernel.clock import Clock

ACCOUNT, USERNAME = "17840001112223", "lume.shoes"
SCOPED = "9100200300"  # the account's number as the app knows it, beside the one that hooks name
PAGE, PAGE_NAME = "1200300400", "Lume"
OTHER_ACCOUNT = "17849999999999"  # of the same app, so its events may come in the same batch
APP, OTHER_APP, INBOX = 5566778899, 8877665544, 1217981644879628
POST = "17900001110001"
CAST = (
    ("5544001101", "lena.runs", "Lena Hoffmann"),
    ("5544001102", "matcha_kofi", "Kofi Mensah"),
    ("5544001103", "oolong.ana", "Ana Ribeiro"),
    ("5544001104", "hiro.walks", "Hiro Sato"),
)
KEY_LIFE = timedelta(days=60)
STORY_LIFE = timedelta(hours=24)
UPLOAD_LIFE = timedelta(days=90)


class Message(Struct, kw_only=True):
    id: str
    by: Literal["person", "brand"]
    text: str
    at: datetime
    file: str | None = None  # its number on the shelf
    metadata: str | None = None
    app: int | None = None
    reply_to: str | None = None
    reaction: str | None = None
    edits: int = 0
    seen: bool = False
    gone: bool = False
    public: bool = False  # a comment: no part of the conversation


class Comment(Struct, kw_only=True):
    id: str
    person: str
    at: datetime
    live: bool = False  # below a broadcast; answered in private only while it lasts
    answered: bool = False


class Thread(Struct, kw_only=True):
    """One person's conversation with the account, as both sides have it."""

    id: str
    username: str
    name: str
    messages: list[Message] = field(default_factory=list)
    open_since: datetime | None = None  # the person's last act that opens the window
    wrote: bool = False  # has ever written: only then may the profile be read
    blocked: bool = False
    owner: int = APP  # the app that may answer; another one sees the thread in standby
    typing_until: datetime | None = None


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
        self.token, self.page_token = "IGAA" + _key(seed, "token"), "EAAB" + _key(seed, "page")
        self.token_made = clock() - timedelta(days=2)
        self.app_secret, self.basic_secret = _key(seed, "app"), _key(seed, "basic")
        self.verify_token = _key(seed, "verify")
        self.signs_basic = False  # with which of the two secrets hooks are signed
        self.revoked = False
        self.messages_off = False  # the owner has switched access to messages off
        self.broadcasting = True
        self.subscribed: set[str] | None = None  # None: to everything, until somebody subscribes anew
        self.uploads: dict[str, Upload] = {}
        self.comments: dict[str, Comment] = {}
        self.shelf = Shelf(self.now, self.app_secret)
        self.threads = {number: Thread(id=number, username=handle, name=name) for number, handle, name in CAST}

    def now(self) -> datetime:
        return self._clock() + self._ahead

    def turn(self, **by: float) -> None:
        """Moves the platform's own clock on by `timedelta(**by)`."""
        self._ahead += timedelta(**by)

    def number(self, what: str) -> str:
        """A fresh id of this kind: the same ones in the same order for the same seed."""
        self._count += 1
        digest = hashlib.sha256(f"{self._salt}:{what}:{self._count}".encode()).hexdigest()
        return f"aWdf{digest[:44]}" if what == "message" else str(int(digest[:12], 16))

    def renew(self) -> str:
        """A new key in place of the old one, which is accepted no more."""
        self.token = "IGAA" + self.number("key")
        self.token_made = self.now()
        return self.token

    def thread(self, person: str) -> Thread:
        """By id, name or username. `KeyError` where there is nobody of that name."""
        if person in self.threads:
            return self.threads[person]
        for thread in self.threads.values():
            if person in {thread.name, thread.username}:
                return thread
        raise KeyError(person)

    @property
    def last(self) -> Thread:
        """The last of the people, who blocks the account where somebody is to."""
        return list(self.threads.values())[-1]

    def keep(self, data: bytes, mime: str, name: str, life: timedelta | None = None) -> str:
        """Puts a file on the platform's servers and gives its number; its address dies after a while."""
        number = self.number("file")
        self.shelf.keep(number, data, mime, name, *([life] if life else []))
        return number


def _key(seed: int | None, what: str) -> str:
    """Keys of a double are no secrets; they stay the same, so that a connected account survives a restart."""
    return hashlib.sha256(f"instagram-double:{seed}:{what}".encode()).hexdigest()[:32]
