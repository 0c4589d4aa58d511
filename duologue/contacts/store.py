"""All SQL about people and their addresses."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from duologue.kernel.database import Query, Transaction


class Found(Struct, frozen=True):
    address_id: UUID
    contact_id: UUID
    external_index: bytes
    key_sealed: bytes | None  # None: forgotten
    named: bool


class WrittenTo(Struct, frozen=True):
    message_id: UUID
    address_id: UUID
    external_index: bytes


class Claimed(Struct, frozen=True):
    id: UUID
    contact_id: UUID


class NewAddress(Struct, frozen=True):
    id: UUID
    contact_id: UUID
    external_index: bytes
    external_sealed: bytes


class NewContact(Struct, frozen=True):
    id: UUID
    key_sealed: bytes
    name_sealed: bytes | None
    facts_sealed: bytes


class ContactRow(Struct, frozen=True):
    id: UUID
    key_sealed: bytes | None
    name_sealed: bytes | None
    facts_sealed: bytes | None
    created_at: datetime


class AddressRow(Struct, frozen=True):
    id: UUID
    contact_id: UUID
    channel_id: UUID
    channel_kind: str
    channel_name: str
    external_sealed: bytes


async def find_addresses(tx: Transaction, channel: UUID, indexes: Sequence[bytes]) -> list[Found]:
    return await tx.rows(
        Found,
        """
        SELECT address.id AS address_id, contact_id, wanted.external_index, key_sealed, name_sealed IS NOT NULL AS named
        FROM (
          SELECT external_index, id FROM address
          WHERE workspace_id = %(workspace)s AND channel_id = %(channel)s AND external_index = ANY(%(indexes)s)
          UNION ALL
          SELECT external_index, address_id FROM alias
          WHERE workspace_id = %(workspace)s AND channel_id = %(channel)s AND external_index = ANY(%(indexes)s)
        ) AS wanted
        JOIN address ON address.workspace_id = %(workspace)s AND address.id = wanted.id
        JOIN contact ON contact.workspace_id = %(workspace)s AND contact.id = contact_id
        """,
        {"workspace": tx.workspace, "channel": channel, "indexes": list(indexes)},
    )


async def claim_addresses(tx: Transaction, channel: UUID, new: Sequence[NewAddress]) -> list[Claimed]:
    """Makes the addresses nobody else made first, and returns those; in one order, so that batches do not deadlock."""
    ordered = sorted(new, key=lambda one: one.external_index)
    return await tx.rows(
        Claimed,
        """
        INSERT INTO address (workspace_id, channel_id, id, contact_id, external_index, external_sealed)
        SELECT %(workspace)s, %(channel)s, *
        FROM unnest(%(ids)s::uuid[], %(contacts)s::uuid[], %(indexes)s::bytea[], %(sealed)s::bytea[])
        ON CONFLICT (workspace_id, channel_id, external_index) DO NOTHING
        RETURNING id, contact_id
        """,
        {
            "workspace": tx.workspace,
            "channel": channel,
            "ids": [one.id for one in ordered],
            "contacts": [one.contact_id for one in ordered],
            "indexes": [one.external_index for one in ordered],
            "sealed": [one.external_sealed for one in ordered],
        },
    )


async def aliased(tx: Transaction, addresses: Sequence[UUID]) -> set[UUID]:
    """Those that have further ids already."""
    return set(
        await tx.rows(
            UUID,
            "SELECT DISTINCT address_id FROM alias WHERE workspace_id = %(workspace)s AND address_id = ANY(%(ids)s)",
            {"workspace": tx.workspace, "ids": list(addresses)},
        )
    )


async def written_to(tx: Transaction, channel: UUID, messages: Sequence[UUID]) -> list[WrittenTo]:
    """Where messages of ours went, of those addresses that have no further ids yet."""
    return await tx.rows(
        WrittenTo,
        """
        SELECT message.id AS message_id, address.id AS address_id, external_index
        FROM unnest(%(ids)s::uuid[]) AS wanted (id)
        JOIN message ON message.workspace_id = %(workspace)s AND message.id = wanted.id
          AND message.channel_id = %(channel)s AND direction = 'out'
        JOIN conversation ON conversation.workspace_id = %(workspace)s AND conversation.id = conversation_id
        JOIN address ON address.workspace_id = %(workspace)s AND address.id = conversation.address_id
        WHERE NOT EXISTS (
          SELECT FROM alias WHERE alias.workspace_id = %(workspace)s AND alias.address_id = address.id)
        """,
        {"workspace": tx.workspace, "channel": channel, "ids": list(messages)},
    )


async def add_aliases(tx: Transaction, channel: UUID, new: Sequence[tuple[bytes, UUID]]) -> None:
    """Further ids of addresses, in one order, so that batches do not deadlock. One that is somebody's stays theirs."""
    ordered = sorted(new)
    await tx.run(
        """
        INSERT INTO alias (workspace_id, channel_id, external_index, address_id)
        SELECT %(workspace)s, %(channel)s, index, id
        FROM unnest(%(indexes)s::bytea[], %(ids)s::uuid[]) AS new (index, id)
        WHERE NOT EXISTS (SELECT FROM address WHERE workspace_id = %(workspace)s AND channel_id = %(channel)s
                            AND external_index = index)
        ON CONFLICT DO NOTHING
        """,
        {
            "workspace": tx.workspace, "channel": channel, "indexes": [index for index, _ in ordered],
            "ids": [address for _, address in ordered],
        },
    )  # fmt: skip


