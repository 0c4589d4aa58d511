"""The people of a workspace, how they come in and what they may decide."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

from msgspec import Struct

INVITE_HOLDS = timedelta(days=7)
KEY_PREFIX = "dlg_"
HINT_LENGTH = len(KEY_PREFIX) + 6


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    AGENT = "agent"


class Member(Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    email: str
    role: Role
    active: bool
    last_seen_at: datetime | None = None


class Invite(Struct, frozen=True, kw_only=True):
    """A way into a workspace, for one person, until it has been used or has run out."""

    workspace_id: UUID
    id: UUID
    email: str  # "" where the newcomer says it
    role: Role
    by_member: UUID | None
    expires_at: datetime


class Newcomer(Struct, frozen=True, kw_only=True):
    name: str
    email: str
    password_hash: str
    locale: str = "en"


class Profile(Struct, frozen=True, kw_only=True):
    """What a member decides about their own screen."""

    name: str
    locale: str
    theme: Literal["auto", "light", "dark"]
    undo_seconds: int


class Key(Struct, frozen=True, kw_only=True):
    """A program's key, as the list of keys shows it."""

    id: UUID
    name: str
    prefix: str
    created_at: datetime
    created_by: str
    last_used_at: datetime | None


class Credentials(Struct, frozen=True, kw_only=True):
    """What is known about an active member who may be the one at the door."""

    workspace_id: UUID
    id: UUID
    password_hash: str
