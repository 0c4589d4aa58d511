"""What the double knows: one Official Account, its friends and their phones, tokens, keys, and the month's quota."""

import hashlib
import hmac
import os
from datetime import datetime, timedelta
from typing import Any, Literal

from msgspec import Struct, field

from duologue.channels.line.simulate.cards import titles
from duologue.kernel.clock import Clock

BOT, NAME, BASIC_ID, CHANNEL_ID = "U" + "b07" + "0" * 29, "Lume", "@lume", "1657000001"
CAST = ("Haruka Sato", "Niran Suksai", "Mei-Ling Chen", "Kenji Mori")
REPLY_LIFE, KEY_LIFE = timedelta(seconds=60), timedelta(hours=24)


class Message(Struct, kw_only=True):
    id: str
    by: Literal["person", "brand"]
    text: str
    at: datetime
    author: str | None = None
    quotes: str | None = None  # the message that it answers
    seen: bool = False
    gone: bool = False


class File(Struct, kw_only=True):
    data: bytes
    mime: str
    state: Literal["succeeded", "processing", "failed"] = "succeeded"


class Friend(Struct, kw_only=True):
    """One person's chat with the account."""

    id: str
    name: str
    language: str = "ja"
    messages: list[Message] = field(default_factory=list)
    blocked: bool = False
    loading_until: datetime | None = None


class Reply(Struct, kw_only=True):
    """A reply token: whose, since when, and whether it was used."""

    person: str
    at: datetime
    used: bool = False


class Accepted(Struct, frozen=True, kw_only=True):
    """What was taken under a retry key."""

    at: datetime
    request: str
    sent: list[dict[str, str]]


class World:
    """All state. The same `seed` gives the same keys; ids of messages differ from run to run unless it is given."""

    def __init__(self, clock: Clock, seed: int | None) -> None:
        self._clock, self._ahead, self._count = clock, timedelta(0), 0
        self._salt = f"{seed}" if seed is not None else os.urandom(6).hex()
        self.token, self.secret = _key(seed, "token"), _key(seed, "secret")
        self.revoked = False
        self.active, self.endpoint = True, ""
        self.quota: int | None = 500
        self.used = 0
        self.standby = False
        self.files: dict[str, File] = {}
        self.replies: dict[str, Reply] = {}
        self.reads: dict[str, str] = {}  # mark-as-read tokens: of whom
        self.quotes: dict[str, str] = {}  # quote tokens: of which message
        self.keys: dict[str, Accepted] = {}
        self.issued: dict[str, datetime] = {}  # tokens given for the channel's id and secret: until when
        made = [Friend(id="U" + _key(None, name), name=name) for name in CAST]
        self.friends = {one.id: one for one in made}

    def now(self) -> datetime:
        return self._clock() + self._ahead

    def turn(self, **by: float) -> None:
        """Moves the platform's own clock on by `timedelta(**by)`."""
        self._ahead += timedelta(**by)

    def number(self) -> str:
        """A fresh id of a message: the same ones in the same order for the same seed."""
        return str(10**17 + int(self._fresh("message")[:12], 16))

    def word(self, what: str) -> str:
        """A fresh token, or the id of an event or request."""
        return self._fresh(what)[:32]

    def friend(self, person: str) -> Friend:
        """By id or by name. `KeyError` where there is nobody of that name."""
        if person in self.friends:
            return self.friends[person]
        for friend in self.friends.values():
            if friend.name == person:
                return friend
        raise KeyError(person)

    @property
    def last(self) -> Friend:
        """The last of the people, who blocks the account where somebody is to."""
        return list(self.friends.values())[-1]

    def knows(self, token: str) -> bool:
        """Whether it opens the account now."""
        if token in self.issued:
            return self.now() < self.issued[token]
        return not self.revoked and hmac.compare_digest(token.encode(), self.token.encode())

    def reply_token(self, person: str) -> str:
        token = self.word("reply")
        self.replies[token] = Reply(person=person, at=self.now())
        return token

    def read_token(self, person: str) -> str:
        token = self.word("read")
        self.reads[token] = person
        return token

    def accepted(self, key: str) -> Accepted | None:
        found = self.keys.get(key)
        return found if found and self.now() - found.at < KEY_LIFE else None

    def show(self, friend: Friend, messages: list[dict[str, Any]]) -> list[dict[str, str]]:
        """The account has spoken: what is sent to somebody who has blocked it is lost, and nobody is told."""
        sent = []
        for one in messages:
            said = Message(id=self.number(), by="brand", text=_shown(one), at=self.now())
            said.author = (one.get("sender") or {}).get("name")
            said.quotes = self.quotes.get(one.get("quoteToken", ""))
            token = self.word("quote")
            self.quotes[token] = said.id
            sent.append({"id": said.id, "quoteToken": token})
            if not friend.blocked:
                friend.messages.append(said)
        friend.loading_until = None
        return sent

    def _fresh(self, what: str) -> str:
        self._count += 1
        return hashlib.sha256(f"{self._salt}:{what}:{self._count}".encode()).hexdigest()


def _shown(message: dict[str, Any]) -> str:
    if message["type"] in {"text", "textV2"}:
        return str(message["text"])
    if message["type"] in {"template", "flex", "imagemap"}:
        return "\n".join([message["altText"], *(f"▸ {title}" for title in titles(message))])
    return f"📎 {message.get('originalContentUrl') or message.get('title') or message['type']}"


def _key(seed: int | None, what: str) -> str:
    """Keys of a double are no secrets; they stay the same, so that a connected account survives a restart."""
    return hashlib.sha256(f"double:{seed}:{what}".encode()).hexdigest()[:32]
