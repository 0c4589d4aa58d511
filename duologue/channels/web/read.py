"""From what the chat's server wrote down to events."""

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Literal

import msgspec

from duologue.channels.contract import Content, Event, Kind, Media, Person, Progress, Raw, Said, Unreadable
from duologue.channels.web.settings import Settings
from duologue.channels.web.wire import MESSAGE, RECEIPT, Ticked, Written, WrittenFile

_written = msgspec.json.Decoder(Written)
_ticked = msgspec.json.Decoder(Ticked)


def read(settings: Settings, raw: Raw) -> list[Event]:
    """The events of one arrival; what cannot be understood comes back as `Unreadable` with the reason."""
    try:
        if raw.kind == MESSAGE:
            return [_said(settings, _written.decode(raw.body))]
        if raw.kind == RECEIPT:
            return _progress(_ticked.decode(raw.body))
    except msgspec.DecodeError as error:
        return [Unreadable(reason=f"This {raw.kind} is not as the chat's server writes it: {error}", item=raw.body)]
    return [Unreadable(reason=f"The chat knows no arrival of the kind {raw.kind[:40]!r}", item=raw.body)]


def external_id(settings: Settings, address: str, id: object) -> str:
    """Visitors choose the ids of their messages, so an id counts only together with its visitor.

    Ids stand in the clear in the database, and the address may be a customer's number of the shop's: it is hidden.
    """
    whose = hmac.new(settings.session_key.encode(), b"visitor of an id|" + address.encode(), hashlib.sha256)
    return f"{whose.hexdigest()[:32]}/{id}"


def _said(settings: Settings, written: Written) -> Said:
    media = tuple(_media(file) for file in written.files)
    return Said(
        id=external_id(settings, written.address, written.id),
        address=written.address,
        at=_utc(written.at),
        content=Content(
            kind=media[0].kind if media else Kind.TEXT,
            text=written.text or None,
            media=media,
            facts=_facts(written),
        ),
        person=Person(
            name=written.name,
            email=written.email,
            phone=written.phone,
            locale=written.locale,
            verified=written.verified,
            typed=written.typed,
        ),
    )


def _facts(written: Written) -> dict[str, str]:
    page = {"page": written.page} if written.page else {}
    return page | ({written.question: written.answer} if written.question and written.answer else {})


def _media(file: WrittenFile) -> Media:
    return Media(kind=_kind(file.mime), name=file.name, mime=file.mime, data=file.data)


def _kind(mime: str) -> Literal[Kind.IMAGE, Kind.VIDEO, Kind.AUDIO, Kind.FILE]:
    """SVG is a document that can run scripts, not a picture."""
    family = mime.partition("/")[0]
    if family == "image" and not mime.startswith("image/svg"):
        return Kind.IMAGE
    if family == "video":
        return Kind.VIDEO
    return Kind.AUDIO if family == "audio" else Kind.FILE


def _progress(ticked: Ticked) -> list[Event]:
    """One event an answer: each is found by its id, or by our own where the outcome is not recorded yet."""
    return [
        Progress(
            status=ticked.status, at=_utc(ticked.at), address=ticked.address, ids=(str(answer),), correlation=answer
        )
        for answer in ticked.ids
    ]


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
