"""What a message holds: words, files, places, cards. What is not known is kept under the platform's own name for it."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from duologue.channels.contract import Content, Kind, Media, Place
from duologue.channels.meta.strict import Object, Odd, address, clean, fact, facts, thing, things, words
from duologue.channels.telegram.notices import NOTICES

_FACT_WORDS = {
    "forward": "forwarded from",
    "quote": "about this part",
    "external": "answers a message of",
    "story": "about the story",
    "length": "length",
    "live": "when it was sent",
    "place": "place",
    "ref": "ref",
    "from": "from",
}
FILE = "telegram-file:"
"""Before a file's id, where a web address would stand: the real one holds the token, and lives for an hour."""

_ENVELOPE = {
    "message_id", "message_thread_id", "direct_messages_topic", "from", "sender_chat", "sender_boost_count",
    "sender_business_bot", "date", "business_connection_id", "chat", "forward_origin", "is_topic_message",
    "is_automatic_forward", "reply_to_message", "external_reply", "quote", "reply_to_story",
    "reply_to_checklist_task_id",
    "via_bot", "edit_date", "has_protected_content", "is_from_offline", "is_paid_post", "media_group_id",
    "author_signature", "paid_star_count", "entities", "link_preview_options", "suggested_post_info", "effect_id",
    "caption", "caption_entities", "show_caption_above_media", "has_media_spoiler", "reply_markup", "sender_tag",
}  # fmt: skip


def content(message: Object) -> Content:
    """One message's content. Raises `Odd` where it is not what the platform promises."""
    said = _plain(message)
    about = {**said.facts, **_origins(message)}
    return replace(said, facts=about) if about else said


def wording(message: Object) -> str | None:
    """The text, or a file's caption, with the addresses of linked words shown; None where there is neither."""
    for name, marks in (("text", "entities"), ("caption", "caption_entities")):
        text = message.get(name)
        if isinstance(text, str):
            return clean(linked(text, message.get(marks))).strip() or None
    return words(message, "text") or words(message, "caption")


def linked(text: str, entities: Any) -> str:
    """Puts a linked word's address behind it: what is shown must not hide where it leads.

    Offsets count UTF-16 units. A mark that does not fit is left out: it is no reason to lose the message.
    """
    units = text.encode("utf-16-le", "surrogatepass")
    for end, url in sorted(_links(entities), reverse=True):
        before, after = units[: end * 2], units[end * 2 :]
        if end * 2 <= len(units) and _is_whole(before) and not _ends_with(before, url):
            units = before + f" ({url})".encode("utf-16-le") + after
    return units.decode("utf-16-le", "surrogatepass")


def _links(entities: Any) -> list[tuple[int, str]]:
    found = []
    for one in entities if isinstance(entities, list) else []:
        if not isinstance(one, dict) or one.get("type") != "text_link":
            continue
        offset, length, url = one.get("offset"), one.get("length"), address(one.get("url"))
        if isinstance(offset, int) and isinstance(length, int) and offset >= 0 and length > 0 and url:
            found.append((offset + length, url))
    return found


def _is_whole(units: bytes) -> bool:
    try:
        units.decode("utf-16-le")
    except UnicodeDecodeError:
        return False
    return True


def _ends_with(units: bytes, url: str) -> bool:
    return units.endswith(url.encode("utf-16-le"))


def _plain(message: Object) -> Content:
    for name, reader in _READERS.items():
        if message.get(name) is not None:
            return reader(message, name)
    for name in NOTICES:
        if message.get(name) is not None:
            return NOTICES[name](message, name)
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


# ------------------------------------------------------------------------------------------------------------ files


def _file(kind: Kind) -> Callable[[Object, str], Content]:
    def read(message: Object, name: str) -> Content:
        return _with_file(message, thing(message, name), kind, name)

    return read


def _with_file(message: Object, file: Object, kind: Kind, raw: str) -> Content:
    text = wording(message)
    found = media(file, kind)
    if found is None:
        return Content(kind=Kind.UNKNOWN, raw_kind=raw, text=text)
    return Content(kind=kind, text=text, media=(found,))


