"""Signed tokens: whom a visitor was proven to be, on which account, until when. The server keeps none of them."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from duologue.channels.web.server.limits import TOKEN_LIMIT
from duologue.errors import NotSignedIn

ACCESS_LASTS = timedelta(hours=12)
REFRESH_LASTS = timedelta(days=60)
_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}")
_PURPOSE = b"duologue web chat token 1\n"


class Visitor(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a token says. `until`: a proven identity ends here, whatever is refreshed.

    `typed` names what the visitor entered in the chat itself; `answered`: no question is open any more.
    """

    address: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    typed: tuple[str, ...] = ()
    answered: bool = False
    locale: str | None = None
    verified: bool = False
    until: float | None = None


class _Token(Struct, frozen=True, kw_only=True):
    use: Literal["access", "refresh"]
    channel: UUID
    expires: float
    visitor: Visitor


_decoder = msgspec.json.Decoder(_Token)


def new_visitor_address() -> str:
    """128 bits from the system's source of randomness: nobody guesses a neighbour."""
    return f"v:{secrets.token_hex(16)}"


def issue(key: str, use: Literal["access", "refresh"], channel: UUID, visitor: Visitor, *, now: datetime) -> str:
    lasts = ACCESS_LASTS if use == "access" else REFRESH_LASTS
    expires = (now + lasts).timestamp()
    token = _Token(use=use, channel=channel, expires=min(expires, visitor.until or expires), visitor=visitor)
    body = msgspec.json.encode(token)
    return f"{_text(body)}.{_text(_mac(key, body))}"


def redeem(
    key: str, use: Literal["access", "refresh"], channel: UUID, token: str, *, now: datetime
) -> tuple[Visitor, float]:
    """The visitor, and until when (Unix seconds) this token speaks for them. Raises `NotSignedIn`."""
    stale = NotSignedIn("This session has ended.")
    if len(token) > TOKEN_LIMIT or not _SHAPE.fullmatch(token):
        raise stale
    body, _, mac = token.partition(".")
    try:
        plain = _bytes(body)
        if not hmac.compare_digest(_mac(key, plain), _bytes(mac)):
            raise stale
        found = _decoder.decode(plain)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise stale from None
    if found.use != use or found.channel != channel or found.expires <= now.timestamp():
        raise stale
    return found.visitor, found.expires


def _mac(key: str, body: bytes) -> bytes:
    return hmac.new(key.encode(), _PURPOSE + body, hashlib.sha256).digest()


def _text(plain: bytes) -> str:
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
