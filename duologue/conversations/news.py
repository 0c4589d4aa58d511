"""What becomes known about a message: how far it came, edits, reactions, taking back. News that comes first waits."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from unicodedata import category
from uuid import UUID

import msgspec

from duologue.channels.contract import Edited, Event, Progress, Reacted, Said, Unsent
from duologue.contacts.recognise import also_called
from duologue.conversations import content, files, store, store_news
from duologue.conversations.model import Status
from duologue.kernel import ids
from duologue.kernel.journal import Entry
from duologue.kernel.vault import Seal
from duologue.kernel.work import Work

News = Edited | Unsent | Reacted | Progress
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(News).decode

_LETTERS_THAT_ARE_SIGNS = "ℹ"
_KEY = "\u20e3"  # drawn around a figure: 1️⃣
_LONGEST_SIGN = 40
_UNDER_WAY = (Status.HELD, Status.QUEUED, Status.SENDING, Status.UNKNOWN)
FORWARD: Mapping[str, tuple[Status, Sequence[Status]]] = {
    "sent": (Status.SENT, _UNDER_WAY),
    "delivered": (Status.DELIVERED, (*_UNDER_WAY, Status.SENT, Status.FAILED)),
    "read": (Status.READ, (*_UNDER_WAY, Status.SENT, Status.FAILED, Status.DELIVERED)),
    "failed": (Status.FAILED, (*_UNDER_WAY, Status.SENT)),
}
"""Reported status -> what it becomes, and from where. Late news takes nothing back; delivery outweighs failure."""


async def one_at_a_time(work: Work, events: Mapping[UUID, Sequence[Event]]) -> None:
    """Call it once with all that a transaction will take in, by channel, before anything else.

    Whoever parks news and whoever brings its message wait for each other; else both might miss the other. Then every
    conversation that will be touched is locked, in one order for everybody; else two might wait for each other.
    """
    places: list[store_news.Named] = []
    for channel in sorted(events):
        said = {event.id for event in events[channel] if isinstance(event, Said)}  # none is here, or it is not touched
        names = {name for event in events[channel] if isinstance(event, News) for name in _names(event)}
        await store_news.lock_names(work.tx, channel, list(said | names))
        addresses = {one.address for one in events[channel] if isinstance(one, Said | Progress) and one.address}
        indexes = [work.safe.index(f"address|{channel}", address) for address in addresses]
        places.append(store_news.Named(channel, list(names), indexes, _ours(events[channel])))
    await store_news.lock_conversations(work.tx, places)


def _ours(events: Sequence[Event]) -> list[UUID]:
    """Our own ids, where the platform has handed them back."""
    return [one.correlation for one in events if isinstance(one, Said | Progress) and one.correlation]


async def hear(work: Work, channel: UUID, events: Sequence[Event]) -> None:
    """Applies news in the order given; what is about messages that are not here yet is parked."""
    heard = [event for event in events if isinstance(event, News)]
    known = await store.by_external(work.tx, channel, [name for event in heard for name in _names(event)])
    parked: list[store_news.Parked] = []
    for event in heard:
        for name in _names(event):
            if name in known:
                await _apply(work, channel, event, known[name])
            else:
                parked.append(_parked(work, event, name))
        if isinstance(event, Progress):
            await _progress_beyond_names(work, channel, event)
    if called := _called(heard, known):
        await also_called(work, channel, called)
    if parked:
        await store_news.park(work.tx, channel, parked)


def _called(heard: Sequence[News], known: Mapping[str, store.Existing]) -> dict[UUID, set[str]]:
    """Under which ids the platform speaks of those whom messages of ours went to, by message."""
    called: dict[UUID, set[str]] = {}
    for event in heard:
        if isinstance(event, Progress) and event.aliases:
            for message in [known[name].id for name in event.ids if name in known]:
                called.setdefault(message, set()).update(event.aliases)
    return called


async def unpark(work: Work, channel: UUID, arrived: Mapping[str, UUID]) -> None:
    """Applies what was said about messages before they came."""
    if not arrived:
        return
    waiting = await store_news.unpark(work.tx, channel, list(arrived))
    known = await store.by_external(work.tx, channel, [one.external_id for one in waiting])
    for one in waiting:
        event = _decode(work.safe.own.unseal("parked|event", one.id, one.event_sealed))
        await _apply(work, channel, event, known[one.external_id])


async def reported_back(work: Work, channel: UUID, message: store.Existing, external_id: str, at: datetime) -> None:
    """The platform tells that it has a message of ours, and under which id."""
    await store_news.name_external(work.tx, {message.id: external_id})
    await move(work, [message.id], "sent", at=at)
    await unpark(work, channel, {external_id: message.id})


async def move(
    work: Work,
    messages: Sequence[UUID],
    status: str,
    *,
    at: datetime,
    reason: str | None = None,
    names: Mapping[UUID, str] | None = None,
) -> None:
    """Moves messages of ours forward, and tells of those that moved. `names`: platform ids that are known only now."""
    to, allowed = FORWARD[status]
    moved = await store_news.advance(work.tx, messages, to, from_status=allowed, reason=reason, at=at, names=names)
    if names and (still := names.keys() - {one.id for one in moved}):
        await store_news.name_external(work.tx, {one: names[one] for one in still})
    await work.tell(*(told("message.status", one, state=to) for one in moved))


def told(kind: str, message: store.Existing, *, state: str | None = None) -> Entry:
    return Entry(
        kind=kind,
        conversation_id=message.conversation_id,
        message_id=message.id,
        subject_id=message.contact_id,
        state=state,
    )


async def _progress_beyond_names(work: Work, channel: UUID, event: Progress) -> None:
    """News by our own id, or by "everything until then"."""
    if event.correlation:
        ours = await store.by_id(work.tx, channel, [event.correlation])
        await _facts(work, list(ours), event.facts)
        await move(work, list(ours), event.status, at=event.at, reason=event.reason)
    if event.until and event.address:
        index = work.safe.index(f"address|{channel}", event.address)
        await store_news.keep_watermark(work.tx, channel, index, event.status, event.until)
        until = await store_news.sent_until(work.tx, channel, index, event.until)
        await move(work, until, event.status, at=event.at, reason=event.reason)


async def happened(work: Work, event: News, message: store.Existing) -> None:
    """What the platform has done because we wanted it, as if it had told of it."""
    await _VERBS[type(event)](work, event, message)


async def _apply(work: Work, channel: UUID, event: News, message: store.Existing) -> None:
    """Does it, if the message belongs to the conversation of whoever the news is from."""
    if event.address is not None:
        index = work.safe.index(f"address|{channel}", event.address)
        if message.id not in await store_news.addressed_to(work.tx, [message.id], index):
            return
    await _VERBS[type(event)](work, event, message)


async def _facts(work: Work, messages: Sequence[UUID], told: Mapping[str, str]) -> None:
    """Keeps what was told about a delivery beside what had been told before."""
    for message in messages if told else ():
        found = await store_news.told(work.tx, message)
        if found is None or found.key_sealed is None:
            continue
        seal = work.safe.contact(found.contact_id, found.key_sealed)
        before = content.unseal_told(seal, message, found.told_sealed) if found.told_sealed else {}
        if (now := before | dict(told)) != before:
            await store_news.keep_told(work.tx, message, content.seal_told(seal, message, now))


async def _progress(work: Work, event: Progress, message: store.Existing) -> None:
    await _facts(work, [message.id], event.facts)
    await move(work, [message.id], event.status, at=event.at, reason=event.reason)


async def _edit(work: Work, event: Edited, message: store.Existing) -> None:
    stored = await store_news.content(work.tx, message.id)
    if stored is None or stored.content_sealed is None or stored.key_sealed is None:
        return  # taken back or forgotten: an edit does not bring it back
    seal = work.safe.contact(stored.contact_id, stored.key_sealed)
    now = content.unseal(seal, message.id, stored.content_sealed)
    if now.text == event.text:
        return
    edited = msgspec.structs.replace(now, text=event.text, html=None)
    former = await store_news.revisions(work.tx, message.id)
    if _known(event, [(one.at, content.unseal(seal, message.id, one.content_sealed).text) for one in former]):
        return
    if any(event.at < one.at for one in former):
        await store_news.keep_revision(work.tx, message.id, content.seal(seal, message.id, edited), event.at)
    else:
        await store_news.revise(work.tx, message.id, content.seal(seal, message.id, edited), event.at)
        await _new_preview(work, seal, message, edited)
    await work.tell(told("message.edited", message))


def _known(event: Edited, former: Sequence[tuple[datetime, str | None]]) -> bool:
    """It has been heard before: an edit of that moment, and its words."""
    return event.at in {at for at, _ in former} and event.text in {text for _, text in former}


async def _take_back(work: Work, event: Unsent, message: store.Existing) -> None:
    stored = await store_news.content(work.tx, message.id)
    for file in await store_news.take_back(work.tx, message.id, event.at):
        work.drop_file_after(file, files.small_of(file))
    if stored and stored.key_sealed:
        seal = work.safe.contact(stored.contact_id, stored.key_sealed)
        await _new_preview(work, seal, message, content.Content())
    await work.tell(told("message.unsent", message))


async def _react(work: Work, event: Reacted, message: store.Existing) -> None:
    await store_news.react(work.tx, message.id, event.by, _sign(event.emoji), event.at)
    await work.tell(told("message.reacted", message))


def _sign(emoji: str | None) -> str | None:
    """Reactions stand in the clear, so they are signs and never words; for words stands a sign that says so little."""
    worded = any(category(one)[0] == "L" and one not in _LETTERS_THAT_ARE_SIGNS for one in emoji or "")
    numbered = any(one.isdecimal() for one in emoji or "") and _KEY not in (emoji or "")
    return "❔" if worded or numbered or len(emoji or "") > _LONGEST_SIGN else emoji


async def _new_preview(work: Work, seal: Seal, message: store.Existing, now: content.Content) -> None:
    sealed = content.seal_preview(seal, message.conversation_id, now, out=message.direction == "out")
    await store_news.preview(work.tx, message.conversation_id, message.id, sealed)


def _names(event: News) -> Sequence[str]:
    return event.ids if isinstance(event, Progress) else (event.id,)


def _parked(work: Work, event: News, name: str) -> store_news.Parked:
    one = ids.new()
    alone = msgspec.structs.replace(event, ids=(name,)) if isinstance(event, Progress) else event
    return store_news.Parked(one, name, work.safe.own.seal("parked|event", one, _encode(alone)))


_VERBS: Mapping[type, Callable[[Work, Any, store.Existing], Any]] = {
    Progress: _progress,
    Edited: _edit,
    Unsent: _take_back,
    Reacted: _react,
}