def media(file: Object, kind: Kind) -> Media | None:
    """The file, to be fetched by its id; None where it has none."""
    number = file.get("file_id")
    if not isinstance(number, str) or not number.isascii() or not number or len(number) > 500:
        return None
    return Media(kind=kind, url=FILE + number, name=fact(file, "file_name", 200), mime=fact(file, "mime_type", 100))


def _photo(message: Object, name: str) -> Content:
    """Several sizes of one picture: the largest is taken."""
    sizes = things(message, name)
    if not sizes:
        raise Odd("a photo has no sizes")
    return _with_file(message, max(sizes, key=_area), Kind.IMAGE, name)


def _live_photo(message: Object, name: str) -> Content:
    """A picture that moves: the moving part, or the still one where that has no file of its own."""
    live = thing(message, name)
    if media(live, Kind.VIDEO) is None and isinstance(live.get("photo"), list):
        return _photo({**message, **live}, "photo")
    return _with_file(message, live, Kind.VIDEO, name)


def _area(size: Object) -> int:
    sides = [size.get(name) for name in ("width", "height")]
    whole = [side for side in sides if isinstance(side, int)]
    return whole[0] * whole[1] if len(whole) == 2 else 0


def _sticker(message: Object, name: str) -> Content:
    sticker = thing(message, name)
    found = media(sticker, Kind.STICKER)
    return Content(
        kind=Kind.STICKER if found else Kind.UNKNOWN,
        raw_kind=None if found else name,
        text=words(sticker, "emoji"),
        media=(found,) if found else (),
    )


def _voice(message: Object, name: str) -> Content:
    said = _with_file(message, thing(message, name), Kind.AUDIO, name)
    return replace(said, facts=_length(thing(message, name)))


def _length(file: Object) -> dict[str, str]:
    seconds = file.get("duration")
    if not isinstance(seconds, int) or not 0 < seconds < 100_000:
        return {}
    return {_FACT_WORDS["length"]: f"{seconds // 60}:{seconds % 60:02}"}


def _paid_media(message: Object, name: str) -> Content:
    """What costs something is shown only to who has paid; a bot sees the pictures it may see."""
    paid = thing(message, name)
    found = []
    for one in things(paid, "paid_media"):
        sizes = things(one, "photo") if isinstance(one.get("photo"), list) else []
        file = max(sizes, key=_area) if sizes else thing(one, "video")
        found.append(media(file, Kind.IMAGE if sizes else Kind.VIDEO))
    shown = tuple(one for one in found if one)
    kind = shown[0].kind if shown else Kind.UNKNOWN
    about = facts(paid, {"star_count": "stars"})
    return Content(kind=kind, raw_kind=name, text=wording(message), media=shown, facts=about)


# ------------------------------------------------------------------------------------------------ places and cards


def _location(message: Object, name: str) -> Content:
    found = place(thing(message, name))
    if found is None:
        return Content(kind=Kind.UNKNOWN, raw_kind=name)
    live = thing(message, name).get("live_period") is not None
    return Content(kind=Kind.LOCATION, place=found, facts={_FACT_WORDS["place"]: _FACT_WORDS["live"]} if live else {})


def _venue(message: Object, name: str) -> Content:
    venue = thing(message, name)
    label = ", ".join(one for key in ("title", "address") if (one := fact(venue, key)))
    found = place(thing(venue, "location"), label or None)
    if found is None:
        return Content(kind=Kind.UNKNOWN, raw_kind=name, text=label or None)
    return Content(kind=Kind.LOCATION, place=found)


def place(given: Object, label: str | None = None) -> Place | None:
    latitude, longitude = _degrees(given.get("latitude"), 90), _degrees(given.get("longitude"), 180)
    if latitude is None or longitude is None:
        return None
    return Place(latitude=latitude, longitude=longitude, label=label)


def _degrees(value: Any, most: int) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -most <= value <= most else None


