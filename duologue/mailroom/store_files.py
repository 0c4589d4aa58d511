"""All SQL about files that are still to be fetched or made ready."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from duologue.channels.contract import Kind
from duologue.kernel.database import Transaction


class Waiting(Struct, frozen=True, kw_only=True):
    id: UUID
    message_id: UUID
    conversation_id: UUID
    channel_id: UUID
    contact_id: UUID
    kind: Kind
    facts_sealed: bytes
    key_sealed: bytes
    created_at: datetime


class Kept(Struct, frozen=True):
    id: UUID
    kind: Kind
    mime: str
    size: int
    width: int | None = None
    height: int | None = None


async def workspaces_waiting(tx: Transaction) -> list[UUID]:
    """Runs in the hall."""
    return await tx.rows(UUID, "SELECT DISTINCT workspace_id FROM attachment WHERE state = 'pending'")


async def waiting(tx: Transaction, most: int) -> list[Waiting]:
    """Files to fetch, those that were tried longest ago first; each is tried again after a growing while."""
    return await tx.rows(
        Waiting,
        """
        WITH due AS (
          SELECT workspace_id, id FROM attachment
          WHERE workspace_id = %(workspace)s AND state = 'pending' AND (tried_at IS NULL OR tried_at <
            clock_timestamp() - least(interval '5 minutes', greatest(interval '2 seconds', tried_at - created_at)))
          ORDER BY tried_at NULLS FIRST LIMIT %(most)s FOR UPDATE SKIP LOCKED)
        UPDATE attachment SET tried_at = clock_timestamp() FROM due, message, contact
        WHERE attachment.workspace_id = due.workspace_id AND attachment.id = due.id
          AND message.workspace_id = due.workspace_id AND message.id = attachment.message_id
          AND contact.workspace_id = due.workspace_id AND contact.id = message.contact_id AND key_sealed IS NOT NULL
        RETURNING attachment.id, message_id, attachment.conversation_id, message.channel_id, contact_id,
                  attachment.kind, attachment.facts_sealed, key_sealed, attachment.created_at
        """,
        {"workspace": tx.workspace, "most": most},
    )


async def stored(tx: Transaction, kept: Kept) -> bool:
    """False where its message was taken back meanwhile."""
    return bool(
        await tx.run(
            """
            UPDATE attachment SET state = 'stored', reason = NULL, mime = %(mime)s, size = %(size)s,
              width = %(width)s, height = %(height)s,
              kind = CASE WHEN kind = 'sticker' AND %(kind)s::text = 'image' THEN kind ELSE %(kind)s END
            WHERE workspace_id = %(workspace)s AND id = %(id)s
            """,
            {"workspace": tx.workspace} | {field: getattr(kept, field) for field in Kept.__struct_fields__},
        )
    )


async def failed(tx: Transaction, file: UUID, reason: str) -> None:
    await tx.run(
        """
        UPDATE attachment SET state = 'failed', reason = %(reason)s
        WHERE workspace_id = %(workspace)s AND id = %(id)s AND state = 'pending'
        """,
        {"workspace": tx.workspace, "id": file, "reason": reason},
    )
