"""What members and operators do is written down twice: in the audit, to stay, and in the journal, for followers."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from duologue.kernel import ids
from duologue.kernel.database import Transaction
from duologue.kernel.journal import Entry, tell
from duologue.kernel.wake import Wake


class Act(Struct, frozen=True, kw_only=True):
    """Who does something and when; `by` is None for the operator at the command line and for newcomers."""

    by: UUID | None
    now: datetime
    wake: Wake


async def record(tx: Transaction, act: Act, action: str, subject: UUID, *, topic: str) -> None:
    """Writes the act down, tells the journal and wakes `topic` after the commit.

    `action` is "noun.done"; the journal says "noun.changed" with the state "done".
    """
    noun, _, done = action.partition(".")
    await note(tx, act, action, subject)
    await tell(tx, act.wake, [Entry(kind=f"{noun}.changed", subject_id=subject, state=done)])
    tx.after_commit(lambda: act.wake.tell(topic))


async def note(tx: Transaction, act: Act, action: str, subject: UUID) -> None:
    """Writes the act into the audit, and tells nobody."""
    await tx.run(
        """
        INSERT INTO audit (workspace_id, id, actor_id, action, subject_id, at)
        VALUES (%(workspace)s, %(id)s, %(actor)s, %(action)s, %(subject)s, %(at)s)
        """,
        {
            "workspace": tx.workspace,
            "id": ids.new(),
            "actor": act.by,
            "action": action,
            "subject": subject,
            "at": act.now,
        },
    )
