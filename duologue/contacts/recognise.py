"""Who is writing: finds the person behind each address of a channel, or makes them."""

from collections.abc import Collection, Mapping
from uuid import UUID

import msgspec

from duologue.channels.contract import Person
from duologue.contacts import store
from duologue.contacts.model import Facts, Known
from duologue.kernel import ids
from duologue.kernel.journal import Entry
from duologue.kernel.vault import Safe, Seal
from duologue.kernel.work import Work


async def recognise(
    work: Work, channel: UUID, people: Mapping[str, Person], aliases: Mapping[str, Collection[str]] = {}
) -> dict[str, Known]:
    """Everyone in `people` (platform address -> what the platform tells), known or made now. Two at once make one.

    `aliases`: further ids under which the platform speaks of the same address.
    """
    indexes = {work.safe.index(f"address|{channel}", address): address for address in people}
    known = await _find(work, channel, indexes, people)
    if aliases:
        known |= await _by_alias(work, channel, {a: its for a, its in aliases.items() if a not in known}, people)
    joined = _joined(people, aliases, known)
    missing = {i: address for i, address in indexes.items() if address not in known and address not in joined}
    if missing:
        known |= await _make(work, channel, missing, people)
    lost = {index: address for index, address in missing.items() if address not in known}
    if lost:  # somebody else made them between our look and our try
        known |= await _find(work, channel, lost, people)
    known |= {address: known[alias] for address, alias in joined.items()}
    if aliases:
        index = lambda address: work.safe.index(f"address|{channel}", address)  # noqa: E731
        further = [(index(alias), known[address].address_id) for address, its in aliases.items() for alias in its]
        further += [(index(address), known[address].address_id) for address in joined]
        await store.add_aliases(work.tx, channel, further)
    return known


async def also_called(work: Work, channel: UUID, told: Mapping[UUID, Collection[str]]) -> None:
    """The platform calls those whom messages of ours went to by these ids too: what they write under them is theirs.

    `told`: message -> ids. Nothing is learnt of somebody who has further ids already (another person may have that
    number now), and an id that is somebody's stays theirs.
    """
    indexes = {
        message: {work.safe.index(f"address|{channel}", name) for name in names if name}
        for message, names in told.items()
    }
    rows = await store.written_to(work.tx, channel, [message for message, its in indexes.items() if its])
    fresh = {(index, one.address_id) for one in rows for index in indexes[one.message_id] - {one.external_index}}
    if fresh:
        await store.add_aliases(work.tx, channel, list(fresh))


def _joined(people: Collection[str], aliases: Mapping[str, Collection[str]], known: Collection[str]) -> dict[str, str]:
    """Of the strangers, those by whose further id somebody writes in this very batch: that is who they are.

    Of several who claim it, the first.
    """
    found: dict[str, str] = {}
    for address, its in aliases.items():
        taken = {*known, *found, *found.values()}
        free = [alias for alias in its if alias in people and alias not in taken]
        if free and address not in known and address not in found.values():
            found[address] = min(free)
    return found


async def _by_alias(
    work: Work, channel: UUID, aliases: Mapping[str, Collection[str]], people: Mapping[str, Person]
) -> dict[str, Known]:
    """Those whose further ids are known as an address that has none yet: the platform has begun to call it otherwise.

    One with other further ids is somebody else's, who had that number before: nobody is joined to a stranger.
    """
    index = lambda address: work.safe.index(f"address|{channel}", address)  # noqa: E731
    wanted: dict[bytes, tuple[str, str]] = {}
    for address, its in aliases.items():
        for alias in its:
            wanted.setdefault(index(alias), (address, alias))  # of several who claim it, the first
    found = await _find(
        work,
        channel,
        {i: alias for i, (_, alias) in wanted.items()},
        {alias: people[a] for a, alias in wanted.values()},
    )
    taken = await store.aliased(work.tx, [one.address_id for one in found.values()])
    known: dict[str, Known] = {}
    for address, alias in wanted.values():
        if (one := found.get(alias)) and one.address_id not in taken and address not in known:
            known[address] = one
            taken.add(one.address_id)
            await store.add_aliases(work.tx, channel, [(index(address), one.address_id)])
    return known


async def _find(
    work: Work, channel: UUID, indexes: Mapping[bytes, str], people: Mapping[str, Person]
) -> dict[str, Known]:
    known: dict[str, Known] = {}
    for row in await store.find_addresses(work.tx, channel, list(indexes)):
        address = indexes[row.external_index]
        seal = work.safe.contact(row.contact_id, row.key_sealed)
        known[address] = Known(address_id=row.address_id, contact_id=row.contact_id, seal=seal, new=False)
        if not row.named and people[address].name:
            await describe(work, row.contact_id, seal, people[address])
    return known


async def _make(
    work: Work, channel: UUID, missing: Mapping[bytes, str], people: Mapping[str, Person]
) -> dict[str, Known]:
    prepared = [_prepare(work.safe, index, address, people[address]) for index, address in missing.items()]
    claimed = {one.id for one in await store.claim_addresses(work.tx, channel, [address for address, *_ in prepared])}
    won = [one for one in prepared if one[0].id in claimed]
    await store.insert_contacts(work.tx, [contact for _, contact, _ in won], work.now)
    return {
        missing[address.external_index]: Known(
            address_id=address.id, contact_id=address.contact_id, seal=seal, new=True
        )
        for address, _, seal in won
    }


def _prepare(
    safe: Safe, index: bytes, external: str, person: Person
) -> tuple[store.NewAddress, store.NewContact, Seal]:
    contact, address = ids.new(), ids.new()
    key_sealed = safe.new_contact(contact)
    seal = safe.contact(contact, key_sealed)
    return (
        store.NewAddress(address, contact, index, seal.seal_text("address|external", address, external)),
        store.NewContact(contact, key_sealed, _name(seal, contact, person), _facts(seal, contact, person)),
        seal,
    )


async def describe(work: Work, contact: UUID, seal: Seal, person: Person) -> None:
    """Keeps what the platform tells about somebody who had no name yet."""
    await store.describe(work.tx, contact, _name(seal, contact, person), _facts(seal, contact, person))
    await work.tell(Entry(kind="contact.changed", subject_id=contact, state="described"))


def _name(seal: Seal, contact: UUID, person: Person) -> bytes | None:
    return seal.seal_text("contact|name", contact, person.name.strip()[:200]) if person.name else None


def _facts(seal: Seal, contact: UUID, person: Person) -> bytes:
    facts = Facts(
        email=person.email, phone=person.phone, locale=person.locale, picture_url=person.picture_url, typed=person.typed
    )
    return seal.seal("contact|facts", contact, msgspec.json.encode(facts))
