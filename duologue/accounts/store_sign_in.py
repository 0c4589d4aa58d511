"""All SQL about administrators who were led to a platform to sign in there."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from duologue.kernel.database import Transaction


class Begun(Struct, frozen=True, kw_only=True):
    state_hash: bytes
    channel_id: UUID
    session_id: UUID
    verifier_sealed: bytes
    begun_at: datetime


async def begin(tx: Transaction, one: Begun, *, stale: datetime) -> None:
    """Remembers it; what was begun before `stale`, or for the same account in the same session, is forgotten."""
    await tx.run(
        """
        DELETE FROM sign_in_begun WHERE workspace_id = %(workspace)s
          AND (begun_at < %(stale)s OR (channel_id = %(channel)s AND session_id = %(session)s))
        """,
        {"workspace": tx.workspace, "stale": stale, "channel": one.channel_id, "session": one.session_id},
    )
    await tx.run(
        """
        INSERT INTO sign_in_begun (workspace_id, state_hash, channel_id, session_id, verifier_sealed, begun_at)
        VALUES (%(workspace)s, %(state_hash)s, %(channel_id)s, %(session_id)s, %(verifier_sealed)s, %(begun_at)s)
        """,
        {"workspace": tx.workspace} | {name: getattr(one, name) for name in Begun.__struct_fields__},
    )


async def take(tx: Transaction, state_hash: bytes, session: UUID) -> Begun | None:
    """What was begun under this state in this session; it is forgotten, so that nobody can come back twice."""
    found = await tx.rows(
        Begun,
        """
        DELETE FROM sign_in_begun
        WHERE workspace_id = %(workspace)s AND state_hash = %(state)s AND session_id = %(session)s
        RETURNING state_hash, channel_id, session_id, verifier_sealed, begun_at
        """,
        {"workspace": tx.workspace, "state": state_hash, "session": session},
    )
    return found[0] if found else None
