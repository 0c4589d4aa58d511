"""What every platform must be able to say and do, in the words of the house.

A platform is a folder with a `CHANNEL` of this shape. Everything the rest of the house wants to know about a platform
(windows, limits, what it can draw, how it fails) is data in `Abilities`; nothing outside the folder asks for its name.

Inbound:  request -> `verify` -> Raw (kept as it came) -> `read` -> Events; or `listen`, where a platform is polled.
Outbound: Outgoing -> `send` -> Receipt | TryLater | Refused | Unknown.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, Protocol
from uuid import UUID

from msgspec import Meta, Struct

from duologue.channels.acts import Act as Act
from duologue.channels.content import Blank as Blank
from duologue.channels.content import Content as Content
from duologue.channels.content import Filled as Filled
from duologue.channels.content import Kind as Kind
from duologue.channels.content import Media as Media
from duologue.channels.content import Place as Place
from duologue.channels.content import Template as Template
from duologue.channels.events import Branch as Branch
from duologue.channels.events import Edited as Edited
from duologue.channels.events import Event as Event
from duologue.channels.events import Moved as Moved
from duologue.channels.events import Opted as Opted
from duologue.channels.events import Person as Person
from duologue.channels.events import Progress as Progress
from duologue.channels.events import Reacted as Reacted
from duologue.channels.events import Said as Said
from duologue.channels.events import Sign as Sign
from duologue.channels.events import Trouble as Trouble
from duologue.channels.events import Unreadable as Unreadable
from duologue.channels.events import Unsent as Unsent
from duologue.channels.grant import Grant as Grant
from duologue.channels.grant import Leaving as Leaving
from duologue.channels.grant import NotGranted as NotGranted
from duologue.channels.grant import Returned as Returned
from duologue.channels.onward import Onward as Onward
from duologue.channels.policy import ANSWERS_AT_ANY_TIME, Policy
from duologue.channels.proposal import Proposals
from duologue.kernel.clock import Clock
from duologue.kernel.egress import Egress
from duologue.web.words import SOURCE

# ------------------------------------------------------------------------------------------------------- the door


class Request(Struct, frozen=True, kw_only=True):
    """A call from outside, untouched. Header names are in lower case."""

    method: str
    path: str
    query: bytes
    headers: Mapping[str, str]
    body: bytes
    url: str = ""  # this place as the outside is told to call it, with path and query: some platforms sign that
    at: datetime | None = None  # when it came, for platforms that do not tell


class Reply(Struct, frozen=True, kw_only=True):
    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"


class Raw(Struct, frozen=True, kw_only=True):
    """What arrived, kept as it came until it has been read. `kind` tells `read` what it is, where there are several."""

    body: bytes
    kind: str = ""
    headers: Mapping[str, str] = {}


class Accepted(Struct, frozen=True, kw_only=True):
    """Genuine: `raws` are stored durably before `reply` is given."""

    raws: tuple[Raw, ...]
    reply: Reply = Reply()


# ------------------------------------------------------------------------------------------------- what can go out


class Outgoing(Struct, frozen=True, kw_only=True):
    """A message to send. `id` is ours and goes along wherever the platform will carry it back."""

    id: UUID
    conversation: UUID
    address: str
    content: Content
    attempt: int
    author: str | None = None  # the name of the person who answers
    automated: bool = False  # a program says it
    bulk: bool = False  # and says it to many
    reply_to: str | None = None
    references: tuple[str, ...] = ()  # platform ids of the conversation so far, oldest first
    last_in_at: datetime | None = None
    tapped_at: datetime | None = None  # when the person last did what is no more than a tap
    answers: str | None = None  # platform id of the person's newest message or comment
    answers_comment: bool = False  # it was said in public; this is the private answer to it
    token: str | None = None  # `Content.token` of that message
    quoted_token: str | None = None  # and of the message that `reply_to` names
    stopped: Literal["", "bulk", "all"] = ""  # what the person wants no more
    leave: str | None = None  # for bulk: the address at which the person opts out with one click
    tongue: str = SOURCE  # the language of the house, for what a channel adds in words of its own
    queued_at: datetime


class Receipt(Struct, frozen=True, kw_only=True):
    """The platform has taken it. `id` is the platform's, where it gives one."""

    id: str | None
    also: tuple[str, ...] = ()  # further ids, where one message became several
    aliases: tuple[str, ...] = ()  # further ids under which the platform speaks of whoever it went to
    status: Literal["sent", "delivered"] = "sent"


class TryLater(Struct, frozen=True, kw_only=True):
    """Certainly not sent; worth trying again after so many seconds. `whole_account`: nothing else will pass either."""

    after: float
    reason: str
    whole_account: bool = False


class Refusal(StrEnum):
    """Why a platform will never take a message; each has words of its own on screen."""

    AUTH = "auth"  # the account must be connected again; its outbox waits
    PERMISSION = "permission"
    WINDOW_CLOSED = "window_closed"
    UNREACHABLE = "unreachable"  # blocked us, left, was deactivated
    NO_SUCH_PERSON = "no_such_person"
    MEDIA = "media"
    CONTENT = "content"
    RESTRICTED = "restricted"  # the platform restricts the brand's account
    BAD_REQUEST = "bad_request"


