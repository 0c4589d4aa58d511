"""A connected account, as it is kept and as it is shown."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from duologue.channels.contract import Account, Channel
from duologue.errors import Invalid


class State(StrEnum):
    DRAFT = "draft"  # something is still to be filled in
    ACTIVE = "active"
    PAUSED = "paused"  # by an administrator
    BROKEN = "broken"  # the platform does not accept our keys; its outbox waits


class AccountRow(Struct, frozen=True, kw_only=True):
    workspace_id: UUID
    id: UUID
    kind: str
    name: str
    state: State
    settings_sealed: bytes
    allow: list[str]
    trouble: str | None
    trouble_at: datetime | None = None  # since when
    last_in_at: datetime | None
    last_out_at: datetime | None


class SignRow(Struct, frozen=True, kw_only=True):
    """How the account is, in one respect, as the platform last told."""

    name: str
    words: str
    level: Literal["good", "warn", "bad"]
    until: datetime | None
    at: datetime


class Wanted(Struct, frozen=True, kw_only=True):
    """An account to be connected. `given` settings are text, as forms and command lines have them.

    `allow` names inside places that it may reach; only the operator of the installation may give them.
    """

    kind: str
    name: str = ""  # default: what the platform calls the account
    given: Mapping[str, str] = {}
    allow: tuple[str, ...] = ()


class Connected(Struct, frozen=True, kw_only=True):
    """An account with everything that is needed to work with it."""

    account: Account
    channel: Channel
    state: State
    kind: str
    name: str
    workspace_id: UUID


class Shown(Struct, frozen=True, kw_only=True):
    """An account as the settings pages and the API show it. No secret is in it."""

    id: UUID
    kind: str
    title: str
    name: str
    address: str
    state: Literal["on", "paused", "trouble", "incomplete"]
    trouble: str | None
    trouble_at: datetime | None
    last_in_at: datetime | None
    last_out_at: datetime | None
    missing: list[str]


class Unusable(Exception):
    """What is stored of an account cannot be used by this program: another key, an unknown kind or older settings."""


class WrongSettings(Invalid):
    """Settings that cannot be used; `fields` says why, by name."""

    def __init__(self, fields: Mapping[str, str], titles: Mapping[str, str]) -> None:
        words = "; ".join(f"{titles.get(name, name)}: {why}" for name, why in fields.items())
        super().__init__(words, next(iter(fields), None))
        self.fields: dict[str, Any] = dict(fields)