def _contact(message: Object, name: str) -> Content:
    contact = thing(message, name)
    named = " ".join(one for key in ("first_name", "last_name") if (one := fact(contact, key)))
    return Content(
        kind=Kind.CARD,
        text="\n".join(one for one in (named, fact(contact, "phone_number", 40)) if one) or None,
        raw_kind=name,
        facts=facts(contact, {"phone_number": "phone"}),
    )


def _poll(message: Object, name: str) -> Content:
    poll = thing(message, name)
    lines = [
        words(poll, "question"),
        *(f"• {one}" for option in things(poll, "options") if (one := words(option, "text"))),
    ]
    return Content(kind=Kind.CARD, text="\n".join(line for line in lines if line) or None, raw_kind=name)


def _checklist(message: Object, name: str) -> Content:
    checklist = thing(message, name)
    tasks = [f"• {one}" for task in things(checklist, "tasks") if (one := words(task, "text"))]
    lines = [words(checklist, "title"), *tasks]
    return Content(kind=Kind.CARD, text="\n".join(line for line in lines if line) or None, raw_kind=name)


def _game(message: Object, name: str) -> Content:
    game = thing(message, name)
    lines = [words(game, "title"), words(game, "description")]
    return Content(kind=Kind.CARD, text="\n".join(line for line in lines if line) or None, raw_kind=name)


def _dice(message: Object, name: str) -> Content:
    dice = thing(message, name)
    return Content(text=f"{words(dice, 'emoji') or '🎲'} {fact(dice, 'value', 10) or ''}".strip())


def _story(message: Object, name: str) -> Content:
    """A story was passed on; bots are told whose it is, not what it shows."""
    whose = thing(thing(message, name), "chat")
    return Content(kind=Kind.STORY, raw_kind="shared story", link=story_link(thing(message, name)), facts=_named(whose))


def story_link(story: Object) -> str | None:
    username, number = fact(thing(story, "chat"), "username", 40), fact(story, "id", 20)
    return f"https://t.me/{username}/s/{number}" if username and number and username.isalnum() else None


def _named(chat: Object) -> dict[str, str]:
    found = name_of(chat)
    return {"from": found} if found else {}


def name_of(party: Object) -> str | None:
    """How a user or chat calls itself."""
    named = " ".join(one for key in ("first_name", "last_name") if (one := fact(party, key, 100)))
    return named or fact(party, "title", 200) or fact(party, "username", 100)


def _web_app(message: Object, name: str) -> Content:
    data = thing(message, name)
    return Content(kind=Kind.TAP, text=words(data, "button_text"), payload=words(data, "data"))


# ------------------------------------------------------------------------------------------- where it comes from


def _origins(message: Object) -> dict[str, str]:
    """What stands around the words: passed on from whom, which part is quoted, which story is answered."""
    found = {
        "forward": _forwarded(thing(message, "forward_origin")),
        "quote": fact(thing(message, "quote"), "text"),
        "external": _forwarded(thing(thing(message, "external_reply"), "origin")),
        "story": story_link(thing(message, "reply_to_story")),
    }
    return {_FACT_WORDS[name]: value for name, value in found.items() if value}


def _forwarded(origin: Object) -> str | None:
    for key in ("sender_user", "sender_chat", "chat"):
        if found := name_of(thing(origin, key)):
            return found
    return fact(origin, "sender_user_name", 200)


_READERS: dict[str, Callable[[Object, str], Content]] = {
    "live_photo": _live_photo,
    "paid_media": _paid_media,
    "photo": _photo,
    "animation": _file(Kind.VIDEO),  # before `document`, which stands beside it for old clients
    "video": _file(Kind.VIDEO),
    "video_note": _file(Kind.VIDEO),
    "audio": _file(Kind.AUDIO),
    "voice": _voice,
    "document": _file(Kind.FILE),
    "sticker": _sticker,
    "venue": _venue,  # before `location`, which stands beside it
    "location": _location,
    "contact": _contact,
    "poll": _poll,
    "checklist": _checklist,
    "game": _game,
    "dice": _dice,
    "story": _story,
    "web_app_data": _web_app,
}
