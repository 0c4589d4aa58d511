"""All SQL about who wants to be written to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from duologue.kernel.database import Transaction


class Address(Struct, frozen=True):
    id: UUID
    external_index: bytes
    contact_id: UUID
    key_sealed: bytes | None


class Behind(Struct, frozen=True):
    """The address that a message was sent to."""

    id: UUID
    message: UUID
    contact_id: UUID
    key_sealed: bytes | None


class Entry(Struct, frozen=True, kw_only=True):
    """One line of the ledger."""

    id: UUID
    address_id: UUID
    scope: Literal["bulk", "all"]
    stopped: bool
    via: Literal["person", "platform", "member"]
    word_sealed: bytes | None
    by_member: UUID | None = None
    at: datetime


class Line(Struct, frozen=True):
    """A line as it is read."""

    id: UUID
    scope: Literal["bulk", "all"]
    stopped: bool
    via: Literal["person", "platform", "member"]
    word_sealed: bytes | None
    at: datetime


async def addresses(tx: Transaction, channel: UUID, indexes: Sequence[bytes]) -> list[Address]:
    """Addresses of the channel, locked, by the hash of their platform ids or of further ids of theirs."""
    return await tx.rows(
        Address,
        """
        SELECT address.id, wanted.index AS external_index, contact_id, key_sealed
        FROM unnest(%(indexes)s::bytea[]) AS wanted (index)
        JOIN address ON address.workspace_id = %(workspace)s AND channel_id = %(channel)s
          AND (external_index = wanted.index OR address.id = (
            SELECT address_id FROM alias WHERE alias.workspace_id = %(workspace)s AND alias.channel_id = %(channel)s
              AND alias.external_index = wanted.index))
        JOIN contact ON contact.workspace_id = address.workspace_id AND contact.id = contact_id
        ORDER BY address.id FOR NO KEY UPDATE OF address
        """,
        {"workspace": tx.workspace, "channel": channel, "indexes": list(indexes)},
    )


async def behind(tx: Transaction, channel: UUID, messages: Sequence[UUID]) -> list[Behind]:
    """Where these messages of ours went, locked; those of other accounts are not among them."""
    return await tx.rows(
        Behind,
        """
        SELECT address.id, message.id AS message, address.contact_id, key_sealed
        FROM unnest(%(ids)s::uuid[]) AS wanted (id)
        JOIN message ON message.workspace_id = %(workspace)s AND message.id = wanted.id
          AND message.channel_id = %(channel)s AND direction = 'out'
        JOIN conversation ON conversation.workspace_id = message.workspace_id
          AND conversation.id = message.conversation_id
        JOIN address ON address.workspace_id = conversation.workspace_id AND address.id = address_id
        JOIN contact ON contact.workspace_id = address.workspace_id AND contact.id = address.contact_id
        ORDER BY address.id FOR NO KEY UPDATE OF address
        """,
        {"workspace": tx.workspace, "channel": channel, "ids": list(messages)},
    )


async def written_to(tx: Transaction, conversation: UUID) -> UUID | None:
    """Where the conversation's answers go; not locked, as the conversation is."""
    return await tx.row(
        UUID,
        "SELECT address_id FROM conversation WHERE workspace_id = %(workspace)s AND id = %(id)s",
        {"workspace": tx.workspace, "id": conversation},
    )


async def address_of(tx: Transaction, conversation: UUID) -> UUID | None:
    """Where the conversation's answers go, locked."""
    return await tx.row(
        UUID,
        """
        SELECT address.id FROM conversation
        JOIN address ON address.workspace_id = conversation.workspace_id AND address.id = address_id
        WHERE conversation.workspace_id = %(workspace)s AND conversation.id = %(id)s FOR NO KEY UPDATE OF address
        """,
        {"workspace": tx.workspace, "id": conversation},
    )


class Leaver(Struct, frozen=True):
    """Somebody who follows a way out: what they have stopped so far, and what the account is called."""

    stopped: Literal["", "bulk", "all"]
    name: str


async def leaver(tx: Transaction, address: UUID) -> Leaver | None:
    """Locked."""
    return await tx.row(
        Leaver,
        """
        SELECT stopped, channel.name FROM address
        JOIN channel ON channel.workspace_id = address.workspace_id AND channel.id = channel_id
        WHERE address.workspace_id = %(workspace)s AND address.id = %(id)s FOR NO KEY UPDATE OF address
        """,
        {"workspace": tx.workspace, "id": address},
    )


async def write(tx: Transaction, entries: Sequence[Entry]) -> None:
    """Adds lines, and says on the addresses what holds now: the newest line of each scope."""
    fields = Entry.__struct_fields__
    await tx.run(
        """
        INSERT INTO consent (workspace_id, id, address_id, scope, stopped, via, word_sealed, by_member, at)
        SELECT %(workspace)s, * FROM unnest(%(id)s::uuid[], %(address_id)s::uuid[], %(scope)s::text[],
          %(stopped)s::bool[], %(via)s::text[], %(word_sealed)s::bytea[], %(by_member)s::uuid[], %(at)s::timestamptz[])
        """,
        {"workspace": tx.workspace} | {field: [getattr(one, field) for one in entries] for field in fields},
    )
    await tx.run(
        """
        UPDATE address SET stopped = coalesce((
          SELECT scope FROM (
            SELECT DISTINCT ON (scope) scope, stopped FROM consent
            WHERE consent.workspace_id = %(workspace)s AND address_id = address.id ORDER BY scope, at DESC, id DESC
          ) AS newest WHERE newest.stopped ORDER BY scope LIMIT 1), '')
        WHERE workspace_id = %(workspace)s AND id = ANY(%(ids)s)
        """,
        {"workspace": tx.workspace, "ids": [one.address_id for one in entries]},
    )


async def of(tx: Transaction, address: UUID, most: int = 50) -> list[Line]:
    """What was said about an address, newest first."""
    return await tx.rows(
        Line,
        """
        SELECT id, scope, stopped, via, word_sealed, at FROM consent
        WHERE workspace_id = %(workspace)s AND address_id = %(address)s ORDER BY at DESC, id DESC LIMIT %(most)s
        """,
        {"workspace": tx.workspace, "address": address, "most": most},
    )


async def conversations(tx: Transaction, addresses: Sequence[UUID]) -> list[UUID]:
    return await tx.rows(
        UUID,
        """
        SELECT id FROM conversation WHERE workspace_id = %(workspace)s AND address_id = ANY(%(ids)s)
        ORDER BY last_at DESC LIMIT 1000
        """,
        {"workspace": tx.workspace, "ids": list(addresses)},
    )
