"""What people answer to a letter comes home, into the conversation that the letter was about.

The mail's token proves the conversation, and that we made it; it counts only from the very address that the letter went
to. Forged, tampered with or passed on to somebody else it proves nothing here, and the mail is one like any other.
"""

import hashlib
from collections.abc import Sequence
from uuid import UUID

import msgspec
from msgspec.structs import replace

from duologue.channels.contract import Content, Event, Kind, Opted, Person, Progress, Said
from duologue.kernel.work import Work
from duologue.mailroom.letters import store
from duologue.mailroom.letters.model import FROM_MAIL, Home, index

NOT_DELIVERED = "The answer that went on by mail was not delivered."
FACTS_IN_WORDS = {"by": "Continued by", "why": "Reason"}
Led = tuple[UUID, Event | None]
"""Of which channel an event is, and the event; None: it tells nothing new."""


async def homeward(work: Work, channel: UUID, title: str, events: Sequence[Event]) -> list[Led]:
    """Each event of a carrying account, where it belongs. `title`: how its platform is called."""
    conversations = {one.conversation for one in events if isinstance(one, Said) and one.conversation}
    letters = {one.correlation for one in events if isinstance(one, Said | Progress | Opted) and one.correlation}
    if not conversations and not letters:
        return [(channel, one) for one in events]
    found = await store.homes(work.tx, channel, list(conversations), list(letters))
    return [await _led(work, channel, title, one, found) for one in events]


async def _led(work: Work, channel: UUID, title: str, event: Event, homes: Sequence[Home]) -> Led:
    ours = next((one for one in homes if one.letter_id == getattr(event, "correlation", None)), None)
    if ours and isinstance(event, Said):
        await store.heard_of(work.tx, ours.letter_id, "sent", None)
        return channel, None
    if ours and isinstance(event, Opted):  # nobody is at that mail address, or they complained of the letter
        await store.refuse(work.tx, ours.to_index, work.now)
        return channel, None
    if ours and isinstance(event, Progress):
        return await _told(work, channel, event, ours)
    if isinstance(event, Said) and event.by == "person" and event.conversation:
        to = index(work.safe, event.address)
        home = next((one for one in homes if one.conversation_id == event.conversation and one.to_index == to), None)
        if home and home.key_sealed:
            return home.channel_id, _answer(work, channel, title, event, home)
    return channel, event


async def _told(work: Work, channel: UUID, event: Progress, home: Home) -> Led:
    """A letter that came back is told where its answers stand."""
    if event.status != "failed" or home.key_sealed is None:
        return channel, None
    await store.heard_of(work.tx, home.letter_id, "failed", event.reason)
    facts = {FACTS_IN_WORDS["why"]: event.reason} if event.reason else {}
    said = Content(kind=Kind.NOTICE, text=NOT_DELIVERED, facts=facts)
    return home.channel_id, notice(work, home, f"{FROM_MAIL}{home.letter_id}/back", said)


def notice(work: Work, home: Home, id: str, content: Content) -> Said:
    """Something to be told in the conversation, once."""
    return Said(id=id, address=_address(work, home), at=work.now, content=content, automatic=True)


def _answer(work: Work, channel: UUID, title: str, event: Said, home: Home) -> Said:
    """The person's mail as a message of the chat. The same mail again is the same message."""
    mark = hashlib.sha256(channel.bytes + event.id.encode(errors="replace")).hexdigest()
    facts = dict(event.content.facts) | {FACTS_IN_WORDS["by"]: title}
    return replace(
        event,
        id=f"{FROM_MAIL}{mark}",
        address=_address(work, home),
        aliases=(),
        person=Person(),
        reply_to=None,
        conversation=None,
        references=(),
        content=msgspec.structs.replace(event.content, subject=None, facts=facts),
    )


def _address(work: Work, home: Home) -> str:
    assert home.key_sealed
    seal = work.safe.contact(home.contact_id, home.key_sealed)
    return seal.unseal_text("address|external", home.address_id, home.external_sealed)
