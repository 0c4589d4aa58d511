"""All SQL about what we do to messages after they were sent: asked for, in whose hands, what became of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from msgspec import Struct

from duologue.channels.contract import Kind
from duologue.kernel.database import Query, Transaction

Verb = Literal["edit", "unsend", "react"]


class Subject(Struct, frozen=True, kw_only=True):
    """A message that something is to be done to, and all that is needed for it."""

    id: UUID
    conversation_id: UUID
    channel_id: UUID
    channel_kind: str
    contact_id: UUID
    direction: Literal["in", "out"]
    author: str
    kind: Kind
    status: str
    external_id: str | None
    also: list[str] | None
    unsent_at: datetime | None
    provider_time: datetime
    content_sealed: bytes | None
    key_sealed: bytes | None
    address_id: UUID
    external_sealed: bytes


class New(Struct, frozen=True, kw_only=True):
    id: UUID
    kind: Verb
    by_member: UUID | None
    words_sealed: bytes | None
    asked_at: datetime
    due_at: datetime


class Claimed(Struct, frozen=True):
    workspace_id: UUID
    id: UUID
    message_id: UUID
    conversation_id: UUID
    channel_id: UUID
    attempt: int


class Held(Struct, frozen=True, kw_only=True):
    """An act with its words still sealed."""

    id: UUID
    message_id: UUID
    kind: Verb
    by_member: UUID | None
    by_name: str | None
    words_sealed: bytes | None
    status: str
    reason: str | None
    attempt: int
    asked_at: datetime
    due_at: datetime


async def subject(tx: Transaction, message: UUID) -> Subject | None:
    return await tx.row(
        Subject,
        """
        SELECT message.id, message.conversation_id, message.channel_id, channel.kind AS channel_kind,
          message.contact_id, direction, author, message.kind, message.status, external_id, also, unsent_at,
          provider_time, content_sealed, key_sealed, address_id, external_sealed
        FROM message
        JOIN channel ON channel.workspace_id = message.workspace_id AND channel.id = message.channel_id
        JOIN conversation ON conversation.workspace_id = message.workspace_id AND conversation.id = conversation_id
        JOIN address ON address.workspace_id = message.workspace_id AND address.id = address_id
        JOIN contact ON contact.workspace_id = message.workspace_id AND contact.id = message.contact_id
        WHERE message.workspace_id = %(workspace)s AND message.id = %(id)s
        """,
        {"workspace": tx.workspace, "id": message},
    )


async def ask(tx: Transaction, about: Subject, new: New) -> None:
    """Writes it down as queued; what was asked for before in the same way and has not begun is not done any more."""
    scope = {"workspace": tx.workspace, "message": about.id, "kind": new.kind}
    await tx.run(
        """
        UPDATE message_act SET status = 'cancelled' WHERE workspace_id = %(workspace)s AND message_id = %(message)s
          AND kind = %(kind)s AND status IN ('queued', 'failed', 'unknown')
        """,
        scope,
    )
    await tx.run(
        """
        INSERT INTO message_act (workspace_id, id, message_id, conversation_id, channel_id, kind, by_member,
          words_sealed, status, asked_at, due_at)
        VALUES (%(workspace)s, %(id)s, %(message)s, %(conversation)s, %(channel)s, %(kind)s, %(by_member)s,
          %(words_sealed)s, 'queued', %(asked_at)s, %(due_at)s)
        """,
        {field: getattr(new, field) for field in New.__struct_fields__}
        | scope
        | {"conversation": about.conversation_id, "channel": about.channel_id},
    )


async def keep_parts(tx: Transaction, message: UUID, also: Sequence[str]) -> None:
    """The platform's ids of earlier parts: whoever takes the message back takes all of it back."""
    await tx.run(
        "UPDATE message SET also = %(also)s WHERE workspace_id = %(workspace)s AND id = %(id)s",
        {"workspace": tx.workspace, "id": message, "also": list(also)},
    )


