"""All SQL about how fast a person is written to."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from duologue.channels.contract import Spacing
from duologue.kernel.database import Transaction


class Wait(Struct, frozen=True):
    message: UUID
    seconds: float


async def take(tx: Transaction, messages: Sequence[UUID], spacing: Spacing, now: datetime) -> list[Wait]:
    """Takes each message from the allowance of whoever it goes to; those for which that does not suffice.

    What is kept of an allowance is when it will be whole again: it is used up where that is a whole burst away. Several
    messages to one person are taken together or not at all.
    """
    return await tx.rows(
        Wait,
        """
        WITH wanted AS MATERIALIZED (
          SELECT message.id, address_id
          FROM unnest(%(ids)s::uuid[]) AS asked (id)
          JOIN message ON message.workspace_id = %(workspace)s AND message.id = asked.id
          JOIN conversation ON conversation.workspace_id = %(workspace)s AND conversation.id = conversation_id),
        person AS MATERIALIZED (
          SELECT address_id, least(count(*), %(burst)s) * %(each)s AS cost FROM wanted
          GROUP BY address_id ORDER BY address_id),
        taken AS (
          INSERT INTO person_pace AS pace (workspace_id, address_id, whole_at)
          SELECT %(workspace)s, address_id, %(now)s + cost FROM person
          ON CONFLICT (workspace_id, address_id) DO UPDATE
            SET whole_at = greatest(pace.whole_at, %(now)s) + (excluded.whole_at - %(now)s)
            WHERE greatest(pace.whole_at, %(now)s) + (excluded.whole_at - %(now)s) <= %(now)s + %(burst)s * %(each)s
          RETURNING address_id)
        SELECT wanted.id AS message,
          greatest(0.1, extract(epoch FROM whole_at + cost - %(burst)s * %(each)s - %(now)s))::float8 AS seconds
        FROM wanted JOIN person USING (address_id)
        JOIN person_pace AS pace ON pace.workspace_id = %(workspace)s AND pace.address_id = wanted.address_id
        WHERE NOT EXISTS (SELECT FROM taken WHERE taken.address_id = wanted.address_id)
        """,
        {
            "workspace": tx.workspace,
            "ids": list(messages),
            "burst": spacing.burst,
            "each": spacing.each,
            "now": now,
        },
    )


async def forget(tx: Transaction, now: datetime) -> int:
    """Allowances that are whole need not be known."""
    return await tx.run(
        "DELETE FROM person_pace WHERE workspace_id = %(workspace)s AND whole_at < %(now)s",
        {"workspace": tx.workspace, "now": now},
    )
