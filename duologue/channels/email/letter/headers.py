"""The headers of a mail as they came, each read with suspicion."""

import re
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import parsedate_to_datetime

from duologue.channels.email.letter.charsets import text_of
from duologue.channels.email.letter.words import one_line

MOST_BYTES = 256 * 1024
_LONGEST = 32 * 1024  # one value
_FOLD = re.compile(r"\r?\n[ \t]*|[\r\n]")
_IDS = re.compile(r"<\s*([^<>\s]{1,998})\s*>")
_LOOSE_ID = re.compile(r"[^<>\s,;\"]+@[^<>\s,;\"]+")


class Headers:
    """Header values by lower-case name, unfolded, top-most first. What goes beyond `MOST_BYTES` is not looked at."""

    def __init__(self, message: Message) -> None:
        self._values: dict[str, list[str]] = {}
        room = MOST_BYTES
        for name, value in message.raw_items():
            room -= len(name) + len(value)
            if room < 0:
                break
            self._values.setdefault(name.lower(), []).append(_unfolded(value))

    def all(self, *names: str) -> list[str]:
        return [value for name in names for value in self._values.get(name, ())]

    def first(self, name: str) -> str:
        """The top-most value, or an empty string."""
        values = self._values.get(name)
        return values[0] if values else ""

    def has(self, name: str) -> bool:
        return name in self._values

    def words(self, name: str) -> str:
        """The top-most value as a person reads it, on one line."""
        return decoded(self.first(name))

    def ids(self, *names: str) -> list[str]:
        """Message ids without angle brackets, in order; bare ones too, as some programs write them."""
        found: list[str] = []
        for value in self.all(*names):
            found += _IDS.findall(value) or ([] if "<" in value else _LOOSE_ID.findall(value[:2000]))
        return found

    def date(self, name: str) -> datetime | None:
        """A date that a calendar knows, in UTC."""
        return moment(self.first(name))


def decoded(value: str) -> str:
    """Encoded words (RFC 2047) put into plain words."""
    if "=?" not in value:
        return one_line(value)
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError, IndexError):
        return one_line(value)
    return one_line("".join(piece if isinstance(piece, str) else text_of(piece, charset) for piece, charset in pieces))


def moment(value: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(value[:200])
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None


def _unfolded(value: str) -> str:
    value = _FOLD.sub(" ", value[:_LONGEST])
    if value.isascii():
        return value.strip()
    return text_of(value.encode("utf-8", "surrogateescape"), None).strip()
