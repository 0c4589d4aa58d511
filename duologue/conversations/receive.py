"""Takes in what a channel has read: messages first, then the news about them. A batch is one transaction."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from itertools import count
from uuid import UUID

from msgspec import Struct

from duologue.channels.contract import Abilities, Event, Kind, Moved, Opted, Person, Said, Sign, Trouble
from duologue.consent import ledger
from duologue.contacts.model import Known
from duologue.contacts.move import move
from duologue.contacts.recognise import recognise
from duologue.conversations import content, files, news, store
from duologue.conversations.model import Author, State, Status
from duologue.kernel import ids
from duologue.kernel.journal import Entry
from duologue.kernel.vault import Seal
from duologue.kernel.work import Work

SKEW = timedelta(minutes=5)
"""A platform's clock may differ from ours by this much. What claims to come from later is dated when it came, and what
comes later than that stands no further up, so that it is still seen. How long it waited to be sorted plays no part."""

MOST_BEGUN, LATELY = 10, timedelta(minutes=10)
"""So many conversations one address may begin in this time; what else it says then comes into the newest of them."""


class Item(Struct, frozen=True):
    """One event, the arrival it was read from and when that came; None and now where the house itself tells it."""

    event: Event
    arrival: UUID | None
    came: datetime | None = None


class Taken(Enum):
    """What became of an item."""

    MESSAGE = "messages"
    DUPLICATE = "duplicates"
    OTHER = "others"


class Source(Struct, frozen=True):
    """The account that a batch came in on."""

    channel: UUID
    abilities: Abilities
    branch: Callable[[str], str] | None = None  # `Channel.branch`


async def receive(work: Work, source: Source, items: Sequence[Item]) -> list[Taken]:
    """What became of each item, in the order given. The same message twice is one message; early news waits for it."""
    await news.one_at_a_time(work, {source.channel: [item.event for item in items]})
    said = [(number, item) for number, item in enumerate(items) if isinstance(item.event, Said)]
    taken = dict.fromkeys(range(len(items)), Taken.OTHER)
    fresh = await _fresh(work, source, said, taken)
    arrived = await _take_in(work, source, [item for _, item in fresh])
    for number, item in fresh:
        taken[number] = Taken.MESSAGE if _event(item).id in arrived else Taken.DUPLICATE
    rest = [item.event for item in items if not isinstance(item.event, Said | Trouble | Sign)]
    await news.hear(work, source.channel, rest)
    await news.unpark(work, source.channel, arrived)
    await _people_changed(work, source.channel, rest)
    return [taken[number] for number in range(len(items))]


async def _fresh(
    work: Work, source: Source, said: list[tuple[int, Item]], taken: dict[int, Taken]
) -> list[tuple[int, Item]]:
    """Those that are not here yet. A message of ours that the platform reports back only learns its platform id."""
    existing = await store.by_external(work.tx, source.channel, [_event(item).id for _, item in said])
    ours = await store.by_id(work.tx, source.channel, [c for _, item in said if (c := _event(item).correlation)])
    fresh: dict[str, tuple[int, Item]] = {}
    for number, item in said:
        event = _event(item)
        if event.id in existing or event.id in fresh:
            taken[number] = Taken.DUPLICATE
        elif event.by == "brand" and event.correlation in ours:
            await news.reported_back(work, source.channel, ours[event.correlation], event.id, event.at)
        else:
            fresh[event.id] = (number, item)
    return list(fresh.values())


async def _take_in(work: Work, source: Source, items: Sequence[Item]) -> dict[str, UUID]:
    """Writes the messages into their conversations; platform id -> ours, of those that were really new."""
    if not items:
        return {}
    known = await recognise(work, source.channel, _people(items), _aliases(items))
    if any(one.new for one in known.values()):
        work.wake_after("files")  # somebody may have a name to be looked up
    begun: dict[UUID, list[str]] = {}
    places = [await _place(work, source, _event(item), known[_event(item).address], begun) for item in items]
    made, locked = await _conversations(work, source, places)
    quoted = await store.by_external(
        work.tx, source.channel, [reply for item in items if (reply := _event(item).reply_to)]
    )
    by_place: dict[store.Place, list[Item]] = defaultdict(list)
    for item, place in zip(items, places, strict=True):
        by_place[place].append(item)
    new: list[tuple[store.NewMessage, Item]] = []
    for place, its in by_place.items():
        seqs = count(locked[place].last_seq + 1)
        for item in sorted(its, key=lambda one: _event(one).at):
            seal = known[_event(item).address].seal
            new.append((_message(work, locked[place], item, next(seqs), seal, quoted), item))
    inserted = await store.insert_messages(work.tx, [message for message, _ in new])
    new = [(message, item) for message, item in new if message.id in inserted]
    await _keep_files(work, new, known)
    await _count(work, source, [(m, item, known[_event(item).address]) for m, item in new], locked.values(), made)
    await _keep_subjects(work, [(m, item, known[_event(item).address]) for m, item in new], made)
    await work.tell(*_entries(new, made), *_opened_again(new, locked.values(), made))
    return {message.external_id: message.id for message, _ in new if message.external_id}


async def _people_changed(work: Work, channel: UUID, events: Sequence[Event]) -> None:
    """Who has moved, and who wants no more, or again."""
    moved = [event for event in events if isinstance(event, Moved)]
    left = await move(work, channel, moved) if moved else []
    await ledger.hear(work, channel, [event for event in events if isinstance(event, Opted)] + left)


def _people(items: Sequence[Item]) -> dict[str, Person]:
    """Everybody in the batch; the telling that knows a name wins."""
    people: dict[str, Person] = {}
    for item in items:
        event = _event(item)
        if event.address not in people or (event.person.name and not people[event.address].name):
            people[event.address] = event.person
    return people


def _aliases(items: Sequence[Item]) -> dict[str, set[str]]:
    """Further ids of those in the batch, where the platform has told any."""
    aliases: dict[str, set[str]] = defaultdict(set)
    for item in items:
        event = _event(item)
        if event.aliases:
            aliases[event.address].update(alias for alias in event.aliases if alias != event.address)
    return aliases


async def _place(work: Work, source: Source, event: Said, known: Known, begun: dict[UUID, list[str]]) -> store.Place:
    """`begun`: the conversations that addresses of this batch have begun lately, filled as they are met."""
    thread = ""
    if source.abilities.threads:
        found = await store.thread_of(
            work.tx, source.channel, known.address_id, conversation=event.conversation, references=event.references
        )
        thread = found if found is not None else await _new_thread(work, event, known, begun)
    return store.Place(known.address_id, known.contact_id, thread)


async def _new_thread(work: Work, event: Said, known: Known, begun: dict[UUID, list[str]]) -> str:
    """A conversation of its own, unless this address has just begun many: a flood from one is one line in the inbox."""
    if event.by == "brand":
        return event.id
    if known.address_id not in begun:
        lately = [] if known.new else await store.begun_lately(work.tx, known.contact_id, known.address_id, LATELY)
        begun[known.address_id] = lately
    its = begun[known.address_id]
    if len(its) >= MOST_BEGUN:
        return its[-1]
    its.append(event.id)
    return event.id


async def _conversations(
    work: Work, source: Source, places: Sequence[store.Place]
) -> tuple[set[UUID], Mapping[store.Place, store.Locked]]:
    """The conversation of each place, locked; and which of them are new."""
    distinct = list(dict.fromkeys(places))
    locked = {(one.address_id, one.thread): one for one in await store.lock_places(work.tx, distinct)}
    missing = [place for place in distinct if (place.address_id, place.thread) not in locked]
    made: list[UUID] = []
    if missing:
        new = [(ids.new(), place) for place in missing]
        made = await store.make_conversations(work.tx, source.channel, new, work.now)
        locked |= {(one.address_id, one.thread): one for one in await store.lock_places(work.tx, missing)}
    return set(made), {place: locked[place.address_id, place.thread] for place in distinct}


def _message(
    work: Work,
    conversation: store.Locked,
    item: Item,
    seq: int,
    seal: Seal,
    quoted: Mapping[str, store.Existing],
) -> store.NewMessage:
    event, message, came = _event(item), ids.new(), item.came or work.now
    ours = event.by == "brand"
    reply_to = quoted.get(event.reply_to or "")
    if reply_to and reply_to.conversation_id != conversation.id:
        reply_to = None  # a stranger names what was said to somebody else: nobody reads that here
    return store.NewMessage(
        id=message,
        conversation_id=conversation.id,
        channel_id=conversation.channel_id,
        contact_id=conversation.contact_id,
        seq=seq,
        direction="out" if ours else "in",
        author=Author.PLATFORM if ours else Author.CONTACT,
        kind=event.content.kind,
        content_sealed=content.seal(seal, message, event.content),
        external_id=event.id,
        reply_to=reply_to.id if reply_to else None,
        provider_time=_believable(event.at, came),
        received_time=came,
        placed_at=max(_believable(event.at, came), came - SKEW),
        status=Status.SENT if ours else Status.RECEIVED,
        reason=event.warning,
        automatic=event.automatic,
        arrival_id=item.arrival,
        sent_at=_believable(event.at, came) if ours else None,
    )


def _believable(at: datetime, now: datetime) -> datetime:
    return at if at <= now + SKEW else now


async def _keep_files(work: Work, new: Sequence[tuple[store.NewMessage, Item]], known: Mapping[str, Known]) -> None:
    kept = []
    for message, item in new:
        event = _event(item)
        if event.content.media:
            kept += await files.keep(
                work.files, known[event.address].seal, message=message.id, conversation=message.conversation_id,
                media=event.content.media, workspace=work.workspace,
            )  # fmt: skip
    if kept:
        await store.insert_attachments(work.tx, kept)
        work.wake_after("files")


async def _keep_subjects(work: Work, new: Sequence[tuple[store.NewMessage, Item, Known]], made: set[UUID]) -> None:
    """A new conversation is about what its first message says it is; answers bear it on."""
    for message, item, known in new:
        subject = _event(item).content.subject
        if subject and message.conversation_id in made:
            sealed = known.seal.seal_text("conversation|subject", message.conversation_id, subject)
            await store.keep_subject(work.tx, message.conversation_id, sealed)


async def _count(
    work: Work,
    source: Source,
    new: Sequence[tuple[store.NewMessage, Item, Known]],
    conversations: Iterable[store.Locked],
    made: set[UUID],
) -> None:
    grouped: dict[UUID, list[tuple[store.NewMessage, Item, Known]]] = defaultdict(list)
    for one in new:
        grouped[one[0].conversation_id].append(one)
    before = {one.id: one for one in conversations}
    counted = [_counted(source, before[id_], its, new=id_ in made) for id_, its in grouped.items()]
    if counted:
        await store.count(work.tx, counted)


def _counted(
    source: Source, before: store.Locked, added: Sequence[tuple[store.NewMessage, Item, Known]], *, new: bool
) -> store.Counted:
    """How a conversation stands after `added`. Machines and notices wake nobody, unless nothing else was ever said."""
    waking = [m for m, _, _ in added if _wakes(m) or (new and m.direction == "in")]
    said = [m for m, item, _ in added if _wakes(m) and not _event(item).opens]
    spoken = [m.provider_time for m in said]
    last, item, known = max(added, key=lambda one: (one[0].placed_at, one[0].seq))
    newest = new or last.placed_at >= before.last_at  # else it has come late, and stands further up
    last_in = max([*spoken, *([before.last_in_at] if before.last_in_at else [])], default=None)
    heard = max(said, key=lambda m: m.provider_time, default=None)
    tapped = _tapped(before, added)
    again = heard is not None and (before.last_in_at is None or heard.provider_time >= before.last_in_at)
    ours = sum(m.direction == "out" and not (heard and again and m.seq < heard.seq) for m, _, _ in added)
    return store.Counted(
        id=before.id,
        state=State.OPEN if waking or new else before.state,
        last_seq=max(m.seq for m, _, _ in added),
        unread=before.unread + len(waking),
        last_at=last.placed_at if newest else before.last_at,
        last_in_at=last_in,
        last_out_at=max((m.provider_time for m, _, _ in added if m.direction == "out"), default=None),
        last_message_id=last.id if newest else before.last_message_id,
        preview_sealed=content.seal_preview(known.seal, before.id, _event(item).content, out=last.direction == "out")
        if newest
        else None,
        window_closes_at=_closes(source, _event(item).address, last_in, tapped[0]),
        answers=ours if again else before.answers + ours,
        last_in_as=("comment" if heard.kind == Kind.COMMENT else "message") if heard and again else before.last_in_as,
        tapped_at=tapped[0],
        tap_answers=tapped[1],
    )


def _tapped(before: store.Locked, added: Sequence[tuple[store.NewMessage, Item, Known]]) -> tuple[datetime | None, int]:
    """The person's last tap that lets one answer for a while, and the messages of ours since."""
    taps = [m for m, item, _ in added if m.direction == "in" and _event(item).opens == "tap"]
    tap = max(taps, key=lambda m: m.provider_time, default=None)
    again = tap is not None and (before.tapped_at is None or tap.provider_time >= before.tapped_at)
    ours = sum(m.direction == "out" and not (tap and again and m.seq < tap.seq) for m, _, _ in added)
    return (tap.provider_time, ours) if tap and again else (before.tapped_at, before.tap_answers + ours)


