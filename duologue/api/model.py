"""What programs are given: one struct for every thing, and the page that lists things. None of them holds a secret."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar
from uuid import UUID

from msgspec import Meta, Struct

from duologue.channels.contract import Check, Kind, Place
from duologue.consent.verdict import Verdict
from duologue.conversations.model import Author, Change, Reaction, State, Status

T = TypeVar("T")
Moment = Annotated[datetime, Meta(tz=True)]


class Output(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every field is always there; what is not known is null."""


class Input(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A field that is not known is refused, so that a misspelt one is not lost in silence."""


class Page(Output, Generic[T], frozen=True, kw_only=True):
    """`next` is the cursor of the next page, null on the last one."""

    items: list[T]
    next: str | None


class Channel(Output, frozen=True, kw_only=True):
    """A connected account of a platform."""

    id: UUID
    kind: str
    title: str  # what the kind is called
    name: str
    address: str  # how the platform calls the account: page name, mail address
    state: Literal["on", "paused", "trouble", "incomplete"]
    trouble: str | None
    missing: list[str]  # settings still to be filled in
    webhook_url: str | None  # where the platform is to send its news, if it does that
    last_in_at: Moment | None
    last_out_at: Moment | None


class Checked(Output, frozen=True, kw_only=True):
    """How a connection was tried for real, step by step."""

    ok: bool
    checks: list[Check]


class Address(Output, frozen=True, kw_only=True):
    """Where a contact writes from."""

    id: UUID
    channel_id: UUID
    channel_kind: str
    channel_name: str
    external: str  # the person's id on that account


class Contact(Output, frozen=True, kw_only=True):
    """A person. Somebody forgotten has neither name nor addresses."""

    id: UUID
    name: str | None
    email: str | None
    phone: str | None
    unverified: list[str]  # which of email and phone they entered themselves: it may be anybody's
    locale: str | None
    created_at: Moment
    addresses: list[Address]


class Named(Output, frozen=True, kw_only=True):
    """Who or what something belongs to."""

    id: UUID
    name: str


class ChannelName(Output, frozen=True, kw_only=True):
    id: UUID
    kind: str
    name: str


class By(Output, frozen=True, kw_only=True):
    """Who wrote a message: the contact, a member of the team, an automation, or somebody in the platform's own app."""

    kind: Author
    id: UUID | None  # of the member
    name: str | None


class File(Output, frozen=True, kw_only=True):
    """A file of a message; its bytes are at `url`, once its state is stored. A picture has a small copy as well."""

    id: UUID
    name: str
    mime: str
    size: int  # bytes
    kind: Kind
    state: Literal["stored", "pending", "failed"]
    reason: str | None
    url: str
    width: int | None  # of a picture, in pixels
    height: int | None
    small_url: str | None


class Message(Output, frozen=True, kw_only=True):
    """One message. `status` of an inbound one is always received."""

    id: UUID
    conversation_id: UUID
    seq: int  # counts up within the conversation
    direction: Literal["in", "out"]
    kind: Kind
    text: str | None
    status: Status
    reason: str | None  # why it failed, waits, or is not known to have arrived
    external_id: str | None  # the platform's id
    provider_time: Moment  # when it happened, as the platform says
    received_time: Moment  # when it came in here, or was written here
    author: By
    subject: str | None
    quoted: str | None  # earlier correspondence repeated below the text
    has_html: bool
    files: list[File]
    reactions: list[Reaction]
    reply_to: UUID | None
    place: Place | None
    link: str | None
    payload: str | None  # the developer's word behind a tapped button
    raw_kind: str | None  # the platform's own name for what it is
    facts: Mapping[str, str]
    warning: str | None  # to be shown above it: "the sender could not be verified"
    automatic: bool  # sent by a machine
    unsent_at: Moment | None  # when its author took it back
    edited: list[str]  # what it said before, oldest first
    can: list[str]  # what can be done to it now: edit, unsend, react
    signs: list[str]  # with which one can react to messages on this platform
    changes: list[Change]  # what is being done to it, or did not go well
    delivery: Mapping[str, str]  # small facts that the platform told about its delivery


class Said(Message, frozen=True, kw_only=True):
    """The message that was queued; `more`: the ids of those after it, where text and files must go one by one."""

    more: list[UUID]


class Conversation(Output, frozen=True, kw_only=True):
    """The talk with one person at one address of theirs."""

    id: UUID
    contact: Named
    channel: ChannelName
    address: str
    state: State
    snoozed_until: Moment | None
    assignee: Named | None
    unread: int
    last_at: Moment
    window_closes_at: Moment | None  # until then the platform lets anybody answer
    last_message: Message | None


class Verdicts(Output, frozen=True, kw_only=True):
    """May a message leave now, and why: written by a member of the team, and by a program."""

    member: Verdict
    program: Verdict


class Talk(Conversation, frozen=True, kw_only=True):
    """A conversation with what may be sent to it now."""

    verdict: Verdicts


class Key(Output, frozen=True, kw_only=True):
    """A program's key; `prefix` is how it begins."""

    id: UUID
    name: str
    prefix: str
    created_at: Moment
    last_used_at: Moment | None


class NewKey(Key, frozen=True, kw_only=True):
    """`key` is the whole key. It is shown this once and never again."""

    key: str
