"""What a message lets us do: answer it for nothing within a minute, mark it as read, quote it. In `Content.token`."""

from datetime import datetime

import msgspec
from msgspec import Struct


class Tokens(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The tokens of one event. `reply` works once and, officially, within a minute of the event."""

    reply: str = ""
    read: str = ""
    quote: str = ""  # works for ever, as often as wanted
    at: float = 0  # of the event, in seconds


def packed(tokens: Tokens) -> str | None:
    return msgspec.json.encode(tokens).decode() if tokens.reply or tokens.read or tokens.quote else None


def unpacked(token: str | None) -> Tokens:
    """None, or something that is no token of ours, lets nothing be done for nothing."""
    try:
        return msgspec.json.decode(token or "{}", type=Tokens)
    except msgspec.DecodeError:
        return Tokens()


def is_fresh(tokens: Tokens, now: datetime, seconds: int) -> bool:
    """Whether an answer may still go by the reply token. A clock that runs ahead by some seconds does no harm."""
    return bool(tokens.reply) and -10 <= now.timestamp() - tokens.at < seconds
