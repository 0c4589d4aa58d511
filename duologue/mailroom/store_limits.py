"""All SQL about how much an account has sent. Runs in the hall."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from duologue.kernel.database import Transaction
from duologue.mailroom.store_outbox import Pace


class Used(Struct, frozen=True):
    messages: int
    oldest: datetime | None  # the first minute of those that count


async def used(tx: Transaction, channel: UUID, spans: Sequence[timedelta], now: datetime) -> list[Used]:
    """What was sent within each span until now; nobody else counts for this account until the transaction ends."""
    await tx.rows(UUID, "SELECT channel_id FROM pace WHERE channel_id = %(id)s FOR UPDATE", {"id": channel})
    return await tx.rows(
        Used,
        """
        SELECT coalesce(sum(messages), 0)::int AS messages, min(minute) AS oldest
        FROM unnest(%(spans)s::interval[]) WITH ORDINALITY AS wanted (span, place)
        LEFT JOIN sent_minute ON channel_id = %(id)s AND messages > 0
          AND minute > date_trunc('minute', %(now)s::timestamptz) - span
        GROUP BY place ORDER BY place
        """,
        {"id": channel, "spans": list(spans), "now": now},
    )


async def count(tx: Transaction, workspace: UUID, channel: UUID, minute: datetime, before: datetime) -> None:
    """One more in this minute; the minutes `before` are forgotten."""
    added = await tx.run(
        """
        UPDATE sent_minute SET messages = messages + 1
        WHERE workspace_id = %(workspace)s AND channel_id = %(id)s AND minute = %(minute)s
        """,
        {"workspace": workspace, "id": channel, "minute": minute},
    )
    if added:
        return
    await tx.run(
        "INSERT INTO sent_minute (workspace_id, channel_id, minute, messages) VALUES (%(w)s, %(id)s, %(minute)s, 1)",
        {"w": workspace, "id": channel, "minute": minute},
    )
    await tx.run(
        "DELETE FROM sent_minute WHERE workspace_id = %(w)s AND channel_id = %(id)s AND minute < %(before)s",
        {"w": workspace, "id": channel, "before": before},
    )


async def give_back(tx: Transaction, channel: UUID, minute: datetime) -> None:
    await tx.run(
        """
        UPDATE sent_minute SET messages = messages - 1
        WHERE channel_id = %(id)s AND minute = %(minute)s AND messages > 0
        """,
        {"id": channel, "minute": minute},
    )


async def spend(tx: Transaction, channel: UUID, pace: Pace, *, reserve: float) -> bool:
    """Takes one from the account's bucket for what is sent beside the outbox, if it leaves `reserve`."""
    return bool(
        await tx.run(
            """
            UPDATE pace SET refilled_at = clock_timestamp(), tokens = room.tokens - 1
            FROM (SELECT channel_id, least(%(burst)s::float8,
                    tokens + %(rate)s::float8 * greatest(0, extract(epoch FROM clock_timestamp() - refilled_at))
                  ) AS tokens
                  FROM pace WHERE channel_id = %(id)s AND (held_until IS NULL OR held_until <= clock_timestamp())
                  FOR UPDATE) AS room
            WHERE pace.channel_id = room.channel_id
              AND room.tokens - least(%(reserve)s * %(burst)s, %(burst)s - 1) >= 1
            """,
            {"id": channel, "rate": pace.rate, "burst": pace.burst, "reserve": reserve},
        )
    )


async def hold_bulk(tx: Transaction, channel: UUID, seconds: float) -> None:
    """Nothing that goes to many leaves this account for so long."""
    await tx.run(
        """
        UPDATE pace SET bulk_held_until = greatest(bulk_held_until, clock_timestamp() + make_interval(secs => %(secs)s))
        WHERE channel_id = %(id)s
        """,
        {"id": channel, "secs": seconds},
    )
