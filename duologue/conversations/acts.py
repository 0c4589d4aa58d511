"""What we do to a message after it was sent: change its words, take it back, put a sign on it.

As with the outbox, it is written down before the platform is called, and takes effect here when the platform has done
it. An act says how something is from now on, so what may have been done is done again; where that does not help, it is
shown that nobody knows.
"""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from msgspec import Struct

from duologue.channels.contract import Abilities, Edited, Kind, Outcome, Reacted, Receipt, TryLater, Unknown, Unsent
from duologue.channels.registry import channel
from duologue.conversations import content, news, reply, store, store_acts
from duologue.conversations.model import Author, Change, Status
from duologue.conversations.store_acts import Held, Subject, Verb
from duologue.errors import Conflict, Invalid, NotFound
from duologue.kernel import acts as audit
from duologue.kernel import ids
from duologue.kernel.vault import Seal
from duologue.kernel.work import Work

PATIENCE = timedelta(hours=1)
"""So long a platform that asks to wait is asked again."""
TRIES = 5
"""So often what may have been done is done again."""
_SENT = {Status.SENT, Status.DELIVERED, Status.READ}
_OURS = {Author.MEMBER, Author.AUTOMATION}


class Wish(Struct, frozen=True, kw_only=True):
    """What is to be done. `words`: the new text, or the sign (none takes it away)."""

    kind: Verb
    words: str | None = None
    member: UUID | None = None  # who wants it; None: a program
    hold: timedelta = timedelta()  # for so long it can be undone


class Standing(Struct, frozen=True, kw_only=True):
    """What decides what can be done to a message."""

    direction: Literal["in", "out"]
    author: str
    kind: Kind
    status: str
    sent_at: datetime
    there: bool  # the platform knows it, and it is not taken back or forgotten


def offered(abilities: Abilities, one: Standing, now: datetime) -> frozenset[Verb]:
    """What can be done to it now."""
    if not one.there:
        return frozenset()
    found: set[Verb] = set()
    if one.direction == "in" and abilities.reactions and one.kind is not Kind.NOTICE:
        found.add("react")
    if one.status not in _SENT or one.author not in _OURS:
        return frozenset(found)
    age = now - one.sent_at
    if one.kind in abilities.edits and (abilities.edit_within is None or age <= abilities.edit_within):
        found.add("edit")
    if abilities.unsends and (abilities.unsend_within is None or age <= abilities.unsend_within):
        found.add("unsend")
    return frozenset(found)


async def ask(work: Work, message: UUID, wish: Wish) -> None:
    """Writes it down to be done. Raises `NotFound`, `Conflict`, `Invalid`."""
    about = await _held(work, message)
    abilities = channel(about.channel_kind).abilities
    if wish.kind not in offered(abilities, _standing(about), work.now) or about.key_sealed is None:
        raise _cannot(wish.kind)
    _fit(wish, abilities)
    one, seal = ids.new(), work.safe.contact(about.contact_id, about.key_sealed)
    new = store_acts.New(
        id=one,
        kind=wish.kind,
        by_member=wish.member,
        words_sealed=seal.seal_text("act|words", one, wish.words) if wish.words else None,
        asked_at=work.now,
        due_at=work.now + wish.hold,
    )
    await store_acts.ask(work.tx, about, new)
    who = audit.Act(by=wish.member, now=work.now, wake=work.wake)
    await audit.note(work.tx, who, f"message.{wish.kind}", message)
    await _tell(work, about)
    work.wake_after("acts")


async def _held(work: Work, message: UUID) -> Subject:
    """The message as it stands while nobody else changes it: whatever is asked of it is asked of that. `NotFound`."""
    known = await store_acts.subject(work.tx, message)
    if known is not None:
        await store.lock(work.tx, [known.conversation_id])
        known = await store_acts.subject(work.tx, message)
    if known is None:
        raise NotFound("There is no such message.")
    return known


def _cannot(verb: Verb) -> Conflict:
    match verb:
        case "edit":
            return Conflict("This message cannot be changed any more, or its platform does not let it be changed.")
        case "unsend":
            return Conflict("This message cannot be taken back any more, or its platform does not let it be.")
        case "react":
            return Conflict("This platform takes no reaction to this message.")


def _standing(about: Subject) -> Standing:
    return Standing(
        direction=about.direction,
        author=about.author,
        kind=about.kind,
        status=about.status,
        sent_at=about.provider_time,
        there=about.external_id is not None and about.unsent_at is None and about.content_sealed is not None,
    )


def _fit(wish: Wish, abilities: Abilities) -> None:
    if wish.kind == "edit":
        reply.fit(reply.Draft(key=ids.new(), text=wish.words or ""), abilities)
    if wish.kind == "react" and wish.words and wish.words not in abilities.reactions:
        raise Invalid("This platform does not take this sign.", "emoji")


