"""All SQL about connected accounts."""

from typing import Literal
from uuid import UUID

from msgspec import Struct

from duologue.kernel.database import Transaction

State = Literal["draft", "active", "paused", "broken"]


class Stored(Struct, frozen=True, kw_only=True):
    """An account as it is kept; its settings are sealed with the workspace's key."""

    workspace_id: UUID
    id: UUID
    kind: str
    name: str
    state: State
    settings_sealed: bytes
    allow: list[str]


async def stored(tx: Transaction, channel: UUID) -> Stored | None:
    """By id alone, whoever's it is. Runs in the hall."""
    return await tx.row(
        Stored,
        "SELECT workspace_id, id, kind, name, state, settings_sealed, allow FROM channel WHERE id = %(id)s",
        {"id": channel},
    )


async def all_active(tx: Transaction) -> list[Stored]:
    """Every account that is switched on. Runs in the hall."""
    return await tx.rows(
        Stored,
        """
        SELECT workspace_id, id, kind, name, state, settings_sealed, allow FROM channel
        WHERE state = 'active' ORDER BY id
        """,
    )


async def set_trouble(tx: Transaction, channel: UUID, reason: str | None) -> bool:
    """What is wrong with it; whether that is news."""
    return bool(
        await tx.run(
            """
            UPDATE channel SET trouble = %(reason)s
            WHERE workspace_id = %(workspace)s AND id = %(id)s AND trouble IS DISTINCT FROM %(reason)s
            """,
            {"workspace": tx.workspace, "id": channel, "reason": reason},
        )
    )


async def set_state(tx: Transaction, channel: UUID, state: State, *, trouble: str | None = None) -> bool:
    return bool(
        await tx.run(
            """
            UPDATE channel SET state = %(state)s, trouble = %(trouble)s
            WHERE workspace_id = %(workspace)s AND id = %(id)s
            """,
            {"workspace": tx.workspace, "id": channel, "state": state, "trouble": trouble},
        )
    )
