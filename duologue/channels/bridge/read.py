"""What a bridge told becomes events of the house."""

import json
import re
from typing import Any

import msgspec

from duologue.channels.bridge import protocol
from duologue.channels.content import Content, Kind, Media, Place
from duologue.channels.contract import Event, Person, Raw, Unreadable
from duologue.channels.events import Edited, Moved, Opted, Progress, Reacted, Said, Sign, Trouble, Unsent

_decode = msgspec.json.Decoder(protocol.Told).decode
_batch = msgspec.json.Decoder(protocol.Batch).decode


def read(settings: Any, raw: Raw) -> list[Event]:
    """Every event in the order told. Never raises."""
    try:
        items = [bytes(one) for one in _batch(raw.body).events]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        loose = _loosely(raw.body)
        if loose is None:
            return [Unreadable(reason=f"This is not a batch of events: {str(error)[:300]}", item=raw.body)]
        items = loose
    return [_event(one) for one in items]


def _loosely(body: bytes) -> list[bytes] | None:
    """The items of a batch with one in it that is no JSON by the letter (NaN, half a sign): the others are taken."""
    try:
        told = json.loads(body)
        events = told["events"] if isinstance(told, dict) and set(told) == {"events"} else None
        return [json.dumps(one).encode() for one in events] if isinstance(events, list) else None
    except (ValueError, RecursionError):
        return None


_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # written out, as JSON has to


def _event(item: bytes) -> Event:
    if _NUL.search(item):
        return Unreadable(reason="This event has a sign in it that no text has (NUL).", item=item)
    try:
        told = _decode(item)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        return Unreadable(reason=f"This event is not as the protocol has it: {str(error)[:300]}", item=item)
    if isinstance(told, protocol.Message):
        return _said(told)
    return _news(told)


def _said(told: protocol.Message) -> Said:
    content = Content(
        kind=told.kind or _kind(told), text=told.text, subject=told.subject, link=told.link, payload=told.payload,
        raw_kind=told.raw_kind, facts=dict(told.facts),
        place=Place(latitude=told.place.latitude, longitude=told.place.longitude, label=told.place.label)
        if told.place else None,
        media=tuple(Media(kind=Kind(one.kind), name=one.name, mime=one.mime, url=one.url) for one in told.files),
    )  # fmt: skip
    who = Person(
        name=told.person.name, email=told.person.email, phone=told.person.phone, locale=told.person.locale,
        picture_url=told.person.picture,
    )  # fmt: skip
    return Said(
        id=told.id, address=told.address, aliases=told.aliases, at=told.at, content=content, by=told.by, person=who,
        reply_to=told.reply_to, correlation=told.correlation, automatic=told.automatic,
    )  # fmt: skip


def _kind(told: protocol.Message) -> Kind:
    if told.files:
        return Kind(told.files[0].kind)
    if told.place:
        return Kind.LOCATION
    return Kind.LINK if told.link and not told.text else Kind.TEXT


def _news(told: Any) -> Event:
    match told:
        case protocol.Edit():
            return Edited(id=told.id, address=told.address, at=told.at, text=told.text)
        case protocol.Unsend():
            return Unsent(id=told.id, address=told.address, at=told.at)
        case protocol.Reaction():
            return Reacted(id=told.id, address=told.address, at=told.at, emoji=told.emoji, by=told.by)
        case protocol.Status():
            return Progress(
                status=told.status, at=told.at, ids=told.ids, address=told.address, until=told.until,
                correlation=told.correlation, reason=told.reason, facts=dict(told.facts),
            )  # fmt: skip
        case protocol.Opt():
            return Opted(address=told.address, at=told.at, stopped=told.stopped, scope=told.scope, word=told.word)
        case protocol.Move():
            return Moved(address=told.address, to=told.to, at=told.at)
        case protocol.Health():
            return Sign(name=told.name, words=told.words, level=told.level, until=told.until)
        case _:
            return Trouble(reason=told.reason)
