"""Sessions in the database, and whether the database is as this program needs it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from duologue.kernel.database import Database, Transaction


class Seen(Struct, frozen=True, kw_only=True):
    """A session that holds, with the member it belongs to."""

    workspace_id: UUID
    session_id: UUID
    token_hash: bytes
    member_id: UUID
    email: str
    name: str
    role: Literal["administrator", "agent"]
    locale: str
    theme: Literal["auto", "light", "dark"]
    undo_seconds: int
    seen_at: datetime


class SessionRow(Struct, frozen=True, kw_only=True):
    id: UUID
    device: str
    created_at: datetime
    seen_at: datetime


class NewSession(Struct, frozen=True, kw_only=True):
    """A session to be kept for a member whose password was `password_hash` when it was checked."""

    id: UUID
    member_id: UUID
    password_hash: str
    token_hash: bytes
    device: str
    now: datetime
    expires_at: datetime


async def seen(tx: Transaction, token_hashes: Sequence[bytes], *, now: datetime, idle_since: datetime) -> list[Seen]:
    """The sessions of these tokens that have not run out and whose members are active. Runs in the hall."""
    return await tx.rows(
        Seen,
        """
        SELECT s.workspace_id, s.id AS session_id, s.token_hash, m.id AS member_id, m.email, m.name, m.role, m.locale,
               m.theme, m.undo_seconds, s.seen_at
        FROM session s JOIN member m ON m.workspace_id = s.workspace_id AND m.id = s.member_id
        WHERE s.token_hash = ANY(%(hashes)s) AND s.expires_at > %(now)s AND s.seen_at > %(idle)s AND m.active
        """,
        {"hashes": list(token_hashes), "now": now, "idle": idle_since},
    )


async def touch(tx: Transaction, session: Seen, *, now: datetime) -> None:
    """The session was used now. Runs in the hall."""
    await tx.run(
        "UPDATE session SET seen_at = %(now)s WHERE workspace_id = %(workspace)s AND id = %(id)s",
        {"now": now, "workspace": session.workspace_id, "id": session.session_id},
    )


async def begin(tx: Transaction, new: NewSession) -> bool:
    """Keeps the session; False where the member was deactivated or changed the password meanwhile."""
    kept = await tx.run(
        """
        INSERT INTO session (workspace_id, id, member_id, token_hash, device, created_at, seen_at, expires_at)
        SELECT workspace_id, %(id)s, id, %(token)s, %(device)s, %(now)s, %(now)s, %(expires)s FROM member
        WHERE workspace_id = %(workspace)s AND id = %(member)s AND active AND password_hash = %(password)s
        FOR SHARE
        """,
        {
            "workspace": tx.workspace, "id": new.id, "member": new.member_id, "password": new.password_hash,
            "token": new.token_hash, "device": new.device, "now": new.now, "expires": new.expires_at,
        },
    )  # fmt: skip
    return kept == 1


async def end(tx: Transaction, token_hash: bytes) -> bool:
    """The session of this token is over; whether there was one. Runs in the hall."""
    return await tx.run("DELETE FROM session WHERE token_hash = %(hash)s", {"hash": token_hash}) == 1


async def end_of(tx: Transaction, member: UUID, *, but: UUID | None = None) -> int:
    """Every session of the member is over, except `but`; how many."""
    return await tx.run(
        """
        DELETE FROM session WHERE workspace_id = %(workspace)s AND member_id = %(member)s
          AND id IS DISTINCT FROM %(but)s
        """,
        {"workspace": tx.workspace, "member": member, "but": but},
    )


async def end_one(tx: Transaction, member: UUID, session: UUID) -> bool:
    """This session of the member is over; whether it was one of theirs."""
    return (
        await tx.run(
            "DELETE FROM session WHERE workspace_id = %(workspace)s AND member_id = %(member)s AND id = %(id)s",
            {"workspace": tx.workspace, "member": member, "id": session},
        )
        == 1
    )


async def sessions(tx: Transaction, member: UUID, *, now: datetime, idle_since: datetime) -> list[SessionRow]:
    """The member's sessions that still hold, the one used last first."""
    return await tx.rows(
        SessionRow,
        """
        SELECT id, device, created_at, seen_at FROM session
        WHERE workspace_id = %(workspace)s AND member_id = %(member)s AND expires_at > %(now)s AND seen_at > %(idle)s
        ORDER BY seen_at DESC, id DESC
        """,
        {"workspace": tx.workspace, "member": member, "now": now, "idle": idle_since},
    )


async def prune(tx: Transaction, *, now: datetime, idle_since: datetime) -> int:
    """Deletes sessions that have run out, a chunk at a time; how many. Runs in the hall."""
    return await tx.run(
        """
        DELETE FROM session WHERE (workspace_id, id) IN (
          SELECT workspace_id, id FROM session WHERE expires_at <= %(now)s OR seen_at <= %(idle)s LIMIT 5000)
        """,
        {"now": now, "idle": idle_since},
    )


async def schema(db: Database) -> int:
    """The number of the newest migration that the database has. Raises `Away`."""
    connection = await db.alone()
    try:
        row = await (await connection.execute("SELECT max(number) FROM migration")).fetchone()
    finally:
        await connection.close()
    return int(row[0]) if row and row[0] is not None else 0
