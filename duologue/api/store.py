"""Which requests have been made already, by their idempotency key."""

from uuid import UUID

from duologue.kernel.database import Transaction


async def claim(tx: Transaction, key_hash: bytes, request_hash: bytes, message: UUID) -> bool:
    """Whether this request is the first under its key. Waits for another that is just being made."""
    made = await tx.run(
        """
        INSERT INTO idempotency (workspace_id, key_hash, request_hash, message_id)
        VALUES (%(workspace)s, %(key)s, %(request)s, %(message)s) ON CONFLICT DO NOTHING
        """,
        {"workspace": tx.workspace, "key": key_hash, "request": request_hash, "message": message},
    )
    return made == 1


async def request_under(tx: Transaction, key_hash: bytes) -> bytes | None:
    """What was asked under this key."""
    return await tx.row(
        bytes,
        "SELECT request_hash FROM idempotency WHERE workspace_id = %(workspace)s AND key_hash = %(key)s",
        {"workspace": tx.workspace, "key": key_hash},
    )


async def settle(tx: Transaction, key_hash: bytes, message: UUID) -> None:
    """The message that came of it."""
    await tx.run(
        """
        UPDATE idempotency SET message_id = %(message)s
        WHERE workspace_id = %(workspace)s AND key_hash = %(key)s
        """,
        {"workspace": tx.workspace, "key": key_hash, "message": message},
    )