class Refused(Struct, frozen=True, kw_only=True):
    why: Refusal
    reason: str  # in plain words, with the platform's own code
    stopped: Literal["", "bulk", "all"] = ""  # the platform refuses because the person wants no more of this


class Unknown(Struct, frozen=True, kw_only=True):
    """It may have been sent. It is not sent again before `find`, an echo or a person has said that it was not."""

    reason: str


Outcome = Receipt | TryLater | Refused | Unknown


class Found(Struct, frozen=True, kw_only=True):
    """What looking a message up on the platform has shown.

    `id` None with `certain`: it was never sent, or a second copy is recognised; it is sent if its turn has not passed.
    """

    id: str | None
    certain: bool


# ---------------------------------------------------------------------------------------------------- the account


Make = Callable[["Account"], Awaitable[Struct]]
Renew = Callable[["Account", Make], Awaitable[Any]]
"""Settings with a fresh key, made by `make` in one process at a time; where another one was quicker, its settings."""


async def _renew_alone(account: "Account", make: Make) -> Any:
    """Outside of a house nobody else uses the key."""
    return await make(account)


class Account(Struct, frozen=True, kw_only=True):
    """One connected account of a platform, with everything a channel needs to act for it."""

    id: UUID
    workspace: UUID
    name: str
    settings: Any  # an instance of the channel's own `settings` struct
    egress: Egress
    clock: Clock
    public_url: str  # where this installation is reached from outside, without a trailing slash
    renew: "Renew" = _renew_alone


class Limit(Struct, frozen=True, kw_only=True):
    """What the provider lets an account send at most. What is over it waits; a part of it is kept for answers."""

    most: int
    within: timedelta
    source: str = ""


class Spacing(Struct, frozen=True, kw_only=True):
    """How fast one person may be written to: so many messages at once, then one in each such time."""

    burst: int
    each: timedelta
    source: str = ""


class Check(Struct, frozen=True, kw_only=True):
    """One step of the connection, tried for real. `todo` tells the administrator what to do where it failed."""

    name: str
    ok: bool
    words: str
    todo: str | None = None


class Speed(Struct, frozen=True):
    """How fast an account may send: so many a second, and how many may gather."""

    a_second: float
    burst: float


class Abilities(Struct, frozen=True, kw_only=True):
    """What the platform can do, as data. Limits are the platform's own, dated in the folder's README."""

    sends: frozenset[Kind] = frozenset({Kind.TEXT})
    text_limit: int = 4096
    text_unit: Literal["characters", "bytes"] = "characters"
    caption: bool = True  # text and files may stand in one message; else they become several
    files_each: int = 1  # files in one message
    file_limit: int = 25 * 1024 * 1024  # bytes, each
    policy: Policy = ANSWERS_AT_ANY_TIME  # who may write when
    threads: bool = False  # several conversations with one person
    delivered: bool = False
    read: bool = False
    typing_out: bool = False
    takes_links: bool = False  # outbound files go as `Media.url`: a place here that the platform may fetch from
    choices: int = 0  # short answers that may be offered with a message, of at most `choice_limit` characters each
    choice_limit: int = 20
    quotes: bool = False
    edits: frozenset[Kind] = frozenset()  # kinds of messages of ours whose words can be changed (`Channel.edit`)
    edit_within: timedelta | None = None  # after they were sent; None: at any time
    unsends: bool = False  # messages of ours can be taken back (`Channel.unsend`)
    unsend_within: timedelta | None = None
    reactions: tuple[str, ...] = ()  # signs that can be put on a message of the person's (`Channel.react`)
    resend_is_safe: bool = False  # the platform, or the receiver, recognises a second copy by our own id
    carries: bool = False  # writes to any mail address, and so carries on what was begun elsewhere (`Channel.onward`)
    automated_an_hour: int = 0  # answers by programs to one person, where a machine may be at the other end; 0: any
    sends_per_second: float = 10
    burst: int = 20
    spacing: Spacing | None = None  # to one person; what is too soon waits, and nobody else does
    source: str = ""  # where these figures are from, and when


class Line(Struct, frozen=True, kw_only=True):
    """A message as the person at the other end may see it."""

    id: UUID
    seq: int
    by: Literal["person", "brand"]
    author: str | None
    at: datetime
    kind: Kind
    text: str | None
    client_id: str | None  # the platform id that the person's own side gave it
    status: str
    files: tuple["FileLine", ...] = ()
    edited: bool = False
    gone: bool = False  # taken back: there are no words any more
    sign: str = ""  # the brand's reaction to it


