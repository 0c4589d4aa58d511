"""What the double knows: one bot, its people and their chats, files, and the time as the platform sees it."""

import hashlib
import random
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from msgspec import Struct, field

from duologue.kernel.clock import Clock

BOT, BOT_NAME, BOT_USERNAME = 7110201543, "Lume Tea", "lume_tea_bot"
OWNER = 5550009001  # of the business account that the bot may answer for
CAST = (
    (5550001001, "Nadia", "Petrova", "nadia"),
    (7200300402, "Leo", "Hartmann", None),
    (5550001003, "Priya", "Raman", "priya_r"),
    (7200300404, "Sofia", "Lindqvist", "sofia"),
)
CONNECTION = "bizconn0001"
LINK_LIFE = timedelta(hours=1)
_FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)


class BotError(Exception):
    """An error as the Bot API words it."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


class Message(Struct, kw_only=True):
    number: int
    by: Literal["person", "brand"]
    text: str
    at: datetime
    body: dict[str, Any] = field(default_factory=dict)  # what stands in it beside number, chat, sender and date
    reactions: list[str] = field(default_factory=list)
    brands: str = ""  # the bot's own reaction
    buttons: list[list[dict[str, Any]]] = field(default_factory=list)
    gone: bool = False


class Chat(Struct, kw_only=True):
    """One person's private chat with the bot, or with the business account (`connection`)."""

    id: int
    first_name: str
    last_name: str
    username: str | None = None
    connection: str | None = None
    messages: list[Message] = field(default_factory=list)
    started: bool = True
    blocked: bool = False
    deactivated: bool = False
    count: int = 0
    typing_until: datetime | None = None

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    def user(self) -> dict[str, Any]:
        told = {"id": self.id, "is_bot": False, "first_name": self.first_name, "last_name": self.last_name}
        return told | ({"username": self.username} if self.username else {}) | {"language_code": "en"}

    def told(self) -> dict[str, Any]:
        told: dict[str, Any] = {"id": self.id, "type": "private", "first_name": self.first_name}
        return told | {"last_name": self.last_name} | ({"username": self.username} if self.username else {})

    def message(self, number: int) -> Message | None:
        return next((one for one in self.messages if one.number == number and not one.gone), None)


class File(Struct, kw_only=True):
    id: str
    data: bytes
    mime: str
    name: str
    path: str = ""
    until: datetime | None = None


class World:
    """All state. The same `seed` gives the same numbers; without one they go on from run to run."""

    def __init__(self, clock: Clock, seed: int | None) -> None:
        self._clock, self._seed = clock, seed
        self._ahead = timedelta(0)
        self._drawn = 0
        self.token = f"{BOT}:AA{_key(seed, 'token')}"
        self.secret = _key(seed, "secret")
        self.revoked = False
        self.files: dict[str, File] = {}
        self.supergroups: dict[int, int] = {}
        first = 1 if seed is not None else int((clock() - _FIRST_DAY).total_seconds()) % 2**30
        self.update = first
        self.chats = {
            one: Chat(id=one, first_name=name, last_name=last, username=username, count=first)
            for one, name, last, username in CAST
        }
        self.business = {
            one: Chat(id=one, first_name=name, last_name=last, username=username, connection=CONNECTION, count=first)
            for one, name, last, username in CAST
        }

    def now(self) -> datetime:
        return self._clock() + self._ahead

    def turn(self, **by: float) -> None:
        """Moves the platform's own clock on by `timedelta(**by)`."""
        self._ahead += timedelta(**by)

    def draw(self, what: str) -> str:
        """A fresh name of this kind: the same ones in the same order for the same seed."""
        self._drawn += 1
        salt = self._seed if self._seed is not None else random.getrandbits(64)
        return hashlib.sha256(f"{salt}:{what}:{self._drawn}".encode()).hexdigest()[:32]

    def chat(self, person: str) -> Chat:
        """By number or by name. `KeyError` where there is nobody of that name."""
        for chat in self.chats.values():
            if person in {str(chat.id), chat.name}:
                return chat
        raise KeyError(person)

    @property
    def last(self) -> Chat:
        """The last of the people, who blocks the bot where somebody is to."""
        return list(self.chats.values())[-1]

    def keep(self, data: bytes, mime: str, name: str) -> File:
        file = File(id="AgAD" + self.draw("file"), data=data, mime=mime, name=name)
        self.files[file.id] = file
        return file

    def open_path(self, file: File) -> str:
        """An address within the file server, which lives for an hour."""
        file.path, file.until = f"documents/{self.draw('path')[:10]}_{file.name}", self.now() + LINK_LIFE
        return file.path


def _key(seed: int | None, what: str) -> str:
    """Keys of a double are no secrets; they stay the same, so that a connected account survives a restart."""
    return hashlib.sha256(f"telegram double:{seed}:{what}".encode()).hexdigest()[:32]
