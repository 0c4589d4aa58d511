"""A platform that nobody has heard of: it tells of messages as JSON lines, and answers sends as ANSWERS says."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from inspect import isawaitable
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from duologue.channels.contract import (
    Abilities,
    Accepted,
    Account,
    Act,
    Channel,
    Content,
    Event,
    Found,
    Kind,
    Moved,
    Opted,
    Outcome,
    Outgoing,
    Person,
    Raw,
    Receipt,
    Reply,
    Request,
    Said,
    Sign,
    Unreadable,
    setting,
)
from duologue.channels.policy import windows


class Settings(Struct, frozen=True, kw_only=True):
    word: Annotated[str, setting("Password", secret=True)] = ""
    perch: Annotated[str, setting("Perch")] = "window"


class Squawk(Struct, frozen=True, kw_only=True):
    """One line of a webhook."""

    id: str
    who: str
    text: str | None = None
    at: datetime
    name: str | None = None
    ours: bool = False
    correlation: UUID | None = None
    reply_to: str | None = None
    also: tuple[str, ...] = ()
    public: bool = False
    token: str | None = None
    stop: Literal["bulk", "all"] | None = None  # who is it that wants no more
    again: bool = False  # and wants it again
    to: str | None = None  # has flown to another address
    mood: str | None = None  # of the account
    opens: Literal["", "tap", "nothing"] = ""


SENT: list[Outgoing] = []
BY: list[UUID] = []
"""From which account each was sent."""
ANSWERS: list[Outcome | Callable[[Outgoing], Outcome]] = []
"""What the next sends come to, in order; a receipt when it is empty."""
ACTS: list[Act] = []
ACT_ANSWERS: list[Outcome | Callable[[Act], Awaitable[Outcome]]] = []
FOUND: list[Found | Callable[[Outgoing], Found]] = []
HISTORY: list[bytes] = []
"""What the platform remembers: bodies as its webhooks had them."""
SIGNS: list[Sign] = []
FRESH: list[str] = []
"""New passwords that are to be had."""


def verify(settings: Settings, request: Request) -> Accepted | Reply:
    if not settings.word or request.headers.get("x-word") != settings.word:
        return Reply(status=401, body=b"wrong word")
    return Accepted(raws=(Raw(body=request.body),))


def read(settings: Settings, raw: Raw) -> list[Event]:
    if raw.body == b"poison":
        raise ValueError("poison")
    return [_event(line) for line in raw.body.splitlines() if line.strip()]


def _event(line: bytes) -> Event:
    try:
        squawk = msgspec.json.decode(line, type=Squawk)
    except msgspec.DecodeError as error:
        return Unreadable(reason=str(error), item=line)
    return _news(squawk) or Said(
        id=squawk.id,
        address=squawk.who,
        aliases=squawk.also,
        at=squawk.at,
        content=Content(kind=Kind.COMMENT if squawk.public else Kind.TEXT, text=squawk.text, token=squawk.token),
        by="brand" if squawk.ours else "person",
        person=Person(name=squawk.name),
        correlation=squawk.correlation,
        reply_to=squawk.reply_to,
        opens=squawk.opens,
    )


def _news(squawk: Squawk) -> Event | None:
    """What is told of a person or of the account, where it is not something said."""
    if squawk.stop:
        return Opted(
            address=squawk.who, at=squawk.at, stopped=not squawk.again, scope=squawk.stop, word=squawk.text or None
        )
    if squawk.to:
        return Moved(address=squawk.who, to=squawk.to, at=squawk.at)
    return Sign(name="Mood", words=squawk.mood, level="warn") if squawk.mood else None


async def send(account: Account, outgoing: Outgoing) -> Outcome:
    SENT.append(outgoing)
    BY.append(account.id)
    answer = ANSWERS.pop(0) if ANSWERS else Receipt(id=f"parrot-{outgoing.id}")
    found = answer(outgoing) if callable(answer) else answer
    return await found if isawaitable(found) else found


async def act(account: Account, act: Act) -> Outcome:
    ACTS.append(act)
    answer = ACT_ANSWERS.pop(0) if ACT_ANSWERS else Receipt(id=None)
    return await answer(act) if callable(answer) else answer


async def find(account: Account, outgoing: Outgoing) -> Found:
    answer = FOUND.pop(0) if FOUND else Found(id=None, certain=False)
    return answer(outgoing) if callable(answer) else answer


async def history(account: Account, since: datetime) -> AsyncIterator[Raw]:
    for body in HISTORY:
        yield Raw(body=body)


async def health(account: Account) -> list[Sign]:
    return list(SIGNS)


async def refresh(account: Account) -> Settings | None:
    return msgspec.structs.replace(account.settings, word=FRESH.pop(0)) if FRESH else None


CHANNEL = Channel(
    kind="parrot",
    title="Parrot",
    settings=Settings,
    abilities=Abilities(
        sends=frozenset({Kind.TEXT, Kind.IMAGE, Kind.FILE}),
        text_limit=200,
        takes_links=True,
        policy=windows(timedelta(hours=24), timedelta(days=7), source="Parrots' word"),
        edits=frozenset({Kind.TEXT}),
        edit_within=timedelta(hours=1),
        unsends=True,
        unsend_within=timedelta(hours=2),
        reactions=("👍", "🦜"),
        delivered=True,
        read=True,
        sends_per_second=1000,
        burst=1000,
        source="The parrot, 2026-11-24",
    ),
    verify=verify,
    read=read,
    send=send,
    edit=act,
    unsend=act,
    react=act,
    find=find,
    history=history,
    health=health,
    refresh=refresh,
    missing=lambda settings: [] if settings.word else ["word"],
    secret=lambda: Settings(word="hello"),
    own_address=lambda settings: settings.perch,
)
