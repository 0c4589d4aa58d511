"""What can be done to a message after it was sent: other words, taking it back, a sign on it."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from duologue.channels.content import Content


class Act(Struct, frozen=True, kw_only=True):
    """One of them, to be carried out. `id` is ours, the same at every try.

    An act says how something is from now on, so doing it twice is the same as once: a channel answers `Receipt` where
    the platform says that it is so already, and what may have been done is done again.
    """

    id: UUID
    address: str
    message: str  # the platform's id
    also: tuple[str, ...] = ()  # ids of its earlier parts, where the platform made several of it
    by: Literal["person", "brand"]  # whose message it is
    content: Content  # as the message stands
    text: str | None = None  # what it is to say
    emoji: str | None = None  # the sign; None takes it away
    author: str | None = None  # the name of the person who does it
    attempt: int = 1
    said_at: datetime
