"""What a conversation is: its states, how a message's status may move, and what a screen shows of both."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Literal, Self
from uuid import UUID

from msgspec import Struct

from duologue.channels.contract import Abilities, Kind, Place
from duologue.consent.verdict import Verdict


class State(StrEnum):
    OPEN = "open"
    SNOOZED = "snoozed"
    CLOSED = "closed"


class Status(StrEnum):
    """Of a message of ours. RECEIVED is the only one of the person's."""

    RECEIVED = "received"
    HELD = "held"  # written, still within its undo time
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


RANK: Mapping[Status, int] = {
    Status.HELD: 0,
    Status.QUEUED: 1,
    Status.SENDING: 2,
    Status.UNKNOWN: 3,
    Status.FAILED: 4,
    Status.SENT: 5,
    Status.DELIVERED: 6,
    Status.READ: 7,
}
"""A status reported from outside is taken only where its rank is higher: late news never takes a message back."""


class Lane(StrEnum):
    """Who is waiting: a person's reply goes before an automated answer, and that before bulk."""

    REPLY = "reply"
    AUTOMATED = "automated"
    BULK = "bulk"


class Author(StrEnum):
    CONTACT = "contact"
    MEMBER = "member"
    AUTOMATION = "automation"
    PLATFORM = "platform"  # sent from the platform's own app, reported back to us


# ------------------------------------------------------------------------------------------------ what screens show


class FileView(Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    mime: str
    size: int  # bytes
    kind: Kind
    state: Literal["stored", "pending", "failed"]
    reason: str | None = None
    width: int | None = None  # of a picture, in pixels; it has a small copy then
    height: int | None = None

    def within(self, longest: int) -> tuple[int, int]:
        """How large the picture is drawn where no side may be longer; of no known size, nothing."""
        if not self.width or not self.height:
            return 0, 0
        scale = min(1.0, longest / max(self.width, self.height))
        return max(1, round(self.width * scale)), max(1, round(self.height * scale))


class Reaction(Struct, frozen=True):
    emoji: str
    by: Literal["person", "brand"]


class Change(Struct, frozen=True, kw_only=True):
    """Something that is being done to a message after it was sent, or did not go well."""

    kind: Literal["edit", "unsend", "react"]
    status: Literal["queued", "sending", "failed", "unknown"]
    words: str | None  # what it is to say, or the sign
    reason: str | None
    by: str | None  # the member who wants it
    due_at: datetime


class Quote(Struct, frozen=True, kw_only=True):
    id: UUID
    who: str
    text: str  # empty where it has none: then its kind is said
    kind: Kind = Kind.TEXT


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Spot(Struct, frozen=True, order=True):
    """Where a message stands in its conversation: by its time, and of the same moment by which came first."""

    us: int  # microseconds since 1970, which a browser counts exactly
    seq: int

    @classmethod
    def of(cls, at: datetime, seq: int) -> Self:
        return cls((at - _EPOCH) // timedelta(microseconds=1), seq)

    @classmethod
    def parse(cls, text: str) -> Self:
        """From its text; `ValueError` where it is none."""
        us, _, seq = text.partition("-")
        if not (us.isascii() and us.isdigit() and seq.isascii() and seq.isdigit() and len(us) < 17 and len(seq) < 11):
            raise ValueError("not a spot")
        return cls(int(us), min(int(seq), 2**31 - 1))

    def __str__(self) -> str:
        return f"{self.us}-{self.seq}"

    @property
    def at(self) -> datetime:
        return _EPOCH + timedelta(microseconds=self.us)


class Bubble(Struct, frozen=True, kw_only=True):
    """A message as the team sees it. `html` is a stranger's mark-up: never written into a page, only into its frame."""

    id: UUID
    conversation_id: UUID
    seq: int
    spot: Spot
    direction: Literal["in", "out"]
    author: Author
    author_id: UUID | None
    author_name: str | None
    kind: Kind
    text: str | None
    has_html: bool
    quoted: str | None
    subject: str | None
    place: Place | None
    link: str | None
    payload: str | None
    raw_kind: str | None
    facts: Mapping[str, str]
    files: tuple[FileView, ...]
    reactions: tuple[Reaction, ...]
    reply_to: Quote | None
    provider_time: datetime
    received_time: datetime
    status: Status
    reason: str | None
    edited: tuple[str, ...]  # earlier texts, oldest first
    unsent_at: datetime | None
    warning: str | None
    automatic: bool
    client_key: UUID | None
    due_at: datetime | None  # for HELD: when it leaves
    external_id: str | None
    choices: tuple[str, ...] = ()  # short answers that were offered with it
    can: frozenset[str] = frozenset()  # what can be done to it now: "edit", "unsend", "react"
    signs: tuple[str, ...] = ()  # with which one can react
    changes: tuple[Change, ...] = ()  # what is under way, or did not go well
    told: Mapping[str, str] = {}  # small facts that the platform told about its delivery


class Row(Struct, frozen=True, kw_only=True):
    """A conversation as one glance in the list."""

    id: UUID
    contact_id: UUID
    contact_name: str
    channel_id: UUID
    channel_kind: str
    channel_name: str
    state: State
    assignee_id: UUID | None
    assignee_name: str | None
    unread: int
    last_at: datetime
    last_direction: Literal["in", "out"] | None
    last_text: str | None
    last_kind: Kind | None
    last_status: Status | None
    window_closes_at: datetime | None
    snoozed_until: datetime | None
    stopped: Literal["", "bulk", "all"] = ""  # what the person wants no more


class ContactView(Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    email: str | None
    phone: str | None
    typed: tuple[str, ...] = ()  # which of both they entered themselves, so that nobody has proven them
    locale: str | None
    since: datetime
    addresses: tuple["AddressView", ...]
    others: tuple[Row, ...]  # other conversations with the same person, newest first


class AddressView(Struct, frozen=True, kw_only=True):
    id: UUID
    channel_kind: str
    channel_name: str
    external: str
    name: str | None


class Talk(Struct, frozen=True, kw_only=True):
    """A conversation as the middle pane shows it."""

    row: Row
    address: str  # the delivery address, as shown to the agent
    abilities: Abilities
    verdict: Verdict
    bubbles: tuple[Bubble, ...]  # oldest first
    earlier: str | None  # cursor of the page before, where there is one
    draft: str
    templates: bool  # whether the platform has messages that were approved beforehand
    measures: bool = False  # whether it can be told beforehand what a message comes to
    position: str  # the journal position this was read at