async def claim(tx: Transaction, *, now: datetime, lease: timedelta, most: int) -> list[Claimed]:
    """Takes what is due into hand, one act of each message at a time, and writes down that it is begun. In the hall.

    Also what somebody had in hand who is gone: doing it twice is the same as once.
    """
    return await tx.rows(
        Claimed,
        """
        WITH picked AS MATERIALIZED (
          SELECT act.workspace_id, act.id FROM message_act AS act
          JOIN channel ON channel.workspace_id = act.workspace_id AND channel.id = act.channel_id
          WHERE channel.state = 'active' AND coalesce((SELECT sends FROM installation), true)
            AND ((act.status = 'queued' AND act.due_at <= %(now)s)
              OR (act.status = 'sending' AND act.lease_until < clock_timestamp()))
            AND NOT EXISTS (
              SELECT FROM message_act AS ahead
              WHERE ahead.workspace_id = act.workspace_id AND ahead.message_id = act.message_id
                AND ahead.id < act.id AND ahead.status IN ('queued', 'sending'))
          ORDER BY act.due_at, act.id LIMIT %(most)s FOR UPDATE OF act SKIP LOCKED)
        UPDATE message_act AS act SET status = 'sending', attempt = attempt + 1, started_at = clock_timestamp(),
          lease_until = clock_timestamp() + %(lease)s
        FROM picked WHERE act.workspace_id = picked.workspace_id AND act.id = picked.id
        RETURNING act.workspace_id, act.id, act.message_id, act.conversation_id, act.channel_id, act.attempt
        """,
        {"now": now, "lease": lease, "most": most},
    )


async def next_due(tx: Transaction, now: datetime) -> float | None:
    """Seconds until something more may be due, where that is known. Runs in the hall."""
    return await tx.row(
        float,
        """
        SELECT extract(epoch FROM min(due_at) - %(now)s)::float8 FROM message_act
        WHERE status = 'queued' AND due_at > %(now)s
        """,
        {"now": now},
    )


_HELD = """
  SELECT act.id, act.message_id, act.kind, act.by_member, member.name AS by_name, act.words_sealed, act.status,
    act.reason, act.attempt, act.asked_at, act.due_at
  FROM message_act AS act
  LEFT JOIN member ON member.workspace_id = act.workspace_id AND member.id = act.by_member
"""


async def in_hand(tx: Transaction, act: UUID, attempt: int) -> Held | None:
    """The act, locked, where it is in this attempt's hands."""
    return await tx.row(
        Held,
        _HELD
        + """
        WHERE act.workspace_id = %(workspace)s AND act.id = %(id)s AND act.attempt = %(attempt)s
          AND act.status = 'sending' FOR NO KEY UPDATE OF act
        """,
        {"workspace": tx.workspace, "id": act, "attempt": attempt},
    )


async def end(tx: Transaction, act: UUID, status: str, reason: str | None, *, due: datetime, now: datetime) -> None:
    await tx.run(
        """
        UPDATE message_act SET status = %(status)s, reason = %(reason)s, due_at = %(due)s, lease_until = NULL,
          ended_at = CASE WHEN %(status)s::text <> 'queued' THEN %(now)s END
        WHERE workspace_id = %(workspace)s AND id = %(id)s
        """,
        {"workspace": tx.workspace, "id": act, "status": status, "reason": reason, "due": due, "now": now},
    )


async def move(tx: Transaction, message: UUID, to: str, from_status: Sequence[str], now: datetime) -> int:
    """What stands open of a message's acts goes to `to`; of how many that was so."""
    return await tx.run(
        """
        UPDATE message_act SET status = %(to)s, due_at = %(now)s
        WHERE workspace_id = %(workspace)s AND message_id = %(id)s AND status = ANY(%(from)s)
        """,
        {"workspace": tx.workspace, "id": message, "to": to, "from": list(from_status), "now": now},
    )


def unfinished(tx: Transaction, messages: Sequence[UUID]) -> Query[Held]:
    """What is under way or did not go well, of each message and sort the last."""
    return Query(
        Held,
        """
        SELECT * FROM (
          SELECT DISTINCT ON (message_id, act.kind) act.id, message_id, act.kind, by_member, member.name AS by_name,
            words_sealed, status, reason, attempt, asked_at, due_at
          FROM message_act AS act
          LEFT JOIN member ON member.workspace_id = act.workspace_id AND member.id = act.by_member
          WHERE act.workspace_id = %(workspace)s AND message_id = ANY(%(ids)s) AND status <> 'cancelled'
          ORDER BY message_id, act.kind, act.id DESC) AS last
        WHERE status <> 'done' ORDER BY id
        """,
        {"workspace": tx.workspace, "ids": list(messages)},
    )


async def revoke(tx: Transaction, message: UUID) -> None:
    """Nothing more is done to a message that is gone; what was to be said of it is forgotten."""
    await tx.run(
        """
        UPDATE message_act SET words_sealed = NULL,
          status = CASE WHEN status IN ('queued', 'failed', 'unknown') THEN 'cancelled' ELSE status END
        WHERE workspace_id = %(workspace)s AND message_id = %(id)s
        """,
        {"workspace": tx.workspace, "id": message},
    )
