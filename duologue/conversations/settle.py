"""Records how sending went. An outcome counts only for the attempt that it belongs to."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from msgspec import Struct

from duologue.channels.contract import Outcome, Receipt, Refusal, Refused, TryLater, Unknown
from duologue.conversations import news, store_news
from duologue.conversations.model import Status
from duologue.kernel.journal import Entry
from duologue.kernel.work import Work

FIRST_LOOK = timedelta(seconds=5)
"""So soon after an unknown outcome the platform is asked what became of the message."""


class Settled(Struct, frozen=True):
    message: UUID
    conversation: UUID
    channel: UUID
    attempt: int
    outcome: Outcome


async def settle(work: Work, settled: Sequence[Settled]) -> None:
    """Writes outcomes down, in the order of their messages. Those of another attempt are dropped."""
    for channel in sorted({one.channel for one in settled}):
        await store_news.lock_names(work.tx, channel, [name for one in settled for name in _names(one, channel)])
    for one in sorted(settled, key=lambda each: each.message):
        await _settle(work, one)
    work.wake_after("outbox")


def _names(one: Settled, channel: UUID) -> list[str]:
    """The platform's ids that an outcome brings for this channel."""
    if one.channel != channel or not isinstance(one.outcome, Receipt):
        return []
    return [name for name in (one.outcome.id, *one.outcome.also) if name]


async def _settle(work: Work, one: Settled) -> None:
    match one.outcome:
        case Receipt(id=external_id, also=also, status=status):
            await _sent(work, one, external_id, also, status)
        case TryLater(after=after, reason=reason):
            await _end(work, one, Status.QUEUED, reason, after=after)
        case Refused(why=Refusal.AUTH, reason=reason):
            await _end(work, one, Status.QUEUED, reason, after=5)  # the account's outbox waits until it is mended
        case Refused(reason=reason):
            await _end(work, one, Status.FAILED, reason)
        case Unknown(reason=reason):
            await _end(work, one, Status.UNKNOWN, reason)


async def _sent(work: Work, one: Settled, external_id: str | None, also: Sequence[str], status: str) -> None:
    if not await store_news.end_attempt(work.tx, one.message, one.attempt, "receipt", None, work.now):
        return
    if external_id:
        for name in (external_id, *also):
            if copy := await store_news.drop_echo(work.tx, one.channel, name, one.message):
                await work.tell(news.told("message.gone", copy))
        await store_news.name_external(work.tx, one.message, external_id)
    await news.move(work, [one.message], status, at=work.now)
    for reached in await store_news.reached(work.tx, one.message, one.attempt):
        await news.move(work, [one.message], reached, at=work.now)
    if external_id:
        await news.unpark(work, one.channel, {external_id: one.message})


async def _end(work: Work, one: Settled, status: Status, reason: str, *, after: float | None = None) -> None:
    """The message goes to `status` if it is still in this attempt's hands."""
    outcome = type(one.outcome).__name__.lower()
    if not await store_news.end_attempt(work.tx, one.message, one.attempt, outcome, reason, work.now):
        return
    due = work.now + timedelta(seconds=after) if after is not None else None
    look = FIRST_LOOK if status is Status.UNKNOWN else None
    moved = await store_news.release(work.tx, one.message, one.attempt, status, reason=reason, due=due, look=look)
    await work.tell(
        *(Entry(kind="message.status", conversation_id=m.conversation_id, message_id=m.id, state=status) for m in moved)
    )
