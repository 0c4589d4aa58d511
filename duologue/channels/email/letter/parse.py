"""Bytes to a tree of parts, within limits that no honest mail reaches."""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import Message

from msgspec import Struct

from duologue.channels.email.letter.headers import Headers

MOST_BYTES = 50 * 1024 * 1024
MOST_PARTS = 200
DEEPEST = 20
_MOST_BOUNDARY_LINES = 2000
_BOUNDARY = re.compile(rb"boundary\s*=\s*\"?([^\"\s;]{1,200})", re.IGNORECASE)


class TooMuch(Exception):
    """A mail made to exhaust its reader. The words say how."""


class Part(Struct, frozen=True):
    """One part of the tree with everything that decides what becomes of it."""

    message: Message
    kind: str  # "text/plain", in lower case
    disposition: str  # "attachment", "inline" or nothing
    depth: int

    @property
    def parts(self) -> list["Part"]:
        """What is inside; nothing below the deepest level."""
        inside = self.message.get_payload() if self.kind.startswith("multipart/") else None
        if not isinstance(inside, list) or self.depth >= DEEPEST:
            return []
        return [part(one, self.depth + 1) for one in inside[:MOST_PARTS] if isinstance(one, Message)]

    def param(self, name: str) -> str:
        """A parameter of Content-Type, in lower case."""
        value = self.message.get_param(name, "")
        return str(value[2] if isinstance(value, tuple) else value).lower()

    def data(self) -> bytes:
        """The content without its transfer encoding; broken encodings give what can be saved."""
        payload = self.message.get_payload(decode=True)
        return payload if isinstance(payload, bytes) else b""


def parse(raw: bytes) -> tuple[Headers, Part]:
    """The headers and the root part. Raises `TooMuch`."""
    _refuse_bombs(raw)
    message = message_from_bytes(raw, policy=policy.compat32)
    return Headers(message), part(message, 0)


def part(message: Message, depth: int) -> Part:
    kind = message.get_content_type().lower()
    if kind.startswith("multipart/") and not isinstance(message.get_payload(), list):
        kind = "text/plain"  # it says multipart and has no boundary: what is there is text
    return Part(message, kind, (message.get_content_disposition() or "").lower(), depth)


def every(root: Part) -> Iterator[Part]:
    """All parts, outermost first, at most `MOST_PARTS`."""
    waiting, seen = [root], 0
    while waiting and seen < MOST_PARTS:
        one = waiting.pop(0)
        seen += 1
        yield one
        waiting[:0] = one.parts


def _refuse_bombs(raw: bytes) -> None:
    """The standard parser recurses once a level and looks at each line once a boundary: judge before it starts."""
    if len(raw) > MOST_BYTES:
        raise TooMuch(f"The mail is larger than {MOST_BYTES // (1024 * 1024)} MB.")
    boundaries = set(_BOUNDARY.findall(raw))
    if len(boundaries) > MOST_PARTS:
        raise TooMuch(f"The mail has more than {MOST_PARTS} nested parts.")
    if sum(raw.count(b"\n--" + boundary) for boundary in boundaries) > _MOST_BOUNDARY_LINES:
        raise TooMuch(f"The mail has more than {_MOST_BOUNDARY_LINES} parts.")
