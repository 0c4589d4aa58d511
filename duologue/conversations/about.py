"""The person behind a conversation, as the pane beside it shows them: who, where they write, what else was said."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from duologue.contacts import look_up
from duologue.contacts.model import Contact
from duologue.conversations import show, store_views
from duologue.conversations.model import AddressView, ContactView, Row
from duologue.errors import NotFound
from duologue.kernel.work import Work

OTHERS = 10


async def contact(work: Work, contact: UUID, *, but: UUID) -> ContactView:
    """The person, beside the conversation `but`. Raises `NotFound`."""
    found = await people(work, {but: contact})
    if but not in found:
        raise NotFound("There is no such person.")
    return found[but]


async def people(work: Work, wanted: Mapping[UUID, UUID]) -> dict[UUID, ContactView]:
    """The person behind each conversation (conversation -> contact); of several at once for no more questions."""
    contacts = list(set(wanted.values()))
    found, addresses, others = await work.tx.all(
        *look_up.asked(work, contacts), store_views.of_contacts(work.tx, contacts, OTHERS + 1)
    )
    known = look_up.opened(work, found, addresses)
    beside = {
        conversation: [one.id for one in others if one.contact_id == contact and one.id != conversation][:OTHERS]
        for conversation, contact in wanted.items()
    }
    rows = {row.id: row for row in await show.rows_of(work, list({other for its in beside.values() for other in its}))}
    return {
        conversation: _view(known[contact], [rows[other] for other in beside[conversation]])
        for conversation, contact in wanted.items()
        if contact in known
    }


def _view(found: Contact, others: Sequence[Row]) -> ContactView:
    addresses = tuple(
        AddressView(
            id=one.id, channel_kind=one.channel_kind, channel_name=one.channel_name, external=one.external, name=None
        )
        for one in found.addresses
    )
    return ContactView(
        id=found.id,
        name=found.name or (addresses[0].external if addresses else show.FORGOTTEN),
        email=found.facts.email,
        phone=found.facts.phone,
        typed=found.facts.typed,
        locale=found.facts.locale,
        since=found.created_at,
        addresses=addresses,
        others=tuple(others),
    )
