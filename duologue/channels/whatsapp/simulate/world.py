"""What the double knows: one number of one account, its people and their phones, templates, and the platform's time."""

import hashlib
import os
from datetime import datetime, timedelta
from typing import Any, Literal

from msgspec import Struct, field

from duologue.kernel.clock import Clock

PHONE_ID, OTHER_PHONE_ID = "900100200300", "900100200399"
WABA = "800100200300"
NUMBER, NUMBER_DIGITS, NAME = "+49 30 9018200", "49309018200", "Lume Tea"
APP = 5566778899
WINDOW = timedelta(hours=24)
UPLOAD_LIFE, INBOUND_LIFE, URL_LIFE = timedelta(days=30), timedelta(days=7), timedelta(minutes=5)
CAST = (
    ("4915112340001", "DE.20000000000000000001", "Greta Lindner", ""),
    ("551191234002", "BR.20000000000000000002", "Rafael Costa", "rafa.cha"),
    ("", "JP.20000000000000000003", "Yuki Tanaka", "yuki.oolong"),  # shares no number, only a user name
    ("2348031230004", "NG.20000000000000000004", "Chidi Okafor", ""),
)


class Message(Struct, kw_only=True):
    id: str
    by: Literal["person", "brand"]
    text: str
    at: datetime
    type: str = "text"
    file: str | None = None
    callback: str | None = None  # what was sent along for its statuses
    reply_to: str | None = None
    reaction: str | None = None
    buttons: list[str] = field(default_factory=list)
    status: str = "accepted"
    seen: bool = False  # by the brand
    gone: bool = False


class Thread(Struct, kw_only=True):
    """One person, and the conversation with the number."""

    phone: str  # empty where it is hidden
    user: str
    name: str
    handle: str
    messages: list[Message] = field(default_factory=list)
    open_since: datetime | None = None
    blocked: bool = False
    no_marketing: bool = False
    typing_until: datetime | None = None
    recent: list[datetime] = field(default_factory=list)  # when we sent lately, for the limit of the pair

    @property
    def id(self) -> str:
        return self.user


class File(Struct, kw_only=True):
    data: bytes
    mime: str
    name: str
    until: datetime
    url_until: datetime | None = None
    ticket: str = ""


class World:
    """All state. The same `seed` gives the same keys; ids of messages differ from run to run unless it is given."""

    def __init__(self, clock: Clock, seed: int | None) -> None:
        self._clock, self._ahead = clock, timedelta(0)
        self._salt = f"{seed}" if seed is not None else os.urandom(6).hex()
        self._count = 0
        self.token, self.app_secret, self.verify_token = (_key(seed, one) for one in ("token", "app", "verify"))
        self.revoked = False
        self.late_errors = False  # whether refusals come as a status instead of as the answer
        self.subscribed = True
        self.quality, self.limit = "GREEN", "TIER_2K"
        self.files: dict[str, File] = {}
        self.templates: dict[str, dict[str, Any]] = {}
        self.handles: set[str] = set()  # files uploaded as examples
        self.judges = False  # whether templates are looked at as they come
        self.threads = {user: Thread(phone=phone, user=user, name=name, handle=at) for phone, user, name, at in CAST}

    def now(self) -> datetime:
        return self._clock() + self._ahead

    def turn(self, **by: float) -> None:
        """Moves the platform's own clock on by `timedelta(**by)`."""
        self._ahead += timedelta(**by)

    def number(self, what: str) -> str:
        """A fresh id of this kind: the same ones in the same order for the same seed."""
        self._count += 1
        digest = hashlib.sha256(f"{self._salt}:{what}:{self._count}".encode()).hexdigest()
        return f"wamid.HBg{digest[:40]}" if what == "message" else str(int(digest[:12], 16))

    def thread(self, person: str) -> Thread:
        """By either id, or name. `KeyError` where there is nobody of that name."""
        for thread in self.threads.values():
            if person and person in {thread.user, thread.phone, thread.name}:
                return thread
        raise KeyError(person)

    @property
    def last(self) -> Thread:
        """The last of the people, who blocks the number where somebody is to."""
        return list(self.threads.values())[-1]

    def keep(self, data: bytes, mime: str, name: str, life: timedelta) -> str:
        """Puts a file on the platform's servers and gives its number."""
        number = self.number("file")
        self.files[number] = File(data=data, mime=mime, name=name, until=self.now() + life)
        return number


def _key(seed: int | None, what: str) -> str:
    """Keys of a double are no secrets; they stay the same, so that a connected account survives a restart."""
    return hashlib.sha256(f"whatsapp-double:{seed}:{what}".encode()).hexdigest()[:32]
