"""Reads people back: names, facts and addresses, unsealed for the team that may see them."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from duologue.contacts import store
from duologue.contacts.model import Address, Contact, Facts
from duologue.kernel.database import Query
from duologue.kernel.vault import Seal
from duologue.kernel.work import Work


async def contacts(work: Work, ids: Sequence[UUID]) -> dict[UUID, Contact]:
    """The contacts that exist among `ids`. Somebody forgotten has neither name nor addresses."""
    rows, addresses = await work.tx.all(*asked(work, ids))
    return opened(work, rows, addresses)


def asked(work: Work, ids: Sequence[UUID]) -> tuple[Query[store.ContactRow], Query[store.AddressRow]]:
    """What `opened` makes contacts of."""
    return store.contacts(work.tx, ids), store.addresses(work.tx, ids)


def opened(work: Work, rows: Sequence[store.ContactRow], addresses: Sequence[store.AddressRow]) -> dict[UUID, Contact]:
    seals = {row.id: work.safe.contact(row.id, row.key_sealed) for row in rows if row.key_sealed}
    return {row.id: _open(row, seals.get(row.id), addresses) for row in rows}


async def page(work: Work, *, before: UUID | None, most: int) -> list[Contact]:
    """Contacts, the newest first, from those made before `before`."""
    rows = await store.page(work.tx, before, most)
    addresses = await work.tx.ask(store.addresses(work.tx, [row.id for row in rows]))
    found = opened(work, rows, addresses)
    return [found[row.id] for row in rows]


def _open(row: store.ContactRow, seal: Seal | None, addresses: Sequence[store.AddressRow]) -> Contact:
    name = seal.unseal_text("contact|name", row.id, row.name_sealed) if seal and row.name_sealed else None
    facts = seal.unseal("contact|facts", row.id, row.facts_sealed) if seal and row.facts_sealed else b"{}"
    own = tuple(_address(seal, one) for one in addresses if seal and one.contact_id == row.id)
    return Contact(
        id=row.id,
        name=name,
        facts=msgspec.json.decode(facts, type=Facts),
        created_at=row.created_at,
        addresses=own,
    )


def _address(seal: Seal, row: store.AddressRow) -> Address:
    return Address(
        id=row.id,
        channel_id=row.channel_id,
        channel_kind=row.channel_kind,
        channel_name=row.channel_name,
        external=seal.unseal_text("address|external", row.id, row.external_sealed),
    )