async def undo(work: Work, message: UUID) -> None:
    """What was asked for and has not begun is not done. Raises `Conflict` where it is too late."""
    if not await _move(work, message, "cancelled", ["queued"]):
        raise Conflict("It has been done already.")


async def again(work: Work, message: UUID) -> None:
    """What did not go well is tried again. Raises `Conflict`."""
    if not await _move(work, message, "queued", ["failed", "unknown"]):
        raise Conflict("There is nothing to be tried again.")
    work.wake_after("acts")


async def drop(work: Work, message: UUID) -> None:
    """What did not go well is left at that. Raises `Conflict`."""
    if not await _move(work, message, "cancelled", ["failed", "unknown"]):
        raise Conflict("There is nothing that did not go well.")


async def _move(work: Work, message: UUID, to: str, from_status: list[str]) -> bool:
    about = await store_acts.subject(work.tx, message)
    if about is None:
        raise NotFound("There is no such message.")
    if not await store_acts.move(work.tx, message, to, from_status, work.now):
        return False
    await _tell(work, about)
    return True


class Ended(Struct, frozen=True):
    """How an attempt went."""

    act: UUID
    message: UUID
    conversation: UUID
    attempt: int
    outcome: Outcome


async def settle(work: Work, ended: Ended) -> None:
    """What the platform has done is so here too. An outcome counts only for the attempt that it belongs to."""
    await store.lock(work.tx, [ended.conversation])
    held = await store_acts.in_hand(work.tx, ended.act, ended.attempt)
    about = await store_acts.subject(work.tx, ended.message)
    if held is None or about is None:
        return
    if isinstance(ended.outcome, Receipt):
        await _done(work, held, about)
        await store_acts.end(work.tx, held.id, "done", None, due=held.due_at, now=work.now)
    else:
        status, after = _next(work, held, ended.outcome)
        due = work.now + timedelta(seconds=after)
        await store_acts.end(work.tx, held.id, status, ended.outcome.reason, due=due, now=work.now)
    await _tell(work, about)
    work.wake_after("acts")


def _next(work: Work, held: Held, outcome: Outcome) -> tuple[str, float]:
    """What an act becomes that was not done for sure, and in how many seconds it is due again."""
    if isinstance(outcome, TryLater) and work.now - held.asked_at < PATIENCE:
        return "queued", max(outcome.after, 2.0 ** min(held.attempt, 8))
    if isinstance(outcome, Unknown):
        return ("queued", 2.0**held.attempt) if held.attempt < TRIES else ("unknown", 0)
    return "failed", 0


async def _done(work: Work, held: Held, about: Subject) -> None:
    """As if the platform had told it: the history of edits, the copy that goes, the sign."""
    existing = (await store.by_id(work.tx, about.channel_id, [about.id])).get(about.id)
    if existing is None or about.key_sealed is None or about.external_id is None:
        return
    words = _words(work.safe.contact(about.contact_id, about.key_sealed), held)
    told = {"id": about.external_id, "address": "", "at": work.now}
    match held.kind:
        case "edit":
            await news.happened(work, Edited(**told, text=words or ""), existing)
        case "unsend":
            await news.happened(work, Unsent(**told), existing)
            await store_acts.revoke(work.tx, about.id)
        case "react":
            await news.happened(work, Reacted(**told, emoji=words, by="brand"), existing)


def _words(seal: Seal, held: Held) -> str | None:
    return seal.unseal_text("act|words", held.id, held.words_sealed) if held.words_sealed else None


def change(seal: Seal, held: Held) -> Change:
    """As screens show what is under way or did not go well."""
    return Change(
        kind=held.kind,
        status=held.status,  # type: ignore[arg-type]
        words=_words(seal, held),
        reason=held.reason,
        by=held.by_name,
        due_at=held.due_at,
    )


class Ready(Struct, frozen=True):
    """An act in hand, opened."""

    subject: Subject
    held: Held
    address: str
    words: str | None
    content: content.Content


async def opened(work: Work, claimed: store_acts.Claimed) -> Ready | None:
    """What is needed to do it; None where there is nothing left that it could be done to."""
    held = await store_acts.in_hand(work.tx, claimed.id, claimed.attempt)
    about = await store_acts.subject(work.tx, claimed.message_id)
    if held is None or about is None or not about.key_sealed or not about.content_sealed or not about.external_id:
        return None
    seal = work.safe.contact(about.contact_id, about.key_sealed)
    said = content.unseal(seal, about.id, about.content_sealed)
    address = seal.unseal_text("address|external", about.address_id, about.external_sealed)
    return Ready(about, held, address, _words(seal, held), said)


async def _tell(work: Work, about: Subject) -> None:
    known = await store.by_id(work.tx, about.channel_id, [about.id])
    await work.tell(*(news.told("message.status", one) for one in known.values()))
