"""What a message holds. What is not known is kept under the platform's own name for it."""

from msgspec.structs import replace

from duologue.channels.contract import Content, Kind
from duologue.channels.shared.strict import Object, clean, fact, thing
from duologue.channels.telegram.attached import FILES
from duologue.channels.telegram.cards import CARDS, name_of, story_link
from duologue.channels.telegram.notices import NOTICES
from duologue.channels.telegram.wording import FACT_WORDS, wording

_ENVELOPE = {
    "message_id", "message_thread_id", "direct_messages_topic", "from", "sender_chat", "sender_boost_count",
    "sender_business_bot", "date", "business_connection_id", "chat", "forward_origin", "is_topic_message",
    "is_automatic_forward", "reply_to_message", "external_reply", "quote", "reply_to_story",
    "reply_to_checklist_task_id",
    "via_bot", "edit_date", "has_protected_content", "is_from_offline", "is_paid_post", "media_group_id",
    "author_signature", "paid_star_count", "entities", "link_preview_options", "suggested_post_info", "effect_id",
    "caption", "caption_entities", "show_caption_above_media", "has_media_spoiler", "reply_markup", "sender_tag",
}  # fmt: skip

_READERS = FILES | CARDS | NOTICES  # the first that is there tells what it is


def content(message: Object) -> Content:
    """One message's content. Raises `Odd` where it is not what the platform promises."""
    said = _plain(message)
    about = {**said.facts, **_origins(message)}
    return replace(said, facts=about) if about else said


def _plain(message: Object) -> Content:
    for name, reader in _READERS.items():
        if message.get(name) is not None:
            return reader(message, name)
    text = wording(message)
    if text is not None:
        return _typed(text)
    unknown = sorted(set(message) - _ENVELOPE - {"text"})
    return Content(kind=Kind.UNKNOWN, raw_kind=clean(unknown[0])[:80] if unknown else "message")


def _typed(text: str) -> Content:
    """Words; the button “Start” writes a command, with the word of the link that was followed behind it."""
    command, _, payload = text.partition(" ")
    if command.partition("@")[0] == "/start":
        payload = payload.strip()
        return Content(
            kind=Kind.TAP, text="/start", payload=payload or None, facts={"ref": payload[:300]} if payload else {}
        )
    return Content(text=text)


def _origins(message: Object) -> dict[str, str]:
    """What stands around the words: passed on from whom, which part is quoted, which story is answered."""
    found = {
        "forward": _forwarded(thing(message, "forward_origin")),
        "quote": fact(thing(message, "quote"), "text"),
        "external": _forwarded(thing(thing(message, "external_reply"), "origin")),
        "story": story_link(thing(message, "reply_to_story")),
    }
    return {FACT_WORDS[name]: value for name, value in found.items() if value}


def _forwarded(origin: Object) -> str | None:
    for key in ("sender_user", "sender_chat", "chat"):
        if found := name_of(thing(origin, key)):
            return found
    return fact(origin, "sender_user_name", 200)
