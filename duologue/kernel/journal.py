"""What has happened, in the order in which it was committed. Rows hold ids and states, never content.

A transaction's rows are numbered before it commits, so "greater than the last id" would skip those who commit late.
A position is therefore (transaction, id), and only rows below the oldest running transaction are read.
"""

from typing import Self
from uuid import UUID

from msgspec import Struct

from duologue.kernel.database import Query, Transaction
from duologue.kernel.wake import Wake

CHUNK = 5000


class Entry(Struct, frozen=True, kw_only=True):
    """Something to be told: `kind` is "room.happened", the rest says to what."""

    kind: str
    conversation_id: UUID | None = None
    message_id: UUID | None = None
    subject_id: UUID | None = None
    state: str | None = None


class Told(Struct, frozen=True, kw_only=True):
    """An entry as it stands in the journal."""

    workspace_id: UUID
    id: int
    xid: int
    kind: str
    conversation_id: UUID | None
    message_id: UUID | None
    subject_id: UUID | None
    state: str | None

    @property
    def position(self) -> "Position":
        return Position(self.xid, self.id)


class Position(Struct, frozen=True, order=True):
    xid: int
    id: int

    def __str__(self) -> str:
        return f"{self.xid}-{self.id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """From its text; `ValueError` where it is none."""
        xid, _, row = text.partition("-")
        if not (xid.isascii() and xid.isdigit() and row.isascii() and row.isdigit() and len(text) < 42):
            raise ValueError("not a journal position")
        position = cls(int(xid), int(row))
        if max(position.xid, position.id) >= 2**63:
            raise ValueError("not a journal position")
        return position


async def tell(tx: Transaction, wake: Wake, entries: list[Entry]) -> None:
    """Announces `entries` with this transaction: they are told if and when it commits."""
    if not entries:
        return
    tx.later(
        """
        INSERT INTO journal (workspace_id, kind, conversation_id, message_id, subject_id, state)
        SELECT %(workspace)s, * FROM unnest(%(kinds)s::text[], %(conversations)s::uuid[], %(messages)s::uuid[],
                                            %(subjects)s::uuid[], %(states)s::text[])
        """,
        {
            "workspace": tx.workspace,
            "kinds": [entry.kind for entry in entries],
            "conversations": [entry.conversation_id for entry in entries],
            "messages": [entry.message_id for entry in entries],
            "subjects": [entry.subject_id for entry in entries],
            "states": [entry.state for entry in entries],
        },
    )
    tx.after_commit(lambda: wake.tell("journal"))


async def since(tx: Transaction, position: Position, *, most: int = 500) -> list[Told]:
    """The next entries after `position` that nothing can still slip in front of, oldest first. Runs in the hall."""
    return await tx.rows(
        Told,
        """
        SELECT workspace_id, id, xid::text::bigint AS xid, kind, conversation_id, message_id, subject_id, state
        FROM journal
        WHERE (xid, id) > (%(xid)s::text::xid8, %(id)s) AND xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY journal.xid, id LIMIT %(most)s
        """,
        {"xid": str(position.xid), "id": position.id, "most": most},
    )


HERE = Query(int, "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint", {})
"""Asks for what `below` makes a position of; ask it before what a page shows."""


def below(oldest: int) -> Position:
    """The position below which everything is visible already."""
    return Position(oldest - 1, 2**62)


async def here(tx: Transaction) -> Position:
    """The position below which everything is visible already: take it before reading what a page shows."""
    (oldest,) = await tx.ask(HERE)
    return below(oldest)


async def oldest(tx: Transaction) -> Position | None:
    """The first entry that is still kept; a follower further behind has missed something. Runs in the hall."""
    return await tx.row(Position, "SELECT xid::text::bigint AS xid, id FROM journal ORDER BY journal.xid, id LIMIT 1")


async def prune(tx: Transaction, *, keep_days: int) -> int:
    """Forgets entries older than `keep_days` days, a chunk at a time; how many went. Runs in the hall."""
    return await tx.run(
        """
        DELETE FROM journal WHERE (workspace_id, id) IN (
          SELECT workspace_id, id FROM journal
          WHERE at < now() - make_interval(days => %(days)s) ORDER BY xid, id LIMIT %(most)s)
        """,
        {"days": keep_days, "most": CHUNK},
    )
