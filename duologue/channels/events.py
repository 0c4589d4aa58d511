"""What can come in from a platform, in the words of the house. All of it is a claim of the platform's."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from duologue.channels.content import Content


class Person(Struct, frozen=True, kw_only=True):
    """What the platform tells about the person behind an address. All of it is a claim unless `verified`.

    `typed` names what the person entered themselves ("email", "phone"), which may be anybody's: never verified.
    """

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    locale: str | None = None
    picture_url: str | None = None
    verified: bool = False
    typed: tuple[str, ...] = ()


class Said(Struct, frozen=True, kw_only=True, tag=True):
    """A message: by the person, or (`by="brand"`) one of ours that the platform reports back."""

    id: str  # the platform's id, unique within the account
    address: str  # the person's id on this account, also when the brand spoke
    aliases: tuple[str, ...] = ()  # further ids under which the platform speaks of the same address
    at: datetime  # when the platform says it happened
    content: Content
    by: Literal["person", "brand"] = "person"
    person: Person = Person()
    reply_to: str | None = None  # platform id of the message it quotes
    correlation: UUID | None = None  # our own message id, where the platform hands it back
    conversation: UUID | None = None  # proven by a signed token that only we can have made
    references: tuple[str, ...] = ()  # platform ids of earlier messages, nearest first; for channels with threads
    automatic: bool = False  # sent by a machine: reopens nothing, is answered by no machine
    opens: Literal["", "tap", "nothing"] = ""  # what the platform lets one answer: as said, as little as a tap, nothing
    warning: str | None = None  # shown above the message: "the sender could not be verified"


class Edited(Struct, frozen=True, kw_only=True, tag=True):
    id: str
    address: str
    at: datetime
    text: str


class Unsent(Struct, frozen=True, kw_only=True, tag=True):
    """The person took the message back; the stored copy goes."""

    id: str
    address: str
    at: datetime


class Reacted(Struct, frozen=True, kw_only=True, tag=True):
    """`emoji` is None where the reaction was taken away."""

    id: str  # of the message reacted to
    address: str
    at: datetime
    emoji: str | None
    by: Literal["person", "brand"] = "person"


class Progress(Struct, frozen=True, kw_only=True, tag=True):
    """How far messages of ours have come: those named in `ids`, and all sent to `address` at or before `until`."""

    status: Literal["sent", "delivered", "read", "failed"]
    at: datetime
    address: str | None = None
    ids: tuple[str, ...] = ()
    until: datetime | None = None
    correlation: UUID | None = None
    aliases: tuple[str, ...] = ()  # further ids under which the platform speaks of whoever they went to
    reason: str | None = None
    facts: Mapping[str, str] = {}  # small named facts: what it cost, of which sort it was


class Opted(Struct, frozen=True, kw_only=True, tag=True):
    """The person, or the platform for them, said stop or go on. "bulk": no campaigns; "all": nothing at all."""

    address: str
    at: datetime
    stopped: bool
    scope: Literal["bulk", "all"]
    via: Literal["person", "platform"] = "person"
    word: str | None = None  # what the person wrote or tapped
    correlation: UUID | None = None  # our id of a message, proven: meant is whoever that was sent to


class Moved(Struct, frozen=True, kw_only=True, tag=True):
    """The person has a new address. What was said at the old one stays there; nothing is sent to it any more."""

    address: str
    to: str
    at: datetime


class Sign(Struct, frozen=True, kw_only=True, tag=True):
    """How the account is, as the platform tells or as was looked up: "Token", "Quality", "Quota left"."""

    name: str
    words: str
    level: Literal["good", "warn", "bad"] = "good"
    until: datetime | None = None  # when it ends: a token, a restriction
    about: Literal["account", "template"] = "account"  # "template": what is known of the templates is no longer true


class Branch(Struct, frozen=True, kw_only=True, tag=True):
    """A part of the account, of which others decide, may be answered in from now on, or no longer."""

    name: str  # as `Channel.branch` tells it of an address
    at: datetime
    open: bool


class Trouble(Struct, frozen=True, kw_only=True, tag=True):
    """The platform reports a problem with the account itself."""

    reason: str


class Unreadable(Struct, frozen=True, kw_only=True, tag=True):
    """An item that cannot be understood: kept with its reason, its neighbours go through."""

    reason: str
    item: bytes


Event = Said | Edited | Unsent | Reacted | Progress | Opted | Moved | Sign | Branch | Trouble | Unreadable
