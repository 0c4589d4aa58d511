"""All SQL of the rounds."""

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from duologue.kernel import ids
from duologue.kernel.database import Transaction


async def take(tx: Transaction, channel: UUID, now: datetime, every: timedelta) -> bool:
    """Whether it is time to look at this account, and nobody else does. Runs in the hall."""
    taken = await tx.rows(
        UUID,
        """
        UPDATE channel SET looked_at = %(now)s
        WHERE id = %(id)s AND state = 'active' AND (looked_at IS NULL OR looked_at <= %(before)s) RETURNING id
        """,
        {"id": channel, "now": now, "before": now - every},
    )
    return bool(taken)


async def repaired_until(tx: Transaction, channel: UUID) -> datetime | None:
    """Runs in the hall."""
    return await tx.row(datetime, "SELECT repaired_until FROM channel WHERE id = %(id)s", {"id": channel})


async def repaired(tx: Transaction, channel: UUID, until: datetime) -> None:
    """Everything before has been compared. Runs in the hall."""
    await tx.run("UPDATE channel SET repaired_until = %(until)s WHERE id = %(id)s", {"id": channel, "until": until})


class Heard(Struct, frozen=True):
    last: datetime | None
    longest: timedelta | None


async def heard(tx: Transaction, channel: UUID, since: datetime) -> Heard:
    """When something last came in, and the longest time between two arrivals since then; None for fewer than ten."""
    found = await tx.row(
        Heard,
        """
        SELECT max(received_at) AS last,
          CASE WHEN count(*) >= 10 THEN max(gap) END AS longest
        FROM (
          SELECT received_at, received_at - lag(received_at) OVER (ORDER BY received_at) AS gap FROM (
            SELECT received_at FROM arrival
            WHERE workspace_id = %(workspace)s AND id >= %(first)s AND channel_id = %(channel)s
            ORDER BY id DESC LIMIT 2000) AS newest) AS recent
        """,
        {"workspace": tx.workspace, "channel": channel, "first": ids.earliest(since)},
    )
    return found or Heard(None, None)
