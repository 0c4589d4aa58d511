"""Mail addresses: the form in which they are compared, and what strangers write instead of one."""

import re

from msgspec import Struct

from duologue.channels.email.letter.headers import decoded

MOST = 500  # addresses looked at in one mail
_LONGEST = 320
_SHAPE = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]+@[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]+")
_TOKEN = re.compile(
    r"\"((?:[^\"\\]|\\.){0,128})\"|<([^<>]*)>?|\(((?:[^()\\]|\\.){0,128})\)|([,;])|([^\s\"<(,;]+|[\"(])"
)


class Mailbox(Struct, frozen=True):
    """An address as it is compared, and the name that somebody claims for it."""

    address: str
    name: str | None = None


def normal(address: str) -> str:
    """Lower case, the domain in its ASCII form. Local parts are case-sensitive on paper only."""
    local, at, domain = address.strip().rpartition("@")
    if not at:
        return address.strip().lower()
    return f"{local.lower()}@{_ascii_domain(domain)}"


def is_address(text: str) -> bool:
    """Whether it can be written to. Nothing that could carry a second address or a header line passes."""
    return len(text) <= _LONGEST and _SHAPE.fullmatch(text.strip()) is not None


def mailboxes(values: list[str]) -> list[Mailbox]:
    """Every usable address of these header values, in order, at most `MOST`.

    Where angle brackets are given, only what they hold is an address: in `boss@brand.com <x@evil.com>` the standard
    library sees two, the wrong one first.
    """
    found: list[Mailbox] = []
    for value in values:
        entry = _Entry()
        for quoted, angle, comment, end, word in _TOKEN.findall(value):
            if end:
                found += entry.taken()
            elif angle:
                entry.angle = angle
            elif comment:
                entry.comment = comment
            elif word.endswith(":"):
                entry.words.clear()  # the name of a group
            elif quoted or word:
                entry.words.append(re.sub(r"\\(.)", r"\1", quoted) or word)
            if len(found) >= MOST:
                return found[:MOST]
        found += entry.taken()
    return found[:MOST]


class _Entry:
    """What stands between two commas. Words without an address belong to the next one: `Weber, Jonas <j@…>`."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.angle = self.comment = ""

    def taken(self) -> list[Mailbox]:
        words, address = self.words, self.angle.strip()
        if not address and words and "@" in words[-1]:
            address, words = words[-1].rpartition(":")[2], words[:-1]
        if not address:
            return []
        name = decoded(" ".join(words) or self.comment)[:200].strip("'\" ")
        self.__init__()
        return [Mailbox(normal(address), name or None)] if is_address(address) else []


def _ascii_domain(domain: str) -> str:
    domain = domain.rstrip(".").lower()
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain
