"""All SQL that writes conversations and their messages. What screens read stands in store_views.py."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from msgspec import Struct

from duologue.conversations.model import Author, Lane, State, Status
from duologue.kernel.database import Transaction


class Existing(Struct, frozen=True):
    """A message that is there already, found by the platform's id or by ours."""

    id: UUID
    conversation_id: UUID
    contact_id: UUID
    external_id: str | None
    direction: Literal["in", "out"]
    author: Author
    status: Status
    attempt: int


class Place(Struct, frozen=True):
    """Where a message belongs: an address, and a thread of it."""

    address_id: UUID
    contact_id: UUID
    thread: str


class Locked(Struct, frozen=True):
    """A conversation, locked until the transaction ends."""

    id: UUID
    address_id: UUID
    contact_id: UUID
    channel_id: UUID
    thread: str
    state: State
    assignee_id: UUID | None
    last_seq: int
    unread: int
    last_at: datetime
    last_in_at: datetime | None
    last_message_id: UUID | None
    window_closes_at: datetime | None
    answers: int
    last_in_as: Literal["message", "comment"]
    tapped_at: datetime | None
    tap_answers: int
    stopped: Literal["", "bulk", "all"]


class NewMessage(Struct, frozen=True, kw_only=True):
    id: UUID
    conversation_id: UUID
    channel_id: UUID
    contact_id: UUID
    seq: int
    direction: Literal["in", "out"]
    author: Author
    author_id: UUID | None = None
    kind: str
    content_sealed: bytes
    external_id: str | None = None
    client_key: UUID | None = None
    reply_to: UUID | None = None
    provider_time: datetime
    received_time: datetime
    placed_at: datetime
    status: Status
    reason: str | None = None
    automatic: bool = False
    arrival_id: UUID | None = None
    lane: Lane | None = None
    due_at: datetime | None = None
    sent_at: datetime | None = None


class NewAttachment(Struct, frozen=True, kw_only=True):
    id: UUID
    message_id: UUID
    conversation_id: UUID
    position: int
    kind: str
    mime: str
    size: int
    state: Literal["stored", "pending", "failed"]
    reason: str | None = None
    facts_sealed: bytes
    width: int | None = None  # of a picture that has a small copy
    height: int | None = None


class Counted(Struct, frozen=True, kw_only=True):
    """What a conversation says after messages were added."""

    id: UUID
    state: State
    last_seq: int
    unread: int
    last_at: datetime
    last_in_at: datetime | None
    last_out_at: datetime | None
    last_message_id: UUID | None
    preview_sealed: bytes | None  # None: as before
    window_closes_at: datetime | None
    answers: int
    last_in_as: str
    tapped_at: datetime | None
    tap_answers: int


async def by_external(tx: Transaction, channel: UUID, external_ids: Sequence[str]) -> dict[str, Existing]:
    """Messages of the channel that are here already, by the platform's id."""
    if not external_ids:
        return {}
    found = await tx.rows(
        Existing,
        """
        SELECT id, conversation_id, contact_id, external_id, direction, author, status, attempt FROM message
        WHERE workspace_id = %(workspace)s AND channel_id = %(channel)s AND external_id = ANY(%(ids)s)
        """,
        {"workspace": tx.workspace, "channel": channel, "ids": list(external_ids)},
    )
    return {one.external_id: one for one in found if one.external_id}


async def by_id(tx: Transaction, channel: UUID, ids: Sequence[UUID]) -> dict[UUID, Existing]:
    if not ids:
        return {}
    found = await tx.rows(
        Existing,
        """
        SELECT id, conversation_id, contact_id, external_id, direction, author, status, attempt FROM message
        WHERE workspace_id = %(workspace)s AND channel_id = %(channel)s AND id = ANY(%(ids)s)
        """,
        {"workspace": tx.workspace, "channel": channel, "ids": list(ids)},
    )
    return {one.id: one for one in found}


async def thread_of(
    tx: Transaction, channel: UUID, address: UUID, *, conversation: UUID | None, references: Sequence[str]
) -> str | None:
    """The thread that a message continues: proven by token, else by the nearest reference; only of this address."""
    return await tx.row(
        str,
        """
        SELECT thread FROM (
          SELECT thread, 0 AS rank FROM conversation
          WHERE workspace_id = %(workspace)s AND id = %(conversation)s AND address_id = %(address)s
            AND channel_id = %(channel)s
          UNION ALL
          SELECT thread, array_position(%(references)s::text[], external_id) AS rank
          FROM message JOIN conversation ON conversation.workspace_id = message.workspace_id
            AND conversation.id = conversation_id
          WHERE message.workspace_id = %(workspace)s AND message.channel_id = %(channel)s
            AND external_id = ANY(%(references)s) AND address_id = %(address)s
        ) AS found ORDER BY rank LIMIT 1
        """,
        {
            "workspace": tx.workspace,
            "channel": channel,
            "address": address,
            "conversation": conversation,
            "references": list(references),
        },
    )


async def begun_lately(tx: Transaction, contact: UUID, address: UUID, within: timedelta) -> list[str]:
    """The threads of the conversations that this address has begun within this time, the newest last."""
    return await tx.rows(
        str,
        """
        SELECT thread FROM conversation WHERE workspace_id = %(workspace)s AND contact_id = %(contact)s
          AND address_id = %(address)s AND created_at > now() - %(within)s ORDER BY created_at, id
        """,
        {"workspace": tx.workspace, "contact": contact, "address": address, "within": within},
    )


async def make_conversations(
    tx: Transaction, channel: UUID, places: Sequence[tuple[UUID, Place]], now: datetime
) -> list[UUID]:
    """Makes those that do not exist; in one order, so that two batches wait for each other instead of deadlocking."""
    ordered = sorted(places, key=lambda one: (one[1].address_id, one[1].thread))
    return await tx.rows(
        UUID,
        """
        INSERT INTO conversation (workspace_id, channel_id, last_at, id, address_id, contact_id, thread)
        SELECT %(workspace)s, %(channel)s, %(now)s, *
        FROM unnest(%(ids)s::uuid[], %(addresses)s::uuid[], %(contacts)s::uuid[], %(threads)s::text[])
        ON CONFLICT (workspace_id, address_id, thread) DO NOTHING RETURNING id
        """,
        {
            "workspace": tx.workspace,
            "channel": channel,
            "now": now,
            "ids": [conversation for conversation, _ in ordered],
            "addresses": [place.address_id for _, place in ordered],
            "contacts": [place.contact_id for _, place in ordered],
            "threads": [place.thread for _, place in ordered],
        },
    )


async def lock_places(tx: Transaction, places: Sequence[Place]) -> list[Locked]:
    return await tx.rows(
        Locked,
        """
        SELECT id, address_id, contact_id, channel_id, conversation.thread, state, assignee_id, last_seq, unread,
               last_at, last_in_at, last_message_id, window_closes_at, answers, last_in_as, tapped_at, tap_answers,
               (SELECT stopped FROM address WHERE address.workspace_id = conversation.workspace_id
                  AND address.id = address_id) AS stopped
        FROM conversation
        JOIN unnest(%(addresses)s::uuid[], %(threads)s::text[]) AS wanted (address, thread)
          ON address_id = address AND conversation.thread = wanted.thread
        WHERE workspace_id = %(workspace)s ORDER BY id FOR NO KEY UPDATE OF conversation
        """,
        {
            "workspace": tx.workspace,
            "addresses": [place.address_id for place in places],
            "threads": [place.thread for place in places],
        },
    )


async def lock(tx: Transaction, conversations: Sequence[UUID]) -> list[Locked]:
    """Locks conversations, in the order of their ids."""
    return await tx.rows(
        Locked,
        """
        SELECT id, address_id, contact_id, channel_id, thread, state, assignee_id, last_seq, unread, last_at,
               last_in_at, last_message_id, window_closes_at, answers, last_in_as, tapped_at, tap_answers,
               (SELECT stopped FROM address WHERE address.workspace_id = conversation.workspace_id
                  AND address.id = address_id) AS stopped
        FROM conversation WHERE workspace_id = %(workspace)s AND id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE
        """,
        {"workspace": tx.workspace, "ids": list(conversations)},
    )


async def insert_messages(tx: Transaction, new: Sequence[NewMessage]) -> set[UUID]:
    """The ids of those that were not there under the same platform id or client key."""
    fields = NewMessage.__struct_fields__
    return set(
        await tx.rows(
            UUID,
            """
            INSERT INTO message (workspace_id, id, conversation_id, channel_id, contact_id, seq, direction, author,
              author_id, kind, content_sealed, external_id, client_key, reply_to, provider_time, received_time,
              placed_at, status, reason, automatic, arrival_id, lane, due_at, sent_at)
            SELECT %(workspace)s, * FROM unnest(%(id)s::uuid[], %(conversation_id)s::uuid[], %(channel_id)s::uuid[],
              %(contact_id)s::uuid[], %(seq)s::int[], %(direction)s::text[], %(author)s::text[], %(author_id)s::uuid[],
              %(kind)s::text[], %(content_sealed)s::bytea[], %(external_id)s::text[], %(client_key)s::uuid[],
              %(reply_to)s::uuid[], %(provider_time)s::timestamptz[], %(received_time)s::timestamptz[],
              %(placed_at)s::timestamptz[], %(status)s::text[], %(reason)s::text[], %(automatic)s::bool[],
              %(arrival_id)s::uuid[], %(lane)s::text[], %(due_at)s::timestamptz[], %(sent_at)s::timestamptz[])
            ON CONFLICT DO NOTHING RETURNING id
            """,
            {"workspace": tx.workspace} | {field: [getattr(one, field) for one in new] for field in fields},
        )
    )


async def insert_attachments(tx: Transaction, new: Sequence[NewAttachment]) -> None:
    fields = NewAttachment.__struct_fields__
    tx.later(
        """
        INSERT INTO attachment (workspace_id, id, message_id, conversation_id, position, kind, mime, size, state,
          reason, facts_sealed, width, height)
        SELECT %(workspace)s, * FROM unnest(%(id)s::uuid[], %(message_id)s::uuid[], %(conversation_id)s::uuid[],
          %(position)s::int[], %(kind)s::text[], %(mime)s::text[], %(size)s::bigint[], %(state)s::text[],
          %(reason)s::text[], %(facts_sealed)s::bytea[], %(width)s::int[], %(height)s::int[])
        """,
        {"workspace": tx.workspace} | {field: [getattr(one, field) for one in new] for field in fields},
    )


async def keep_subject(tx: Transaction, conversation: UUID, sealed: bytes) -> None:
    """What a conversation is about, if that is not known yet."""
    await tx.run(
        """
        UPDATE conversation SET subject_sealed = %(sealed)s
        WHERE workspace_id = %(workspace)s AND id = %(id)s AND subject_sealed IS NULL
        """,
        {"workspace": tx.workspace, "id": conversation, "sealed": sealed},
    )


async def count(tx: Transaction, counted: Sequence[Counted]) -> None:
    """Writes what the conversations say now; they are locked by the caller."""
    fields = Counted.__struct_fields__
    tx.later(
        """
        UPDATE conversation SET state = new.state, last_seq = new.last_seq, unread = new.unread, last_at = new.last_at,
          last_in_at = new.last_in_at, last_out_at = coalesce(new.last_out_at, conversation.last_out_at),
          last_message_id = new.last_message_id,
          preview_sealed = coalesce(new.preview_sealed, conversation.preview_sealed),
          window_closes_at = new.window_closes_at, answers = new.answers, last_in_as = new.last_in_as,
          tapped_at = new.tapped_at, tap_answers = new.tap_answers,
          snoozed_until = CASE WHEN new.state = 'snoozed' THEN conversation.snoozed_until END
        FROM unnest(%(id)s::uuid[], %(state)s::text[], %(last_seq)s::int[], %(unread)s::int[],
          %(last_at)s::timestamptz[], %(last_in_at)s::timestamptz[], %(last_out_at)s::timestamptz[],
          %(last_message_id)s::uuid[], %(preview_sealed)s::bytea[], %(window_closes_at)s::timestamptz[],
          %(answers)s::int[], %(last_in_as)s::text[], %(tapped_at)s::timestamptz[], %(tap_answers)s::int[])
          AS new (id, state, last_seq, unread, last_at, last_in_at, last_out_at, last_message_id, preview_sealed,
                  window_closes_at, answers, last_in_as, tapped_at, tap_answers)
        WHERE conversation.workspace_id = %(workspace)s AND conversation.id = new.id
        """,
        {"workspace": tx.workspace} | {field: [getattr(one, field) for one in counted] for field in fields},
    )
