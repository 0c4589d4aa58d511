"""What was said on this platform: its kinds of attachments."""

from duologue.channels.contract import Content, Kind
from duologue.channels.meta import content as shared
from duologue.channels.shared.strict import Object

SITE = "https://www.facebook.com"
_LINKS = {"fallback", "reel", "ig_reel", "post", "ig_post", "share"}
_CARDS = {"template", "appointment_booking"}


def content(message: Object) -> Content:
    """One message's content."""
    return shared.content(message, _attachment)


def _attachment(kind: str, given: Object, payload: Object) -> Content:
    if kind in shared.MEDIA:
        return shared.media(kind, given, payload, SITE)
    if kind == "location":
        return shared.place(given, payload, SITE)
    if kind in _LINKS:
        link, about = shared.link_of(given, payload, SITE), shared.title(given, payload)
        return Content(kind=Kind.LINK, link=link, facts=about, raw_kind=kind)
    if kind in _CARDS:
        return shared.card(kind, given, payload, SITE)
    return shared.unknown(given, payload, SITE)
