"""What was said, as far as it is worded the same on every platform: media, cards, places, taps, origins."""

from collections.abc import Callable
from typing import Any, Literal

from duologue.channels.contract import Content, Kind, Media, Place
from duologue.channels.shared.strict import (
    Object,
    Odd,
    address,
    fact,
    facts,
    flag,
    thing,
    things,
    words,
)

MediaKind = Literal[Kind.IMAGE, Kind.VIDEO, Kind.AUDIO, Kind.FILE, Kind.STICKER]
MEDIA: dict[str, MediaKind] = {
    "image": Kind.IMAGE,
    "video": Kind.VIDEO,
    "audio": Kind.AUDIO,
    "file": Kind.FILE,
    "sticker": Kind.STICKER,
}

_REFERRAL_WORDS = {"ref": "ref", "source": "source", "type": "type", "ad_id": "ad_id", "referer_uri": "from"}
_AD_WORDS = {"ad_title": "ad", "post_id": "post", "product_id": "product", "flow_id": "flow"}


def content(message: Object, attachment: Callable[[str, Object, Object], Content | None]) -> Content:
    """One message's content; `attachment` reads one by its type, itself and its payload (None: as if not there).

    What is not known is kept as `UNKNOWN` under the platform's own name for it.
    """
    text = words(message, "text")
    parts = [part for one in things(message, "attachments") if (part := _attachment(one, attachment))]
    tap = thing(message, "quick_reply")
    about = {name: value for part in parts for name, value in part.facts.items()} | referral(thing(message, "referral"))
    return Content(
        kind=_kind(message, text, parts),
        text=text or next((part.text for part in parts if part.text), None),
        media=tuple(media for part in parts for media in part.media),
        place=next((part.place for part in parts if part.place), None),
        link=next((part.link for part in parts if part.link), None),
        payload=words(tap, "payload"),
        raw_kind=_raw_kind(message, text, parts),
        facts=about,
    )


def tapped(postback: Object) -> Content:
    """A button, menu entry or the first “Get started”."""
    return Content(
        kind=Kind.TAP,
        text=words(postback, "title"),
        payload=words(postback, "payload"),
        facts=referral(thing(postback, "referral")),
    )


def referral(given: Object) -> dict[str, str]:
    """Where somebody came from: a link, an advertisement, a product."""
    product = facts(thing(given, "product"), {"id": "product"})
    return facts(given, _REFERRAL_WORDS) | facts(thing(given, "ads_context_data"), _AD_WORDS) | product


def _kind(message: Object, text: str | None, parts: list[Content]) -> Kind:
    if message.get("quick_reply") is not None:
        return Kind.TAP
    if text and all(part.kind is Kind.LINK for part in parts):
        return Kind.TEXT  # an address typed in a text comes with a preview as its attachment
    if parts:
        return next((part.kind for part in parts if part.kind is not Kind.UNKNOWN), Kind.UNKNOWN)
    return Kind.UNKNOWN


def _raw_kind(message: Object, text: str | None, parts: list[Content]) -> str | None:
    if parts:
        return next((part.raw_kind for part in parts if part.raw_kind), None)
    if flag(message, "is_unsupported"):
        return "unsupported"
    return None if text or message.get("quick_reply") is not None else "message"


def _attachment(given: Object, attachment: Callable[[str, Object, Object], Content | None]) -> Content | None:
    kind = given.get("type")
    if not isinstance(kind, str):
        raise Odd("an attachment has no type")
    return attachment(kind, given, thing(given, "payload"))


def unknown(given: Object, payload: Object, site: str) -> Content:
    """An attachment of a kind that has no place of its own here."""
    name = fact(given, "type", 80)
    return Content(kind=Kind.UNKNOWN, raw_kind=name, link=link_of(given, payload, site), facts=title(given, payload))


def media(kind: str, given: Object, payload: Object, site: str) -> Content:
    url = address(payload.get("url"), site)
    if url is None:
        return Content(kind=Kind.UNKNOWN, raw_kind=kind, facts=title(given, payload))
    # until 30 August 2026 a sticker came as an image with a sticker's number (platform notes, Aug 2026)
    is_sticker = payload.get("sticker_id") is not None
    ours = Kind.STICKER if is_sticker else MEDIA[kind]
    name = fact(given, "name", 200) or fact(payload, "title", 200)
    return Content(kind=ours, media=(Media(kind=ours, url=url, name=name),))


def place(given: Object, payload: Object, site: str) -> Content:
    at = thing(payload, "coordinates")
    latitude, longitude = _degrees(at.get("lat"), 90), _degrees(at.get("long"), 180)
    if latitude is None or longitude is None:
        return Content(
            kind=Kind.UNKNOWN, raw_kind="location", link=link_of(given, payload, site), facts=title(given, payload)
        )
    found = Place(latitude=latitude, longitude=longitude, label=fact(given, "title"))
    return Content(kind=Kind.LOCATION, place=found, link=link_of(given, payload, site))


def _degrees(value: Any, most: int) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -most <= value <= most else None


def card(kind: str, given: Object, payload: Object, site: str) -> Content:
    """Cards are shown by their words; an image-grid or an empty template has none."""
    lines = [words(payload, "text"), words(given, "title")]
    for element in things(payload, "elements"):
        lines += [words(element, "title"), words(element, "subtitle")]
    return Content(
        kind=Kind.CARD,
        text="\n".join(dict.fromkeys(line for line in lines if line)) or None,
        link=link_of(given, payload, site),
        raw_kind=fact(payload, "template_type", 80) or kind,
    )


def link_of(given: Object, payload: Object, site: str) -> str | None:
    return address(payload.get("url"), site) or address(given.get("url"), site)


def title(given: Object, payload: Object) -> dict[str, str]:
    return facts(given, {"title": "title"}) or facts(payload, {"title": "title"})
