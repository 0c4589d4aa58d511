"""Another copy of this installation sends on the same account: its messages are reported back here under our marks.

Nothing is written at a platform that a second copy could find, so this is noticed by the first message that a platform
reports (echoes, statuses, the folder of sent mail). A copy that was told to send stops then: there was one before it.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog

from duologue.accounts import health
from duologue.channels.contract import Event, Progress, Said, Sign
from duologue.kernel import clock, ids
from duologue.kernel.house import House
from duologue.kernel.work import Work, work
from duologue.mailroom import store_copies

log = structlog.get_logger()
_SIGN_WORDS = {"name": "Another copy"}
NAME = _SIGN_WORDS["name"]
RECENT = timedelta(days=2)  # what is told of later may be of somebody who was forgotten
STOPPED = (
    "Another copy of this installation sends on this account, so this one has stopped sending. Switch the other one off"
    " for good; then let this one send: duologue sends on."
)
WARNED = (
    "Another copy of this installation sends on this account: people may be answered twice. Let one of them stop:"
    " duologue sends off."
)
ALONE = "No other copy has been seen to send for a day."


async def strangers(work: Work, events: Sequence[Event]) -> list[UUID]:
    """Marks of ours, proven by whoever told of them, on messages that were never written here."""
    told = {mark for one in events if (mark := mark_of(one)) and mark.version == 7}
    return await store_copies.unknown(work.tx, sorted(told)) if told else []


def mark_of(event: Event) -> UUID | None:
    """Told in a way that says that it was sent: of further statuses of a message the first is enough."""
    match event:
        case Said(by="brand", correlation=mark) | Progress(status="sent", correlation=mark):
            return mark
    return None


async def notice(house: House, workspace: UUID, channel: UUID, marks: Sequence[UUID]) -> None:
    """Tells, and where this copy was told to send, stops it. What was sent before that proves nothing."""
    now = house.now()
    async with house.db.hall() as tx:
        here = await store_copies.standing(tx)
        since = max(here.since or here.begun, clock.now() - RECENT) if here else None
        if here is None or since is None or not here.sends or not any(ids.made_at(one) > since for one in marks):
            return
        stop = here.since is not None
        await store_copies.seen(tx, now, stop=stop)
    log.error("copies.another", channel=str(channel), stopped=stop)
    async with work(house, workspace) as open_work:
        sign = Sign(name=NAME, words=STOPPED if stop else WARNED, level="bad")
        await health.told(open_work.tx, open_work.wake, channel, [sign], now=now)
