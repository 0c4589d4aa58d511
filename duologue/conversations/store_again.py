"""SQL of files that could not be had and are wanted again."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from duologue.kernel.database import Transaction


class Place(Struct, frozen=True):
    message_id: UUID
    conversation_id: UUID
    state: str


async def locked(tx: Transaction, file: UUID) -> Place | None:
    """Where the file stands; nobody else changes it until the transaction ends."""
    return await tx.row(
        Place,
        """
        SELECT message_id, conversation_id, state FROM attachment
        WHERE workspace_id = %(workspace)s AND id = %(id)s FOR UPDATE
        """,
        {"workspace": tx.workspace, "id": file},
    )


async def wait_again(tx: Transaction, file: UUID, now: datetime) -> None:
    """It waits to be fetched, as if it had come now."""
    await tx.run(
        """
        UPDATE attachment SET state = 'pending', reason = NULL, tried_at = NULL, created_at = %(now)s
        WHERE workspace_id = %(workspace)s AND id = %(id)s
        """,
        {"workspace": tx.workspace, "id": file, "now": now},
    )
