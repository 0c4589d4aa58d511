"""The words of a message, with where their links lead; and our own words for what stands around them."""

from typing import Any

from duologue.channels.shared.strict import Object, address, clean, words

FACT_WORDS = {
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
