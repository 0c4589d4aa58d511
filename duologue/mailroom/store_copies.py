"""SQL about other copies of this installation."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from duologue.kernel.database import Transaction


class Standing(Struct, frozen=True):
    """Whether this copy sends; since when, where it was told to."""

    sends: bool
    since: datetime | None
    begun: datetime


async def unknown(tx: Transaction, ours: Sequence[UUID]) -> list[UUID]:
    """Which of these ids of messages of ours are of none that was written here."""
    return await tx.rows(
        UUID,
        """
        SELECT told.id FROM unnest(%(ids)s::uuid[]) AS told (id)
        WHERE NOT EXISTS (SELECT FROM message WHERE message.workspace_id = %(workspace)s AND message.id = told.id)
          AND NOT EXISTS (SELECT FROM letter WHERE letter.workspace_id = %(workspace)s AND letter.id = told.id)
        """,
        {"workspace": tx.workspace, "ids": list(ours)},
    )


async def standing(tx: Transaction) -> Standing | None:
    """Locked, in the hall."""
    return await tx.row(
        Standing, "SELECT sends, sends_since AS since, created_at AS begun FROM installation FOR UPDATE"
    )


async def seen(tx: Transaction, now: datetime, *, stop: bool) -> None:
    """Another copy sends; this one stops, where it is to. In the hall."""
    await tx.run(
        "UPDATE installation SET another_at = %(now)s, sends = sends AND NOT %(stop)s", {"now": now, "stop": stop}
    )