def _closes(source: Source, address: str, last_in: datetime | None, tapped: datetime | None) -> datetime | None:
    """When the last of the times to answer ends; None where there is no end, or none was opened."""
    policy, branch = source.abilities.policy, bool(source.branch and source.branch(address))
    spans = ((last_in, policy.window(branch=branch)), (tapped, policy.window("tap", branch=branch)))
    return max((acted + span for acted, span in spans if acted and span), default=None)


def _entries(new: Sequence[tuple[store.NewMessage, Item]], made: set[UUID]) -> list[Entry]:
    created = [Entry(kind="conversation.created", conversation_id=conversation) for conversation in sorted(made)]
    return created + [
        Entry(
            kind="message.received",
            conversation_id=message.conversation_id,
            message_id=message.id,
            subject_id=message.contact_id,
            state=message.direction,
        )
        for message, _ in new
    ]


def _opened_again(
    new: Sequence[tuple[store.NewMessage, Item]], before: Iterable[store.Locked], made: set[UUID]
) -> list[Entry]:
    shut = {one.id for one in before if one.state != State.OPEN and one.id not in made}
    woken = {message.conversation_id for message, _ in new if message.conversation_id in shut and _wakes(message)}
    return [Entry(kind="conversation.changed", conversation_id=one, state="open") for one in sorted(woken)]


def _wakes(message: store.NewMessage) -> bool:
    """Machines and notices wake nobody."""
    return message.direction == "in" and not message.automatic and message.kind != Kind.NOTICE


def _event(item: Item) -> Said:
    assert isinstance(item.event, Said)
    return item.event