async def insert_contacts(tx: Transaction, new: Sequence[NewContact], now: datetime) -> None:
    await tx.run(
        """
        INSERT INTO contact (workspace_id, created_at, id, key_sealed, name_sealed, facts_sealed)
        SELECT %(workspace)s, %(now)s, *
        FROM unnest(%(ids)s::uuid[], %(keys)s::bytea[], %(names)s::bytea[], %(facts)s::bytea[])
        """,
        {
            "workspace": tx.workspace,
            "now": now,
            "ids": [one.id for one in new],
            "keys": [one.key_sealed for one in new],
            "names": [one.name_sealed for one in new],
            "facts": [one.facts_sealed for one in new],
        },
    )


async def describe(tx: Transaction, contact: UUID, name_sealed: bytes | None, facts_sealed: bytes | None) -> None:
    """Sets what is given and leaves what is None."""
    await tx.run(
        """
        UPDATE contact
        SET name_sealed = coalesce(%(name)s, name_sealed), facts_sealed = coalesce(%(facts)s, facts_sealed)
        WHERE workspace_id = %(workspace)s AND id = %(id)s
        """,
        {"workspace": tx.workspace, "id": contact, "name": name_sealed, "facts": facts_sealed},
    )


def contacts(tx: Transaction, ids: Sequence[UUID]) -> Query[ContactRow]:
    return Query(
        ContactRow,
        """
        SELECT id, key_sealed, name_sealed, facts_sealed, created_at FROM contact
        WHERE workspace_id = %(workspace)s AND id = ANY(%(ids)s)
        """,
        {"workspace": tx.workspace, "ids": list(ids)},
    )


async def page(tx: Transaction, before: UUID | None, most: int) -> list[ContactRow]:
    """Newest first; ids sort by time."""
    return await tx.rows(
        ContactRow,
        """
        SELECT id, key_sealed, name_sealed, facts_sealed, created_at FROM contact
        WHERE workspace_id = %(workspace)s AND (%(before)s::uuid IS NULL OR id < %(before)s)
        ORDER BY id DESC LIMIT %(most)s
        """,
        {"workspace": tx.workspace, "before": before, "most": most},
    )


def addresses(tx: Transaction, contacts: Sequence[UUID]) -> Query[AddressRow]:
    return Query(
        AddressRow,
        """
        SELECT address.id, contact_id, channel_id, kind AS channel_kind, name AS channel_name, external_sealed
        FROM address JOIN channel ON channel.workspace_id = address.workspace_id AND channel.id = channel_id
        WHERE address.workspace_id = %(workspace)s AND contact_id = ANY(%(contacts)s) ORDER BY address.id
        """,
        {"workspace": tx.workspace, "contacts": list(contacts)},
    )


async def unprofiled(tx: Transaction, channel: UUID, most: int) -> list[AddressRow]:
    """Addresses of this account that it was never asked about, and whose person has no name yet."""
    return await tx.rows(
        AddressRow,
        """
        SELECT address.id, contact_id, channel_id, kind AS channel_kind, channel.name AS channel_name, external_sealed
        FROM address
        JOIN channel ON channel.workspace_id = address.workspace_id AND channel.id = channel_id
        JOIN contact ON contact.workspace_id = address.workspace_id AND contact.id = contact_id
        WHERE address.workspace_id = %(workspace)s AND address.channel_id = %(channel)s AND profiled_at IS NULL
          AND name_sealed IS NULL AND key_sealed IS NOT NULL
        ORDER BY address.id DESC LIMIT %(most)s
        """,
        {"workspace": tx.workspace, "channel": channel, "most": most},
    )


async def profiled(tx: Transaction, addresses: Sequence[UUID], now: datetime) -> None:
    """The platform was asked about these."""
    await tx.run(
        "UPDATE address SET profiled_at = %(now)s WHERE workspace_id = %(workspace)s AND id = ANY(%(ids)s)",
        {"workspace": tx.workspace, "ids": list(addresses), "now": now},
    )
