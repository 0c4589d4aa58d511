"""Records how sending went. An outcome counts only for the attempt that it belongs to."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from msgspec import Struct

from duologue.channels.contract import Outcome, Receipt, Refusal, Refused, TryLater, Unknown
from duologue.consent import ledger
from duologue.contacts.recognise import also_called
from duologue.conversations import news, store, store_acts, store_news
from duologue.conversations.model import Status
from duologue.kernel.journal import Entry
from duologue.kernel.work import Work

FIRST_LOOK = timedelta(seconds=5)
"""So soon after an unknown outcome the platform is asked what became of the message."""

OVERTAKEN = "It was not sent, and what was written after it is gone already. Send it again if it is still wanted."


class Settled(Struct, frozen=True):
    message: UUID
    conversation: UUID
    channel: UUID
    attempt: int
    outcome: Outcome


async def settle(work: Work, settled: Sequence[Settled]) -> None:
    """Writes outcomes down. Those of another attempt are dropped.

    Locks are taken in the order in which those who sort take them, or the two might wait for each other.
    """
    for channel in sorted({one.channel for one in settled}):
        await store_news.lock_names(work.tx, channel, [name for one in settled for name in _names(one, channel)])
    await store.lock(work.tx, [one.conversation for one in settled])
    ordered = sorted(settled, key=lambda each: each.message)
    ours = await store_news.end_attempts(work.tx, [_ended(one) for one in ordered], work.now)
    counting = [one for one in ordered if one.message in ours]
    await _sent(work, [one for one in counting if isinstance(one.outcome, Receipt)])
    for one in counting:
        await _not_sent(work, one)
    work.wake_after("outbox")


def _ended(one: Settled) -> store_news.Ended:
    reason = None if isinstance(one.outcome, Receipt) else one.outcome.reason
    why = one.outcome.why if isinstance(one.outcome, Refused) else None
    return store_news.Ended(one.message, one.attempt, type(one.outcome).__name__.lower(), reason, why)


def _names(one: Settled, channel: UUID) -> list[str]:
    """The platform's ids that an outcome brings for this channel."""
    if one.channel != channel or not isinstance(one.outcome, Receipt):
        return []
    return [name for name in (one.outcome.id, *one.outcome.also) if name]


async def _sent(work: Work, taken: Sequence[Settled]) -> None:
    """The platform has them: all at once, as there may be many."""
    for channel in sorted({one.channel for one in taken}):
        its = [one for one in taken if one.channel == channel]
        names = {name: one.message for one in its for name in _names(one, channel)}
        for copy in await store_news.drop_echoes(work.tx, channel, names) if names else []:
            await work.tell(news.told("message.gone", copy))
        if called := {one.message: _receipt(one).aliases for one in its if _receipt(one).aliases}:
            await also_called(work, channel, called)
    for one in taken:
        if _receipt(one).also:
            await store_acts.keep_parts(work.tx, one.message, _receipt(one).also)
    for status in sorted({_receipt(one).status for one in taken}):
        its = [one for one in taken if _receipt(one).status == status]
        named = {one.message: id_ for one in its if (id_ := _receipt(one).id)}
        await news.move(work, [one.message for one in its], status, at=work.now, names=named)
    if taken:
        await _catch_up(work, taken)


async def _catch_up(work: Work, taken: Sequence[Settled]) -> None:
    """What was told about them before we knew that they were sent."""
    reached = await store_news.reached(work.tx, {one.message: one.attempt for one in taken})
    for status in ("delivered", "read"):
        if its := [one.id for one in reached if one.status == status]:
            await news.move(work, its, status, at=work.now)
    for channel in sorted({one.channel for one in taken}):
        arrived = {id_: one.message for one in taken if one.channel == channel and (id_ := _receipt(one).id)}
        await news.unpark(work, channel, arrived)


def _receipt(one: Settled) -> Receipt:
    assert isinstance(one.outcome, Receipt)
    return one.outcome


async def _not_sent(work: Work, one: Settled) -> None:
    match one.outcome:
        case TryLater(after=after, reason=reason):
            await _end(work, one, Status.QUEUED, reason, after=after)
        case Refused(why=Refusal.AUTH, reason=reason):
            await _end(work, one, Status.QUEUED, reason, after=5)  # the account's outbox waits until it is mended
        case Refused(reason=reason, stopped=stopped):
            await _end(work, one, Status.FAILED, reason)
            if stopped:
                await ledger.refused(work, one.conversation, stopped)
        case Unknown(reason=reason):
            await _end(work, one, Status.UNKNOWN, reason)


async def _end(work: Work, one: Settled, status: Status, reason: str, *, after: float | None = None) -> None:
    """The message goes to `status` if it is still in this attempt's hands."""
    due = work.now + timedelta(seconds=after) if after is not None else None
    if status is Status.QUEUED and await store_news.overtaken(work.tx, one.message):
        status, reason, due = Status.FAILED, OVERTAKEN, None  # sent now, it would stand in the wrong place
    look = FIRST_LOOK if status is Status.UNKNOWN else None
    moved = await store_news.release(work.tx, one.message, one.attempt, status, reason=reason, due=due, look=look)
    await work.tell(
        *(Entry(kind="message.status", conversation_id=m.conversation_id, message_id=m.id, state=status) for m in moved)
    )
