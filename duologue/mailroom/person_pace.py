"""How fast one person may be written to, where the platform minds: what is too soon waits, and nobody else does."""

from collections.abc import Mapping
from uuid import UUID

from duologue.channels.contract import Spacing, TryLater
from duologue.kernel.work import Work
from duologue.mailroom import store_person_pace

REASON = "This person was written to too often in a short time; the platform takes more in a moment."


async def too_soon(work: Work, leaving: Mapping[UUID, Spacing]) -> dict[UUID, TryLater]:
    """Of messages about to leave those that must wait, by id; the others are counted."""
    waits: dict[UUID, TryLater] = {}
    for spacing in set(leaving.values()):
        its = sorted(one for one, how in leaving.items() if how == spacing)
        for one in await store_person_pace.take(work.tx, its, spacing, work.now):
            waits[one.message] = TryLater(after=one.seconds, reason=REASON)
    return waits
