"""What the team does with a conversation: take it, close it, snooze it, read it, keep a draft for it."""

from datetime import datetime, timedelta
from uuid import UUID

from duologue.conversations import store_talk
from duologue.conversations.model import State
from duologue.errors import Invalid, NotFound
from duologue.kernel.journal import Entry
from duologue.kernel.work import Work

FURTHEST = timedelta(days=3653)  # nobody plans further, and calendars end somewhere


async def assign(work: Work, conversation: UUID, member: UUID | None, *, by: UUID | None) -> None:
    """Gives it to `member`, or to nobody. Raises `NotFound`, `Invalid`."""
    if member and not await store_talk.member_active(work.tx, member):
        raise Invalid("This person is not on the team.", "to")
    await _change(work, conversation, await store_talk.assign(work.tx, conversation, member), "assigned", by)


async def close(work: Work, conversation: UUID, *, by: UUID | None) -> None:
    """Done. It opens by itself when the person writes again."""
    await _state(work, conversation, State.CLOSED, None, by)


async def reopen(work: Work, conversation: UUID, *, by: UUID | None) -> None:
    await _state(work, conversation, State.OPEN, None, by)


async def snooze(work: Work, conversation: UUID, until: datetime, *, by: UUID | None) -> None:
    """Out of sight until then, or until the person writes. Raises `Invalid` for a moment that has passed."""
    if until <= work.now:
        raise Invalid("Choose a time that is still to come.", "until")
    if until - work.now > FURTHEST:
        raise Invalid("Choose a time within the next ten years.", "until")
    await _state(work, conversation, State.SNOOZED, until, by)


async def awake(work: Work) -> int:
    """Brings back what was snoozed until now; how many."""
    woken = await store_talk.awake(work.tx, work.now)
    await work.tell(*(Entry(kind="conversation.changed", conversation_id=one, state="open") for one in woken))
    return len(woken)


async def read(work: Work, conversation: UUID) -> bool:
    """Somebody of the team has read it; whether there was something unread."""
    news = await store_talk.read(work.tx, conversation)
    if news:
        await work.tell(Entry(kind="conversation.changed", conversation_id=conversation, state="read"))
    return news


async def draft(work: Work, conversation: UUID, member: UUID, text: str) -> None:
    """Keeps what this member has written so far; nothing written is no draft. Raises `NotFound`."""
    if len(text) > 50_000:
        raise Invalid("The draft is too long to be kept.", "text")
    if not text.strip():
        await store_talk.drop_draft(work.tx, conversation, member)
        return
    if not await store_talk.exists(work.tx, conversation):
        raise NotFound("There is no such conversation.")
    sealed = work.safe.own.seal_text(f"draft|{member}", conversation, text)
    await store_talk.keep_draft(work.tx, conversation, member, sealed)


async def _state(work: Work, conversation: UUID, state: State, until: datetime | None, by: UUID | None) -> None:
    await _change(work, conversation, await store_talk.set_state(work.tx, conversation, state, until), state, by)


async def _change(work: Work, conversation: UUID, found: bool, state: str, by: UUID | None) -> None:
    if not found:
        raise NotFound("There is no such conversation.")
    await work.tell(Entry(kind="conversation.changed", conversation_id=conversation, subject_id=by, state=state))
