"""A person the brand talks with, and where they write from."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from duologue.kernel.vault import Seal


class Facts(Struct, frozen=True, kw_only=True):
    """What is known of a person beside the name; kept sealed."""

    email: str | None = None
    phone: str | None = None
    locale: str | None = None
    picture_url: str | None = None
    typed: tuple[str, ...] = ()  # what the person entered themselves; it joins nobody to anybody


class Known(Struct, frozen=True, kw_only=True):
    """Somebody who writes at an address."""

    address_id: UUID
    contact_id: UUID
    seal: Seal
    new: bool


class Contact(Struct, frozen=True, kw_only=True):
    id: UUID
    name: str | None
    facts: Facts
    created_at: datetime
    addresses: tuple["Address", ...]


class Address(Struct, frozen=True, kw_only=True):
    id: UUID
    channel_id: UUID
    channel_kind: str
    channel_name: str
    external: str
