"""What the chat's server writes down for each thing a visitor did, and `read` understands later."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

MESSAGE = "message"
RECEIPT = "receipt"


class WrittenFile(Struct, frozen=True, kw_only=True):
    name: str
    mime: str
    data: bytes


class Written(Struct, frozen=True, kw_only=True):
    """A visitor's message. `id` is the visitor's own; `address` is whom the session proved the visitor to be."""

    id: UUID
    address: str
    at: datetime
    text: str = ""
    files: tuple[WrittenFile, ...] = ()
    page: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    typed: tuple[str, ...] = ()
    question: str = ""
    answer: str = ""
    locale: str | None = None
    verified: bool = False


class Ticked(Struct, frozen=True, kw_only=True):
    """Answers that have reached a visitor's screen, or eyes."""

    address: str
    at: datetime
    status: Literal["delivered", "read"]
    ids: tuple[UUID, ...]
