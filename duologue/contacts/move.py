"""Somebody has a new address: it is theirs from now on, and the old one is theirs no more."""

from collections.abc import Sequence
from uuid import UUID

from duologue.channels.contract import Moved, Opted
from duologue.contacts import store
from duologue.kernel import ids
from duologue.kernel.journal import Entry
from duologue.kernel.work import Work


async def move(work: Work, channel: UUID, events: Sequence[Moved]) -> list[Opted]:
    """Joins each new address to its person. What follows for the old ones: nothing is sent there any more.

    A new address that is somebody's already stays theirs: nobody is ever joined to another person by a claim.
    """
    index = lambda address: work.safe.index(f"address|{channel}", address)  # noqa: E731
    known = {one.external_index: one for one in await store.find_addresses(
        work.tx, channel, [index(event.address) for event in events])}  # fmt: skip
    new: list[store.NewAddress] = []
    for event in events:
        if person := known.get(index(event.address)):
            address = ids.new()
            seal = work.safe.contact(person.contact_id, person.key_sealed)
            sealed = seal.seal_text("address|external", address, event.to)
            new.append(store.NewAddress(address, person.contact_id, index(event.to), sealed))
    if new:
        claimed = await store.claim_addresses(work.tx, channel, new)
        moved = sorted({one.contact_id for one in claimed})
        await work.tell(*(Entry(kind="contact.changed", subject_id=one, state="moved") for one in moved))
    return [
        Opted(address=event.address, at=event.at, stopped=True, scope="all", via="platform")
        for event in events
        if index(event.address) in known
    ]
