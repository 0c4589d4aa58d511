"""What was said: the kinds of message that people send."""

import math
from urllib.parse import quote

from duologue.channels.contract import Content, Kind, Media, Place
from duologue.channels.shared.strict import Object, Odd, address, fact, words
from duologue.channels.wechat.settings import Settings

GET = "/cgi-bin/media/get?media_id="
_MEDIA = {"image": Kind.IMAGE, "voice": Kind.AUDIO, "video": Kind.VIDEO, "shortvideo": Kind.VIDEO}


def content(settings: Settings, item: Object, kind: str) -> Content:
    """One message's content. Raises `Odd`."""
    if kind == "text":
        return _text(item)
    if kind in _MEDIA:
        return _media(settings, item, _MEDIA[kind])
    if kind == "location":
        return Content(kind=Kind.LOCATION, place=place(item, "Location_X", "Location_Y"))
    if kind == "link":
        return _link(item)
    return Content(kind=Kind.UNKNOWN, raw_kind=kind, text=words(item, "Content"))


def place(item: Object, latitude: str, longitude: str) -> Place:
    """X is the latitude. Raises `Odd`."""
    found = _degrees(item.get(latitude), 90), _degrees(item.get(longitude), 180)
    if found[0] is None or found[1] is None:
        raise Odd("a location without its place")
    return Place(latitude=found[0], longitude=found[1], label=words(item, "Label") or words(item, "Poiname"))


def _text(item: Object) -> Content:
    """A tap on a menu of ours comes as its words, with its number beside."""
    number = fact(item, "bizmsgmenuid", 100)
    return Content(kind=Kind.TAP if number else Kind.TEXT, text=words(item, "Content") or "", payload=number)


def _media(settings: Settings, item: Object, kind: Kind) -> Content:
    """Kept by WeChat for three days. What was said in a recording may have been written down already."""
    number = fact(item, "MediaId", 500)
    if not number:
        raise Odd("there is no MediaId")
    form = fact(item, "Format", 20)
    mime = f"audio/{form.lower()}" if kind is Kind.AUDIO and form and form.isalnum() else None
    media = Media(kind=kind, mime=mime, url=settings.base_url.rstrip("/") + GET + quote(number, safe=""))
    return Content(kind=kind, media=(media,), text=words(item, "Recognition"))


def _link(item: Object) -> Content:
    told = [part for name in ("Title", "Description") if (part := words(item, name))]
    return Content(kind=Kind.LINK, text="\n".join(told) or None, link=address(item.get("Url")))


def _degrees(value: object, most: int) -> float | None:
    try:
        found = float(value) if isinstance(value, str | int | float) else math.nan
    except (ValueError, OverflowError):
        return None
    return found if -most <= found <= most else None
