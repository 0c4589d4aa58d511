"""All SQL of the outbox: what may leave now, what is in whose hands, what became of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from msgspec import Struct

from duologue.channels.contract import Speed
from duologue.conversations.model import Author, Lane, Status
from duologue.kernel.database import Transaction


class Pace(Struct, frozen=True):
    """How fast accounts of a kind may send: tokens a second, and how many may gather."""

    kind: str
    rate: float
    burst: float


class Hands(Struct, frozen=True):
    """Who takes messages to send, when, and for how long they are theirs."""

    worker: UUID
    now: datetime
    lease: timedelta


class Claimed(Struct, frozen=True):
    workspace_id: UUID
    id: UUID
    conversation_id: UUID
    channel_id: UUID
    attempt: int
    received_time: datetime


class Sending(Struct, frozen=True, kw_only=True):
    """A claimed message with everything that is needed to send it."""

    id: UUID
    conversation_id: UUID
    channel_id: UUID
    contact_id: UUID
    seq: int
    attempt: int
    author: Author
    author_name: str | None
    lane: Lane
    content_sealed: bytes | None
    key_sealed: bytes | None
    address_id: UUID
    external_sealed: bytes
    subject_sealed: bytes | None
    reply_to_external: str | None
    reply_to: UUID | None
    quoted_sealed: bytes | None
    quoted_of: UUID | None
    last_in_at: datetime | None
    last_in_as: Literal["message", "comment"]
    tapped_at: datetime | None
    stopped: Literal["", "bulk", "all"]
    received_time: datetime
    newest_id: UUID | None
    newest_external: str | None
    newest_sealed: bytes | None
    newest_of: UUID | None


class Reference(Struct, frozen=True):
    conversation_id: UUID
    external_id: str


class Attached(Struct, frozen=True):
    id: UUID
    message_id: UUID
    kind: str
    mime: str
    state: str
    facts_sealed: bytes


class Stale(Struct, frozen=True):
    workspace_id: UUID
    id: UUID
    conversation_id: UUID
    channel_id: UUID
    status: Status
    attempt: int
    received_time: datetime
    kind: str


def open_paces(tx: Transaction) -> None:
    """Every account has a bucket. Runs in the hall."""
    tx.later(
        """
        INSERT INTO pace (workspace_id, channel_id) SELECT workspace_id, id FROM channel WHERE state = 'active'
          AND NOT EXISTS (SELECT FROM pace WHERE pace.workspace_id = channel.workspace_id AND channel_id = channel.id)
        ON CONFLICT DO NOTHING
        """
    )


async def claim(
    tx: Transaction, lane: Lane, paces: Sequence[Pace], *, reserve: float, most: int, hands: Hands
) -> list[Claimed]:
    """Takes due messages of one lane into `hands`, and writes the attempts down. Runs in the hall.

    The first unfinished message of each conversation only, as many as each account's bucket allows after leaving
    `reserve` (a part of the burst) to more urgent lanes. Nothing in a copy that was told not to send.
    """
    return await tx.rows(
        Claimed,
        """
        WITH able AS (SELECT * FROM unnest(%(kinds)s::text[], %(rates)s::float8[], %(bursts)s::float8[])
                        AS able (kind, rate, burst)),
        room AS MATERIALIZED (
          SELECT pace.workspace_id, channel_id, coalesce(own_burst, burst) AS burst,
            least(coalesce(own_burst, burst), tokens + coalesce(own_rate, rate)
              * greatest(0, extract(epoch FROM clock_timestamp() - refilled_at))) AS tokens
          FROM pace
          JOIN channel ON channel.workspace_id = pace.workspace_id AND channel.id = channel_id
          JOIN able USING (kind)
          WHERE state = 'active' AND (held_until IS NULL OR held_until <= clock_timestamp())
            AND (%(lane)s <> 'bulk' OR bulk_held_until IS NULL OR bulk_held_until <= clock_timestamp())
            AND coalesce((SELECT sends FROM installation), true)
          ORDER BY channel_id FOR UPDATE OF pace),
        picked AS MATERIALIZED (
          SELECT due.* FROM room CROSS JOIN LATERAL (
            SELECT workspace_id, id, conversation_id, channel_id, attempt + 1 AS attempt, received_time FROM message
            WHERE message.workspace_id = room.workspace_id AND message.channel_id = room.channel_id
              AND status IN ('queued', 'held') AND lane = %(lane)s AND due_at <= %(now)s
              AND NOT EXISTS (
                SELECT FROM message AS ahead
                WHERE ahead.workspace_id = message.workspace_id AND ahead.conversation_id = message.conversation_id
                  AND ahead.seq < message.seq AND ahead.status IN ('held', 'queued', 'sending'))
            ORDER BY due_at, id
            LIMIT least(%(most)s, greatest(0, floor(
              room.tokens - least(%(reserve)s * room.burst, room.burst - 1))))::bigint
            FOR UPDATE SKIP LOCKED) AS due
          LIMIT %(most)s),
        spent AS (
          UPDATE pace SET refilled_at = clock_timestamp(), tokens = room.tokens -
            (SELECT count(*) FROM picked WHERE picked.channel_id = room.channel_id)
          FROM room WHERE pace.workspace_id = room.workspace_id AND pace.channel_id = room.channel_id
            AND EXISTS (SELECT FROM picked WHERE picked.channel_id = room.channel_id)),
        written AS (
          INSERT INTO attempt (workspace_id, message_id, number, worker, started_at)
          SELECT workspace_id, id, attempt, %(worker)s, clock_timestamp() FROM picked)
        UPDATE message SET status = 'sending', attempt = picked.attempt, lease_until = clock_timestamp() + %(lease)s
        FROM picked WHERE message.workspace_id = picked.workspace_id AND message.id = picked.id
        RETURNING message.workspace_id, message.id, message.conversation_id, message.channel_id, message.attempt,
                  message.received_time
        """,
        {
            "lane": lane,
            "kinds": [pace.kind for pace in paces],
            "rates": [pace.rate for pace in paces],
            "bursts": [pace.burst for pace in paces],
            "reserve": reserve,
            "most": most,
            "worker": hands.worker,
            "lease": hands.lease,
            "now": hands.now,
        },
    )


async def keep_speed(tx: Transaction, channel: UUID, speed: Speed) -> None:
    """From now on the account goes at a pace of its own. Runs in the hall."""
    await tx.run(
        """
        UPDATE pace SET own_rate = %(rate)s, own_burst = %(burst)s WHERE channel_id = %(id)s
          AND (own_rate, own_burst) IS DISTINCT FROM (%(rate)s::float8, %(burst)s::float8)
        """,
        {"id": channel, "rate": speed.a_second, "burst": speed.burst},
    )


async def hold_account(tx: Transaction, channel: UUID, seconds: float) -> None:
    """Nothing leaves this account for so long. Runs in the hall."""
    await tx.run(
        """
        UPDATE pace SET held_until = greatest(held_until, clock_timestamp() + make_interval(secs => %(secs)s))
        WHERE channel_id = %(id)s
        """,
        {"id": channel, "secs": seconds},
    )


async def next_due(tx: Transaction, now: datetime) -> float | None:
    """Seconds until something more may be due, where that is known. Runs in the hall."""
    return await tx.row(
        float,
        """
        SELECT extract(epoch FROM min(due_at) - %(now)s)::float8 FROM message
        WHERE status IN ('queued', 'held') AND due_at > %(now)s
        """,
        {"now": now},
    )


async def load(tx: Transaction, messages: Sequence[UUID]) -> list[Sending]:
    """By primary keys alone, one after the other: a plan by statistics reads whole tables where they are young."""
    return await tx.rows(
        Sending,
        """
        SELECT message.id, message.conversation_id, message.channel_id, message.contact_id, message.seq,
          message.attempt, message.author, member.name AS author_name, message.lane, message.content_sealed,
          key_sealed, address_id, external_sealed, subject_sealed, quoted.external_id AS reply_to_external,
          last_in_at, last_in_as, tapped_at, stopped, message.received_time, newest.id AS newest_id,
          newest.external_id AS newest_external, newest.content_sealed AS newest_sealed, newest.contact_id AS newest_of,
          message.reply_to, quoted.content_sealed AS quoted_sealed, quoted.contact_id AS quoted_of
        FROM unnest(%(ids)s::uuid[]) AS wanted (id)
        CROSS JOIN LATERAL (
          SELECT * FROM message AS one WHERE one.workspace_id = %(workspace)s AND one.id = wanted.id LIMIT 1) AS message
        CROSS JOIN LATERAL (
          SELECT address_id, subject_sealed, last_in_at, last_in_as, tapped_at FROM conversation AS one
          WHERE one.workspace_id = %(workspace)s AND one.id = message.conversation_id LIMIT 1) AS conversation
        CROSS JOIN LATERAL (
          SELECT external_sealed, stopped, contact_id FROM address AS one
          WHERE one.workspace_id = %(workspace)s AND one.id = conversation.address_id LIMIT 1) AS address
        CROSS JOIN LATERAL (
          SELECT key_sealed FROM contact AS one
          WHERE one.workspace_id = %(workspace)s AND one.id = address.contact_id LIMIT 1) AS contact
        LEFT JOIN LATERAL (
          SELECT name FROM member AS one
          WHERE one.workspace_id = %(workspace)s AND one.id = message.author_id LIMIT 1) AS member ON true
        LEFT JOIN LATERAL (
          SELECT external_id, content_sealed, contact_id FROM message AS one
          WHERE one.workspace_id = %(workspace)s AND one.id = message.reply_to
            AND one.conversation_id = message.conversation_id LIMIT 1) AS quoted ON true
        LEFT JOIN LATERAL (
          SELECT id, external_id, content_sealed, contact_id FROM message AS heard
          WHERE heard.workspace_id = %(workspace)s AND heard.conversation_id = message.conversation_id
            AND heard.direction = 'in' AND heard.kind <> 'notice' ORDER BY seq DESC LIMIT 1) AS newest ON true
        """,
        {"workspace": tx.workspace, "ids": list(messages)},
    )


async def references(tx: Transaction, conversations: Sequence[UUID], most: int = 20) -> list[Reference]:
    """The platform ids of the last messages of each conversation, oldest first."""
    return await tx.rows(
        Reference,
        """
        SELECT wanted.id AS conversation_id, external_id
        FROM unnest(%(ids)s::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
          SELECT external_id, seq FROM message WHERE workspace_id = %(workspace)s AND conversation_id = wanted.id
            AND external_id IS NOT NULL ORDER BY seq DESC LIMIT %(most)s) AS last
        ORDER BY wanted.id, seq
        """,
        {"workspace": tx.workspace, "ids": list(conversations), "most": most},
    )


async def reported(tx: Transaction, conversation: UUID, since: datetime) -> list[str]:
    """The platform ids of what the platform has reported as sent for the brand since then, without a word of ours."""
    return await tx.rows(
        str,
        """
        SELECT external_id FROM message WHERE workspace_id = %(workspace)s AND conversation_id = %(id)s
          AND author = 'platform' AND received_time >= %(since)s AND external_id IS NOT NULL
        """,
        {"workspace": tx.workspace, "id": conversation, "since": since},
    )


async def tongue(tx: Transaction) -> str:
    """The language of the house: of whoever has looked after it longest."""
    found = await tx.row(
        str,
        """
        SELECT locale FROM member WHERE workspace_id = %(workspace)s AND active AND role = 'administrator'
        ORDER BY created_at, id LIMIT 1
        """,
        {"workspace": tx.workspace},
    )
    return found or "en"


async def attached(tx: Transaction, messages: Sequence[UUID]) -> list[Attached]:
    return await tx.rows(
        Attached,
        """
        SELECT id, message_id, kind, mime, state, facts_sealed FROM attachment
        WHERE workspace_id = %(workspace)s AND message_id = ANY(%(ids)s) ORDER BY message_id, position
        """,
        {"workspace": tx.workspace, "ids": list(messages)},
    )


async def stale(tx: Transaction, most: int = 100) -> list[Stale]:
    """Messages whose sender is gone, and those of unknown fate that are to be looked at now. Runs in the hall."""
    return await tx.rows(
        Stale,
        """
        SELECT message.workspace_id, message.id, conversation_id, channel_id, status, attempt, received_time, kind
        FROM (SELECT workspace_id, id, conversation_id, channel_id, status, attempt, received_time, lease_until
              FROM message WHERE status IN ('sending', 'unknown') AND lease_until < clock_timestamp()
              ORDER BY lease_until LIMIT %(most)s) AS message
        JOIN (SELECT workspace_id, id AS channel, kind FROM channel) AS channel
          ON channel.workspace_id = message.workspace_id AND channel = channel_id
        """,
        {"most": most},
    )


async def give_up_lease(
    tx: Transaction, message: UUID, attempt: int, status: Status, reason: str | None, look: timedelta | None
) -> bool:
    """A message in nobody's hands goes to `status`, if it is in the same attempt still; `look`: when to look again.

    One that stays unknown keeps the reason it had, where there is no newer one.
    """
    return bool(
        await tx.run(
            """
            UPDATE message SET status = %(status)s, lease_until = clock_timestamp() + %(look)s,
              reason = CASE WHEN %(status)s::text = 'unknown' THEN coalesce(%(reason)s, reason) ELSE %(reason)s END,
              due_at = least(due_at, now())
            WHERE workspace_id = %(workspace)s AND id = %(id)s AND attempt = %(attempt)s
              AND status IN ('sending', 'unknown') AND lease_until < clock_timestamp()
            """,
            {
                "workspace": tx.workspace,
                "id": message,
                "attempt": attempt,
                "status": status,
                "reason": reason,
                "look": look,
            },
        )
    )
