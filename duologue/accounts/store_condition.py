"""What the outbox and the arrivals show of an account."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from msgspec import Struct

from duologue.channels.contract import Refusal
from duologue.kernel import ids
from duologue.kernel.database import Transaction

TRIED = timedelta(hours=24)  # so long a message is tried again


class ErrorRow(Struct, frozen=True, kw_only=True):
    """Sends that went wrong in the same way: how often, and when last. `why` only of a refusal."""

    outcome: Literal["trylater", "refused", "unknown"]
    why: Refusal | None
    reason: str
    times: int
    last_at: datetime


class Waiting(Struct, frozen=True, kw_only=True):
    """What has not left yet, and what came and could not be read."""

    waiting: int
    waiting_since: datetime | None
    unread: int


async def errors(tx: Transaction, id: UUID, since: datetime, *, most: int) -> list[ErrorRow]:
    """Those since then, the last first. A message is tried for a day, and ids stand in the order of time: no older
    one is looked at."""
    return await tx.rows(
        ErrorRow,
        """
        SELECT outcome, attempt.why, coalesce(attempt.reason, '') AS reason, count(*)::int AS times,
               max(ended_at) AS last_at
        FROM attempt JOIN message ON message.workspace_id = attempt.workspace_id AND message.id = message_id
        WHERE attempt.workspace_id = %(workspace)s AND message_id >= %(first)s AND outcome <> 'receipt'
          AND channel_id = %(id)s AND ended_at >= %(since)s
        GROUP BY outcome, attempt.why, coalesce(attempt.reason, '') ORDER BY max(ended_at) DESC LIMIT %(most)s
        """,
        {"workspace": tx.workspace, "id": id, "since": since, "first": ids.earliest(since - TRIED), "most": most},
    )


async def waiting(tx: Transaction, id: UUID) -> Waiting:
    found = await tx.row(
        Waiting,
        """
        SELECT (SELECT count(*)::int FROM message WHERE workspace_id = %(workspace)s AND channel_id = %(id)s
                AND status = 'queued') AS waiting,
               (SELECT min(received_time) FROM message WHERE workspace_id = %(workspace)s AND channel_id = %(id)s
                AND status = 'queued') AS waiting_since,
               (SELECT count(*)::int FROM arrival WHERE workspace_id = %(workspace)s AND channel_id = %(id)s
                AND state = 'quarantined')
             + (SELECT count(*)::int FROM set_aside WHERE workspace_id = %(workspace)s AND channel_id = %(id)s
                AND resolved_at IS NULL) AS unread
        """,
        {"workspace": tx.workspace, "id": id},
    )
    assert found is not None
    return found
