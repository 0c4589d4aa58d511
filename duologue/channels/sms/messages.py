"""What people write, as Twilio's parameters tell it: text, files, and what its other messengers bring along."""

import base64
import binascii
import re
from datetime import datetime

from duologue.channels.contract import Content, Event, Kind, Media, Person, Place, Said
from duologue.channels.shared.strict import Object, Odd, address, fact, facts, message_id, words
from duologue.channels.sms.keywords import keyword, wish
from duologue.channels.sms.settings import Settings, is_service

MOST_FILES = 10
_PARTY = re.compile(r"(?:[a-z]{2,12}:)?[+A-Za-z0-9._-]{1,64}")
_NUMBER = re.compile(r"\+[0-9]{5,15}")
_SHORT_OF_BASE64 = 60
_CARDS = {"text/vcard", "text/x-vcard", "text/directory"}
_KINDS = {"image": Kind.IMAGE, "video": Kind.VIDEO, "audio": Kind.AUDIO}


def message(settings: Settings, params: Object, at: datetime) -> list[Event]:
    """The message, and what it says about being written to. Raises `Odd`."""
    who = party(params, "From")
    if "CallSid" in params and "MessageSid" not in params:
        return [_call(params, who, at)]
    said = Said(
        id=sid(params),
        address=who,
        at=at,
        content=content(settings, params),
        person=Person(name=fact(params, "ProfileName", 200), phone=_number(who)),
        reply_to=message_id(params, "OriginalRepliedMessageSid"),
        warning=_elsewhere(settings, params),
    )
    wanted = wish(settings, params, who, at)
    return [said, wanted] if wanted else [said]


def _call(params: Object, who: str, at: datetime) -> Said:
    """The number's voice address leads here too: that somebody has called is told."""
    called = message_id(params, "CallSid")
    if called is None:
        raise Odd("there is no CallSid")
    about = Content(kind=Kind.CALL, text="Called", facts=facts(params, {"CallStatus": "status"}))
    return Said(id=called, address=who, at=at, content=about, person=Person(phone=_number(who)))


def sid(params: Object) -> str:
    """The message's id: the same under three names, of which old callbacks bear not all."""
    for name in ("MessageSid", "SmsMessageSid", "SmsSid"):
        if found := message_id(params, name):
            return found
    raise Odd("there is no MessageSid")


def party(params: Object, name: str) -> str:
    """A number, short code or name at one end; other messengers stand before it: "whatsapp:+1…"."""
    found = (words(params, name) or "").strip()
    if not _PARTY.fullmatch(found):
        raise Odd(f"{name} is no number")
    return found


def content(settings: Settings, params: Object) -> Content:
    text, files = words(params, "Body"), _files(params)
    plain = decoded(text)
    about = facts(params, {"ReferralHeadline": "ad"})
    if word := keyword(settings, params):
        about["keyword"] = word
    if count := _untold(params, files):
        about["files"] = count
    payload = words(params, "ButtonPayload")
    if payload or words(params, "ButtonText"):
        return Content(kind=Kind.TAP, text=words(params, "ButtonText") or text, payload=payload, facts=about)
    if place := _place(params):
        return Content(kind=Kind.LOCATION, text=plain, place=place, facts=about)
    kind = fact(params, "MessageType", 40)
    if kind and kind.lower() != "text" and not plain and not files:
        return Content(kind=Kind.UNKNOWN, raw_kind=kind, facts=about)
    return Content(kind=_kind(files), text=plain if files else plain or "", media=files, facts=about)


def decoded(text: str | None) -> str | None:
    """Rarely a long text comes as base64 of itself: no whitespace in it, and words with whitespace when decoded."""
    if not text or len(text) < _SHORT_OF_BASE64 or len(text) % 4 or not text.isascii() or " " in text:
        return text
    try:
        found = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return text
    sentence = found.replace("\r", "").replace("\n", " ")
    return found if sentence.isprintable() and " " in sentence else text


def _files(params: Object) -> tuple[Media, ...]:
    found = []
    for number in range(MOST_FILES):
        url = address(params.get(f"MediaUrl{number}"))
        if url:
            mime = (fact(params, f"MediaContentType{number}", 100) or "").partition(";")[0].strip().lower()
            found.append(Media(kind=_KINDS.get(mime.partition("/")[0], Kind.FILE), mime=mime or None, url=url))
    return tuple(found)


def _kind(files: tuple[Media, ...]) -> Kind:
    if not files:
        return Kind.TEXT
    return Kind.CARD if files[0].mime in _CARDS else files[0].kind


def _untold(params: Object, files: tuple[Media, ...]) -> str | None:
    """How many files there were, where it is not told where they are."""
    count = fact(params, "NumMedia", 4) or "0"
    return count if not files and count.isdigit() and int(count) else None


def _place(params: Object) -> Place | None:
    try:
        latitude, longitude = float(str(params["Latitude"])), float(str(params["Longitude"]))
    except (KeyError, ValueError):
        return None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    label = ", ".join(part for name in ("Label", "Address") if (part := words(params, name)))
    return Place(latitude=latitude, longitude=longitude, label=label or None)


def _number(who: str) -> str | None:
    number = who.rpartition(":")[2]
    return number if _NUMBER.fullmatch(number) else None


def _elsewhere(settings: Settings, params: Object) -> str | None:
    """Another number of the account has this address as its webhook too: nothing is lost, and it is told."""
    to = (words(params, "To") or "").rpartition(":")[2].strip()
    if is_service(settings) or not to or to == settings.sender.rpartition(":")[2]:
        return None
    return f"This was written to {to}; the answer comes from {settings.sender}."
