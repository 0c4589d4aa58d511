"""Signed names for conversations and messages: in the reply address, in the Message-ID, and hidden in the body.

They prove which conversation a mail belongs to, not who writes it: whoever was forwarded a mail holds its token too.
"""

import base64
import binascii
import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec import Struct

from duologue.kernel import ids

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
LONGEST_LOCAL = 64  # octets (RFC 5321, 4.5.3.1.1)
_TOKEN = 42  # 26 bytes in base 32
_OWN_ID = re.compile(r"dm\.([0-9a-f]{32})\.([0-9a-f]{32})\.([0-9a-f]{16})@")
_MARKER = re.compile(r"dm:([a-z2-7]{42})")
_SHOWN_MARKER = re.compile(r"\n?[> ]{0,20}\[?dm:[a-z2-7]{42}\]?")
_PLUS = re.compile(r"\+c([a-z2-7]{42})@", re.IGNORECASE)
_LEAVE_ADDRESS = re.compile(r"\+u([a-z2-7]{16})@", re.IGNORECASE)
_LEAVE_SUBJECT = re.compile(r"^\s*unsubscribe u([a-z2-7]{16})\b", re.IGNORECASE)
_MOST_TRIED = 50


class Own(Struct, frozen=True):
    """What one of our own message ids says."""

    id: str
    conversation: UUID
    message: UUID


def message_id(key: bytes, conversation: UUID, message: UUID, domain: str) -> str:
    """Our Message-ID, without angle brackets; the same for every attempt."""
    return f"dm.{conversation.hex}.{message.hex}.{_id_mark(key, conversation, message)}@{domain}"


def own_ids(key: bytes, text: str) -> list[Own]:
    """Every id in `text` that only we can have made, in order."""
    found = []
    for match in _first(_OWN_ID, text):
        conversation, message = UUID(match[1]), UUID(match[2])
        if key and hmac.compare_digest(match[3], _id_mark(key, conversation, message)):
            domain = re.match(r"[A-Za-z0-9.-]*", text[match.end() :])
            found.append(Own(match[0] + (domain[0] if domain else ""), conversation, message))
    return found


def reply_address(key: bytes, address: str, conversation: UUID, now: datetime) -> str | None:
    """`local+c<token>@domain`, or None where the local part would become longer than servers must accept."""
    local, _, domain = address.rpartition("@")
    if len(local.encode()) + 2 + _TOKEN > LONGEST_LOCAL:
        return None
    return f"{local}+c{token(key, conversation, now)}@{domain}"


def token(key: bytes, conversation: UUID, now: datetime) -> str:
    """Conversation, day of issue and signature; survives a server that changes case."""
    body = conversation.bytes + ((now - _EPOCH).days & 0xFFFF).to_bytes(2)
    return base64.b32encode(body + _token_mark(key, body)).decode().rstrip("=").lower()


def marker(key: bytes, conversation: UUID, now: datetime) -> str:
    """What is hidden in the body, for relays that rewrite every id."""
    return f"dm:{token(key, conversation, now)}"


def without_marker(text: str | None) -> str | None:
    """Mail programs that know no hidden text show the marker; nobody should read it."""
    return _SHOWN_MARKER.sub("", text).rstrip() if text else text


def conversation_of_addresses(key: bytes, addresses: str, now: datetime, days: int) -> UUID | None:
    """The conversation proven by a reply address among these header values."""
    return _proven(key, [match[1].lower() for match in _first(_PLUS, addresses)], now, days)


def conversation_of_body(key: bytes, body: str, now: datetime, days: int) -> UUID | None:
    """The conversation proven by the hidden marker in a quoted body."""
    return _proven(key, [match[1] for match in _first(_MARKER, body)], now, days)


def conversation_of_ids(key: bytes, references: str, now: datetime, days: int) -> UUID | None:
    """The conversation of the nearest id of ours that is not too old."""
    for own in own_ids(key, references):
        if now - ids.made_at(own.message) <= timedelta(days=days):
            return own.conversation
    return None


def leave_token(key: bytes, address: str, now: datetime) -> str:
    """Proves that a mail to this person was ours, written on this day."""
    body = ((now - _EPOCH).days & 0xFFFF).to_bytes(2)
    return base64.b32encode(body + _leave_mark(key, address, body)).decode().lower()


def leaves(key: bytes, sender: str, said: tuple[str, str], now: datetime, days: int) -> bool:
    """Whether this sender gives back a token of their own: `said` is the addresses and the subject of their mail."""
    to, subject = said
    found = [*_first(_LEAVE_ADDRESS, to), *_first(_LEAVE_SUBJECT, subject)]
    for one in found:
        raw = base64.b32decode(one[1].upper())
        age = (now - _EPOCH).days - int.from_bytes(raw[:2])
        if key and hmac.compare_digest(raw[2:], _leave_mark(key, sender, raw[:2])) and age <= days:
            return True
    return False


def _leave_mark(key: bytes, address: str, day: bytes) -> bytes:
    return hmac.digest(key, b"leave|" + day + address.lower().encode("utf-8", "replace"), hashlib.sha256)[:8]


def _proven(key: bytes, tokens: list[str], now: datetime, days: int) -> UUID | None:
    for one in tokens:
        try:
            raw = base64.b32decode(one.upper() + "=" * (-len(one) % 8))
        except binascii.Error:
            continue
        body, mark = raw[:18], raw[18:]
        age = (now - _EPOCH).days - int.from_bytes(body[16:])
        if key and hmac.compare_digest(mark, _token_mark(key, body)) and age <= days:
            return UUID(bytes=body[:16])
    return None


def _first(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    return [match for match, _ in zip(pattern.finditer(text), range(_MOST_TRIED), strict=False)]


def _token_mark(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, b"reply address|" + body, hashlib.sha256)[:8]


def _id_mark(key: bytes, conversation: UUID, message: UUID) -> str:
    return hmac.digest(key, b"message id|" + conversation.bytes + message.bytes, hashlib.sha256)[:8].hex()
