"""All SQL about arrivals and the quarantine."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from duologue.kernel.database import Transaction
from duologue.mailroom.model import Arrival


class Pending(Struct, frozen=True):
    workspace_id: UUID
    id: UUID


class Body(Struct, frozen=True):
    id: UUID
    channel_id: UUID
    body_sealed: bytes
    received_at: datetime


class Sorted(Struct, frozen=True, kw_only=True):
    """What was found in an arrival, and what became of it."""

    id: UUID
    messages: int
    duplicates: int
    others: int
    set_aside: int


class SetAside(Struct, frozen=True, kw_only=True):
    id: UUID
    arrival_id: UUID
    channel_id: UUID
    reason: str
    item_sealed: bytes


async def write_down(tx: Transaction, arrivals: Sequence[Arrival]) -> None:
    """Through the door. Written twice is written once, so the spool may be emptied again after a crash."""
    await tx.run(
        """
        INSERT INTO arrival (workspace_id, id, channel_id, kind, body_sealed, received_at)
        SELECT * FROM unnest(%(workspace_id)s::uuid[], %(id)s::uuid[], %(channel_id)s::uuid[], %(kind)s::text[],
                             %(body_sealed)s::bytea[], %(received_at)s::timestamptz[])
        ON CONFLICT DO NOTHING
        """,
        {field: [getattr(one, field) for one in arrivals] for field in Arrival.__struct_fields__},
    )


async def pending(tx: Transaction, most: int) -> list[Pending]:
    """The oldest arrivals of one workspace, locked until the transaction ends. Runs in the hall."""
    return await tx.rows(
        Pending,
        """
        WITH first AS MATERIALIZED (
          SELECT workspace_id FROM arrival WHERE state = 'pending' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
        SELECT workspace_id, id FROM arrival
        WHERE state = 'pending' AND workspace_id = (SELECT workspace_id FROM first)
        ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED
        """,
        {"most": most},
    )


async def bodies(tx: Transaction, ids: Sequence[UUID]) -> list[Body]:
    return await tx.rows(
        Body,
        """
        SELECT id, channel_id, body_sealed, received_at FROM arrival
        WHERE workspace_id = %(workspace)s AND id = ANY(%(ids)s) AND body_sealed IS NOT NULL ORDER BY id
        """,
        {"workspace": tx.workspace, "ids": list(ids)},
    )


async def sorted_out(tx: Transaction, done: Sequence[Sorted], now: datetime) -> None:
    """Tallies. An arrival that is sorted again finds its own messages of the first time: no duplicates, those."""
    fields = Sorted.__struct_fields__
    tx.later(
        """
        UPDATE arrival SET state = 'sorted', sorted_at = %(now)s, reason = NULL,
          items = arrival.messages + new.messages + greatest(0, new.duplicates - arrival.messages)
            + new.others + new.set_aside,
          messages = arrival.messages + new.messages, others = new.others, set_aside = new.set_aside,
          duplicates = greatest(0, new.duplicates - arrival.messages)
        FROM unnest(%(id)s::uuid[], %(messages)s::int[], %(duplicates)s::int[], %(others)s::int[],
                    %(set_aside)s::int[]) AS new (id, messages, duplicates, others, set_aside)
        WHERE workspace_id = %(workspace)s AND arrival.id = new.id
        """,
        {"workspace": tx.workspace, "now": now} | {field: [getattr(one, field) for one in done] for field in fields},
    )


async def quarantine(tx: Transaction, arrival: UUID, reason: str) -> None:
    await tx.run(
        """
        UPDATE arrival SET state = 'quarantined', reason = %(reason)s, attempts = attempts + 1
        WHERE workspace_id = %(workspace)s AND id = %(id)s AND state = 'pending'
        """,
        {"workspace": tx.workspace, "id": arrival, "reason": reason[:500]},
    )


async def set_aside(tx: Transaction, items: Sequence[SetAside]) -> None:
    fields = SetAside.__struct_fields__
    await tx.run(
        """
        INSERT INTO set_aside (workspace_id, id, arrival_id, channel_id, reason, item_sealed)
        SELECT %(workspace)s, * FROM unnest(%(id)s::uuid[], %(arrival_id)s::uuid[], %(channel_id)s::uuid[],
                                            %(reason)s::text[], %(item_sealed)s::bytea[])
        """,
        {"workspace": tx.workspace} | {field: [getattr(one, field) for one in items] for field in fields},
    )


async def save_cursor(tx: Transaction, channel: UUID, cursor: bytes, worker: UUID) -> bool:
    """How far it has been read; False where `worker` no longer holds the lease."""
    return bool(
        await tx.run(
            """
            UPDATE channel SET cursor = %(cursor)s
            WHERE workspace_id = %(workspace)s AND id = %(id)s AND listener = %(worker)s
            """,
            {"workspace": tx.workspace, "id": channel, "cursor": cursor, "worker": worker},
        )
    )


async def cursor(tx: Transaction, channel: UUID) -> bytes | None:
    return await tx.row(
        bytes,
        "SELECT cursor FROM channel WHERE workspace_id = %(workspace)s AND id = %(id)s",
        {"workspace": tx.workspace, "id": channel},
    )


async def listen_lease(tx: Transaction, channel: UUID, worker: UUID, seconds: float) -> bool:
    """Takes or renews the right to poll this account; one process has it at a time. Runs in the hall."""
    return bool(
        await tx.run(
            """
            UPDATE channel
            SET listener = %(worker)s, listener_until = clock_timestamp() + make_interval(secs => %(secs)s)
            WHERE id = %(id)s AND state = 'active'
              AND (listener IS NULL OR listener = %(worker)s OR listener_until < clock_timestamp())
            """,
            {"id": channel, "worker": worker, "secs": seconds},
        )
    )


async def end_lease(tx: Transaction, channel: UUID, worker: UUID) -> None:
    await tx.run(
        "UPDATE channel SET listener = NULL, listener_until = NULL WHERE id = %(id)s AND listener = %(worker)s",
        {"id": channel, "worker": worker},
    )


# ------------------------------------------------------------------------------------------------------ quarantine


class Held(Struct, frozen=True, kw_only=True):
    """Something that could not be read: a whole arrival, or one item out of it."""

    id: UUID
    whole: bool
    channel_id: UUID
    channel_name: str
    channel_kind: str
    reason: str
    at: datetime
    size: int


async def held(tx: Transaction, after: UUID | None, most: int) -> list[Held]:
    """The newest first, from those older than `after`."""
    return await tx.rows(
        Held,
        """
        SELECT held.id, whole, channel_id, channel.name AS channel_name, channel.kind AS channel_kind,
               coalesce(reason, '') AS reason, at, size
        FROM (
          SELECT id, true AS whole, channel_id, reason, received_at AS at, coalesce(length(body_sealed), 0) AS size
          FROM arrival WHERE workspace_id = %(workspace)s AND state = 'quarantined'
          UNION ALL
          SELECT id, false, channel_id, reason, at, length(item_sealed) FROM set_aside
          WHERE workspace_id = %(workspace)s AND resolved_at IS NULL
        ) AS held
        JOIN channel ON channel.workspace_id = %(workspace)s AND channel.id = channel_id
        WHERE %(after)s::uuid IS NULL OR held.id < %(after)s
        ORDER BY held.id DESC LIMIT %(most)s
        """,
        {"workspace": tx.workspace, "after": after, "most": most},
    )


class Sealed(Struct, frozen=True):
    whole: bool
    sealed: bytes


async def held_body(tx: Transaction, id: UUID) -> Sealed | None:
    return await tx.row(
        Sealed,
        """
        SELECT true AS whole, body_sealed AS sealed FROM arrival
        WHERE workspace_id = %(workspace)s AND id = %(id)s AND state = 'quarantined' AND body_sealed IS NOT NULL
        UNION ALL
        SELECT false, item_sealed FROM set_aside
        WHERE workspace_id = %(workspace)s AND id = %(id)s AND resolved_at IS NULL
        """,
        {"workspace": tx.workspace, "id": id},
    )


async def replay(tx: Transaction, id: UUID) -> bool:
    """Back to the pending ones: a quarantined arrival, or the arrival that a set-aside item came in.

    What cannot be read this time is set aside anew, with its reason.
    """
    values = {"workspace": tx.workspace, "id": id}
    whole = await tx.run(
        """
        UPDATE arrival SET state = 'pending', reason = NULL
        WHERE workspace_id = %(workspace)s AND id = %(id)s AND state = 'quarantined' AND body_sealed IS NOT NULL
        """,
        values,
    )
    if whole:
        return True
    return bool(
        await tx.run(
            """
            WITH item AS (
              SELECT arrival_id FROM set_aside JOIN arrival
                ON arrival.workspace_id = set_aside.workspace_id AND arrival.id = arrival_id
              WHERE set_aside.workspace_id = %(workspace)s AND set_aside.id = %(id)s AND resolved_at IS NULL
                AND body_sealed IS NOT NULL AND arrival.state = 'sorted'),
            anew AS (
              DELETE FROM set_aside USING item
              WHERE workspace_id = %(workspace)s AND set_aside.arrival_id = item.arrival_id)
            UPDATE arrival SET state = 'pending', items = messages, duplicates = 0, others = 0, set_aside = 0
            FROM item WHERE workspace_id = %(workspace)s AND id = item.arrival_id
            """,
            values,
        )
    )


async def discard(tx: Transaction, id: UUID) -> bool:
    """Gone for good, but still counted."""
    values = {"workspace": tx.workspace, "id": id}
    whole = await tx.run(
        """
        UPDATE arrival SET state = 'discarded', body_sealed = NULL
        WHERE workspace_id = %(workspace)s AND id = %(id)s AND state = 'quarantined'
        """,
        values,
    )
    item = await tx.run(
        """
        UPDATE set_aside SET resolved_at = now(), item_sealed = ''
        WHERE workspace_id = %(workspace)s AND id = %(id)s AND resolved_at IS NULL
        """,
        values,
    )
    return bool(whole or item)