class FileLine(Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    mime: str
    size: int
    kind: Kind


class Typing(Struct, frozen=True, kw_only=True):
    author: str | None


class Lobby(Protocol):
    """What the house offers to a channel that is itself the platform (the brand's own chat)."""

    async def account(self, channel: UUID) -> Account | None:
        """The connected account, or None where there is none of this kind or it is switched off."""
        ...

    async def accept(self, account: Account, raws: Sequence[Raw]) -> None:
        """Keeps arrivals; they are durable when this returns."""
        ...

    async def lines(self, account: Account, address: str, *, after: int, most: int = 100) -> list[Line]:
        """What may be shown to the person at this address: the newest `most` lines with `seq > after`, oldest first."""
        ...

    def follow(self, account: Account, address: str) -> AbstractAsyncContextManager[AsyncIterator[Line | Typing]]:
        """Lines of this address as they come or change, and typing, from now on. Subscribe first, then read `lines`."""
        ...

    async def typing(self, account: Account, address: str) -> None:
        """The person is typing; forgotten after a few seconds."""
        ...

    async def file(self, account: Account, address: str, file: UUID) -> tuple[FileLine, bytes] | None:
        """A file of this address's own conversation, or None."""
        ...


# ---------------------------------------------------------------------------------------------------- the channel


Deliver = Callable[[Sequence[Raw], bytes], Awaitable[None]]
"""Keeps arrivals and the new cursor in one transaction; both are durable when it returns."""


class Channel(Struct, frozen=True, kw_only=True):
    """One platform. `settings` is a struct whose fields draw the connect form (see `setting` below)."""

    kind: str  # the folder's name
    title: str
    settings: type[Struct]
    abilities: Abilities
    read: Callable[[Any, Raw], list[Event]]
    send: Callable[[Account, Outgoing], Awaitable[Outcome]]
    missing: Callable[[Any], list[str]]  # names of settings still to be filled before it may be switched on
    verify: Callable[[Any, Request], Accepted | Reply] | None = None
    listen: Callable[[Account, bytes | None, Deliver], Awaitable[None]] | None = None
    check: Callable[[Account], Awaitable[list[Check]]] | None = None
    find: Callable[[Account, Outgoing], Awaitable[Found]] | None = None
    profile: Callable[[Account, str], Awaitable[Person | None]] | None = None
    fetch: Callable[[Account, Media], Awaitable[Media]] | None = None  # raises egress errors; default: GET media.url
    templates: Callable[[Account], Awaitable[list[Template]]] | None = None  # asked of the platform
    proposals: Proposals | None = None  # the brand may have templates of its own approved
    history: Callable[[Account, datetime], AsyncIterator[Raw]] | None = None  # what was said since, as if it came in
    health: Callable[[Account], Awaitable[list[Sign]]] | None = None  # asked every hour, and by the health page
    refresh: Callable[[Account], Awaitable[Struct | None]] | None = None  # new settings where a key was to be renewed
    grant: Grant | None = None  # signing in at the platform in the administrator's browser
    limits: Callable[[Any], tuple[Limit, ...]] | None = None  # of this account, by its settings
    speed: Callable[[Any], Speed] | None = None  # of this account, by its settings, instead of that in `Abilities`
    measure: Callable[[Any, Content], str | None] | None = None  # its price beforehand: "2 segments, about 0.02 USD"
    onward: Callable[[Any], Onward | None] | None = None  # how it goes on when the person has left
    typing: Callable[[Account, str], Awaitable[None]] | None = None
    seen: Callable[[Account, str, str, str | None], Awaitable[None]] | None = None  # address, newest id, its token
    edit: Callable[[Account, Act], Awaitable[Outcome]] | None = None
    unsend: Callable[[Account, Act], Awaitable[Outcome]] | None = None
    react: Callable[[Account, Act], Awaitable[Outcome]] | None = None
    app: Callable[[Lobby], Any] | None = None  # an ASGI application of its own, mounted at /{kind}
    branch: Callable[[str], str] | None = None  # the part of the account that an address belongs to; "" is the account
    own_address: Callable[[Any], str] | None = None  # how the account is called on screen: page name, mail address
    secret: Callable[[], Struct] | None = None  # settings with freshly made keys, for a new account


def setting(
    title: str,
    help: str = "",
    *,
    secret: bool = False,
    example: str = "",
    advanced: bool = False,
    multiline: bool = False,
    account: bool = False,
    only: Mapping[str, Sequence[str]] = {},
    titles: Mapping[str, str] = {},
    takes: Sequence[str] = (),
) -> Meta:
    """What the connect form says about a field: `token: Annotated[str, setting("Page token", secret=True)] = ""`.

    `only`: shown where another field, a choice, has one of these values. `titles`: of a choice's values, on screen.
    `takes`: what is sent to the place that this field names; another place is given none of it unasked.
    """
    extra = {"secret": secret, "example": example, "advanced": advanced, "multiline": multiline, "account": account}
    extra |= {"only": only, "titles": titles, "takes": takes}
    return Meta(title=title, description=help, extra=extra)


def kept() -> Meta:
    """A field that the program fills in by itself: no form draws it, no program may set it, a change keeps it."""
    return Meta(extra={"kept": True})
