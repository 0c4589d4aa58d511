"""What was said: the kinds of message that people send."""

from urllib.parse import quote

from duologue.channels.contract import Content, Kind, Media, Place
from duologue.channels.line.settings import Settings
from duologue.channels.shared.strict import Object, Odd, address, fact, thing, words

_MEDIA = {"image": Kind.IMAGE, "video": Kind.VIDEO, "audio": Kind.AUDIO, "file": Kind.FILE}


def content(settings: Settings, message: Object, token: str | None) -> Content:
    """One message's content. Raises `Odd`."""
    kind = fact(message, "type", 100) or ""
    if kind == "text":
        return Content(text=words(message, "text") or "", token=token)
    if kind in _MEDIA:
        return _media(settings, message, _MEDIA[kind], token)
    if kind == "sticker":
        return _sticker(settings, message, token)
    if kind == "location":
        return _place(message, token)
    return Content(kind=Kind.UNKNOWN, raw_kind=kind or "message", text=words(message, "text"), token=token)


def _media(settings: Settings, message: Object, kind: Kind, token: str | None) -> Content:
    """The file is fetched by the message's id, or where its sender's own program keeps it (LIFF)."""
    provider = thing(message, "contentProvider")
    if fact(provider, "type") == "external":
        url = address(provider.get("originalContentUrl"))
    else:
        url = f"{settings.data_url.rstrip('/')}/v2/bot/message/{quote(_id(message), safe='')}/content"
    media = Media(kind=kind, name=words(message, "fileName"), url=url)
    return Content(kind=kind, media=(media,), facts=_of_set(thing(message, "imageSet")), token=token)


def _of_set(images: Object) -> dict[str, str]:
    """Several pictures that were sent at once come as several messages."""
    index, total = fact(images, "index", 10), fact(images, "total", 10)
    return {"picture": f"{index}/{total}"} if index and total else {}


def _sticker(settings: Settings, message: Object, token: str | None) -> Content:
    """Its words are those written on it, or the keywords that LINE gives to it."""
    number = fact(message, "stickerId", 40) or ""
    keywords = message.get("keywords")
    told = [one for one in keywords if isinstance(one, str)] if isinstance(keywords, list) else []
    text = words(message, "text") or words({"text": ", ".join(told[:15])}, "text")
    url = settings.sticker_url.replace("{id}", quote(number, safe="")) if settings.sticker_url and number else None
    media = (Media(kind=Kind.STICKER, url=url),) if url else ()
    named = {"sticker": f"{fact(message, 'packageId', 40) or '?'}/{number or '?'}"}
    return Content(kind=Kind.STICKER, text=text, media=media, facts=named, token=token)


def _place(message: Object, token: str | None) -> Content:
    latitude, longitude = message.get("latitude"), message.get("longitude")
    if not _degrees(latitude, 90) or not _degrees(longitude, 180):
        raise Odd("a location without its place")
    label = ", ".join(part for name in ("title", "address") if (part := words(message, name)))
    place = Place(latitude=float(latitude), longitude=float(longitude), label=label or None)  # type: ignore[arg-type]
    return Content(kind=Kind.LOCATION, place=place, token=token)


def _degrees(value: object, most: int) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -most <= value <= most


def _id(message: Object) -> str:
    found = fact(message, "id", 100)
    if not found:
        raise Odd("there is no id")
    return found
