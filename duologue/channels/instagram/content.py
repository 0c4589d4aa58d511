"""What was said on this platform: stories, shares and reels beside the usual."""

from msgspec.structs import replace

from duologue.channels.contract import Content, Kind
from duologue.channels.meta import content as shared
from duologue.channels.shared.strict import Object, address, fact, thing, things

SITE = "https://www.instagram.com"
_LINKS = {"fallback", "share", "ig_post", "post", "reel", "ig_reel"}
_ONE = {"share": "ig_post", "reel": "ig_reel"}  # older names for the same, sent beside the newer from 3 November 2025
_WORDS = {
    "story_mention": "Mentioned you in a story. It can be seen for about 24 hours; a copy may not be kept.",
    "ig_story": "Shared a story",
}


def content(message: Object) -> Content:
    """One message's content. An answer to a story names it by its link: the story itself ends after 24 hours."""
    found = shared.content(_once(message), _attachment)
    story = thing(thing(message, "reply_to"), "story")
    if not story:
        return found
    about = {"story": number} if (number := fact(story, "id", 80)) else {}
    return replace(
        found,
        kind=Kind.STORY,
        raw_kind="story_reply",
        link=address(story.get("url"), SITE) or found.link,
        facts={**found.facts, **about},
    )


def _once(message: Object) -> Object:
    """Without the older copy of what is shared: for months a post came as `share` and as `ig_post` in one message."""
    parts = things(message, "attachments")
    names = {str(part.get("type")) for part in parts}
    older = {old for old, new in _ONE.items() if {old, new} <= names}
    if not older:
        return message
    newer = {link for part in parts if part.get("type") not in older for link in _links(part)}
    kept = [part for part in parts if part.get("type") not in older or not (_links(part) <= newer)]
    return {**message, "attachments": kept}


def _links(part: Object) -> set[str]:
    payload = thing(part, "payload")
    return {str(value) for value in (payload.get("url"), part.get("url")) if value}


def _attachment(kind: str, given: Object, payload: Object) -> Content:
    if kind in {"story_mention", "ig_story"}:
        link = shared.link_of(given, payload, SITE)
        return Content(kind=Kind.STORY, text=_WORDS[kind], link=link, raw_kind=kind, facts=shared.title(given, payload))
    if kind == "like_heart":
        return Content(kind=Kind.STICKER, text="❤️", raw_kind=kind)
    if kind in shared.MEDIA:
        return shared.media(kind, given, payload, SITE)
    if kind in _LINKS:
        link, about = shared.link_of(given, payload, SITE), shared.title(given, payload)
        return Content(kind=Kind.LINK, link=link, facts=about, raw_kind=kind)
    if kind == "template":
        return shared.card(kind, given, payload, SITE)
    return shared.unknown(given, payload, SITE)
