"""All SQL about what happens to a message after it is there: status, edits, reactions, taking back, and early news."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID
from zlib import crc32

from msgspec import Struct

from duologue.conversations.model import Status
from duologue.conversations.store import Existing
from duologue.kernel.database import Transaction


async def advance(
    tx: Transaction,
    ids: Sequence[UUID],
    status: Status,
    *,
    from_status: Sequence[Status],
    reason: str | None = None,
    at: datetime,
    names: Mapping[UUID, str] | None = None,
) -> list[Existing]:
    """Moves messages forward to `status`, from one of `from_status` only; those that moved.

    `names`: the platform's ids of some of them, where they are known only now.
    """
    named = names or {}
    return await tx.rows(
        Existing,
        """
        UPDATE message SET status = %(status)s, reason = %(reason)s, lease_until = NULL,
          sent_at = CASE WHEN %(status)s::text IN ('sent', 'delivered', 'read') THEN coalesce(sent_at, %(at)s)
                    ELSE sent_at END,
          external_id = coalesce((SELECT external FROM unnest(%(named)s::uuid[], %(names)s::text[])
                                    AS named (id, external) WHERE named.id = message.id), external_id)
        WHERE workspace_id = %(workspace)s AND id = ANY(%(ids)s) AND direction = 'out' AND status = ANY(%(from)s)
        RETURNING id, conversation_id, contact_id, external_id, direction, author, status, attempt
        """,
        {
            "workspace": tx.workspace,
            "ids": list(ids),
            "status": status,
            "reason": reason,
            "from": list(from_status),
            "at": at,
            "named": list(named),
            "names": list(named.values()),
        },
    )


async def sent_until(tx: Transaction, channel: UUID, address_index: bytes, until: datetime) -> list[UUID]:
    """Messages of ours to this address, sent at or before `until`, that are not known to be read."""
    return await tx.rows(
        UUID,
        """
        SELECT message.id FROM address
        JOIN conversation ON conversation.workspace_id = address.workspace_id AND conversation.address_id = address.id
        JOIN message ON message.workspace_id = address.workspace_id AND message.conversation_id = conversation.id
        WHERE address.workspace_id = %(workspace)s AND address.channel_id = %(channel)s
          AND external_index = %(index)s AND direction = 'out' AND status IN ('sent', 'delivered')
          AND sent_at <= %(until)s
        """,
        {"workspace": tx.workspace, "channel": channel, "index": address_index, "until": until},
    )


async def keep_watermark(tx: Transaction, channel: UUID, address_index: bytes, status: str, until: datetime) -> None:
    """Remembers how far the person has come, for messages whose sending is not recorded yet."""
    await tx.run(
        """
        UPDATE conversation SET
          delivered_until = greatest(delivered_until, %(until)s),
          read_until = CASE WHEN %(status)s::text = 'read' THEN greatest(read_until, %(until)s) ELSE read_until END
        FROM address
        WHERE conversation.workspace_id = %(workspace)s AND address.workspace_id = conversation.workspace_id
          AND address.id = address_id AND address.channel_id = %(channel)s AND external_index = %(index)s
          AND %(status)s::text IN ('delivered', 'read')
        """,
        {"workspace": tx.workspace, "channel": channel, "index": address_index, "status": status, "until": until},
    )


class Reached(Struct, frozen=True):
    id: UUID
    status: str


async def reached(tx: Transaction, attempts: Mapping[UUID, int]) -> list[Reached]:
    """What the watermarks of their conversations say about messages that began to be sent before them."""
    return await tx.rows(
        Reached,
        """
        SELECT id, status FROM (
          SELECT message.id, started_at, delivered_until, read_until
          FROM unnest(%(ids)s::uuid[], %(attempts)s::int[]) AS sent (id, number)
          JOIN message ON message.workspace_id = %(workspace)s AND message.id = sent.id
          JOIN attempt ON attempt.workspace_id = %(workspace)s AND message_id = sent.id
            AND attempt.number = sent.number
          JOIN conversation ON conversation.workspace_id = %(workspace)s AND conversation.id = conversation_id) AS sent
        CROSS JOIN LATERAL (VALUES ('delivered', delivered_until), ('read', read_until)) AS mark (status, until)
        WHERE until >= started_at
        """,
        {"workspace": tx.workspace, "ids": list(attempts), "attempts": list(attempts.values())},
    )


async def addressed_to(tx: Transaction, ids: Sequence[UUID], address_index: bytes) -> set[UUID]:
    """Which of these messages belong to a conversation with this address, by its own id or a further one."""
    found = await tx.rows(
        UUID,
        """
        SELECT message.id FROM message
        JOIN conversation ON conversation.workspace_id = message.workspace_id AND conversation.id = conversation_id
        JOIN address ON address.workspace_id = message.workspace_id AND address.id = address_id
        WHERE message.workspace_id = %(workspace)s AND message.id = ANY(%(ids)s)
          AND (external_index = %(index)s OR EXISTS (
            SELECT 1 FROM alias WHERE alias.workspace_id = message.workspace_id
              AND alias.address_id = address.id AND alias.external_index = %(index)s))
        """,
        {"workspace": tx.workspace, "ids": list(ids), "index": address_index},
    )
    return set(found)


class Ended(Struct, frozen=True):
    """How an attempt went."""

    message: UUID
    number: int
    outcome: str
    reason: str | None
    why: str | None  # of a refusal


async def end_attempts(tx: Transaction, ended: Sequence[Ended], at: datetime) -> set[UUID]:
    """Writes down how attempts ended; those of their messages for which they still are the ones that count, locked."""
    values = {"workspace": tx.workspace, "at": at} | {
        field: [getattr(one, field) for one in ended] for field in Ended.__struct_fields__
    }
    tx.later(
        """
        UPDATE attempt SET ended_at = %(at)s, outcome = ended.outcome, reason = ended.reason,
                           why = ended.why
        FROM unnest(%(message)s::uuid[], %(number)s::int[], %(outcome)s::text[], %(reason)s::text[], %(why)s::text[])
          AS ended (message, number, outcome, reason, why)
        WHERE workspace_id = %(workspace)s AND message_id = ended.message AND attempt.number = ended.number
        """,
        values,
    )
    found = await tx.rows(
        UUID,
        """
        SELECT id FROM message JOIN unnest(%(message)s::uuid[], %(number)s::int[]) AS ended (message, number)
          ON id = ended.message AND attempt = ended.number
        WHERE workspace_id = %(workspace)s ORDER BY id FOR NO KEY UPDATE OF message
        """,
        values,
    )
    return set(found)


async def release(
    tx: Transaction,
    message: UUID,
    attempt: int,
    status: Status,
    *,
    reason: str,
    due: datetime | None,
    look: timedelta | None,
) -> list[Existing]:
    """Takes a message out of the hands of `attempt`, unless news came first. After `look` the platform is asked."""
    return await tx.rows(
        Existing,
        """
        UPDATE message SET status = %(status)s, reason = %(reason)s, lease_until = clock_timestamp() + %(look)s,
          due_at = coalesce(%(due)s, due_at)
        WHERE workspace_id = %(workspace)s AND id = %(id)s AND attempt = %(attempt)s
          AND status IN ('sending', 'unknown')
        RETURNING id, conversation_id, contact_id, external_id, direction, author, status, attempt
        """,
        {
            "workspace": tx.workspace,
            "id": message,
            "attempt": attempt,
            "status": status,
            "reason": reason,
            "due": due,
            "look": look,
        },
    )


async def overtaken(tx: Transaction, message: UUID) -> bool:
    """Whether something written after this message, which nobody has in hand, has left for the person before it."""
    return bool(
        await tx.row(
            bool,
            """
            SELECT EXISTS (
              SELECT FROM message AS later
              WHERE later.workspace_id = message.workspace_id AND later.conversation_id = message.conversation_id
                AND later.seq > message.seq AND later.direction = 'out' AND later.author <> 'platform'
                AND later.status IN ('sending', 'unknown', 'sent', 'delivered', 'read'))
            FROM message WHERE workspace_id = %(workspace)s AND id = %(id)s AND status = 'unknown'
            """,
            {"workspace": tx.workspace, "id": message},
        )
    )


async def name_external(tx: Transaction, names: Mapping[UUID, str]) -> None:
    """The platform's ids of messages of ours, once they are known."""
    await tx.run(
        """
        UPDATE message SET external_id = named.external
        FROM unnest(%(ids)s::uuid[], %(names)s::text[]) AS named (id, external)
        WHERE workspace_id = %(workspace)s AND message.id = named.id
          AND external_id IS DISTINCT FROM named.external
        """,
        {"workspace": tx.workspace, "ids": list(names), "names": list(names.values())},
    )


async def drop_echoes(tx: Transaction, channel: UUID, names: Mapping[str, UUID]) -> list[Existing]:
    """Removes copies of messages of ours that were reported back before we knew their ids: they were duplicates.

    `names`: by the platform's id, the message that stays.
    """
    return await tx.rows(
        Existing,
        """
        WITH copy AS (
          DELETE FROM message USING unnest(%(names)s::text[], %(ids)s::uuid[]) AS named (external, keep)
          WHERE workspace_id = %(workspace)s AND channel_id = %(channel)s
            AND external_id = named.external AND message.id <> named.keep AND author = 'platform'
          RETURNING message.id, conversation_id, contact_id, external_id, direction, author, status, attempt,
            arrival_id, named.keep),
        counted AS (SELECT arrival_id, count(*) AS copies FROM copy GROUP BY arrival_id),
        recounted AS (
          UPDATE arrival SET messages = messages - copies, duplicates = duplicates + copies
          FROM counted WHERE arrival.workspace_id = %(workspace)s AND arrival.id = arrival_id AND state = 'sorted'),
        last AS (
          UPDATE conversation SET last_message_id = keep
          FROM copy WHERE conversation.workspace_id = %(workspace)s AND last_message_id = copy.id)
        SELECT id, conversation_id, contact_id, external_id, direction, author, status, attempt FROM copy
        """,
        {"workspace": tx.workspace, "channel": channel, "names": list(names), "ids": list(names.values())},
    )


class Content(Struct, frozen=True):
    contact_id: UUID
    key_sealed: bytes | None
    content_sealed: bytes | None


async def content(tx: Transaction, message: UUID) -> Content | None:
    return await tx.row(
        Content,
        """
        SELECT contact_id, key_sealed, content_sealed FROM message
        JOIN contact ON contact.workspace_id = message.workspace_id AND contact.id = contact_id
        WHERE message.workspace_id = %(workspace)s AND message.id = %(id)s FOR NO KEY UPDATE OF message
        """,
        {"workspace": tx.workspace, "id": message},
    )


class Told(Struct, frozen=True):
    contact_id: UUID
    key_sealed: bytes | None
    told_sealed: bytes | None


async def told(tx: Transaction, message: UUID) -> Told | None:
    """What is known about the delivery of a message of ours, locked."""
    return await tx.row(
        Told,
        """
        SELECT contact_id, key_sealed, told_sealed FROM message
        JOIN contact ON contact.workspace_id = message.workspace_id AND contact.id = contact_id
        WHERE message.workspace_id = %(workspace)s AND message.id = %(id)s AND direction = 'out'
        FOR NO KEY UPDATE OF message
        """,
        {"workspace": tx.workspace, "id": message},
    )


async def keep_told(tx: Transaction, message: UUID, sealed: bytes) -> None:
    await tx.run(
        "UPDATE message SET told_sealed = %(sealed)s WHERE workspace_id = %(workspace)s AND id = %(id)s",
        {"workspace": tx.workspace, "id": message, "sealed": sealed},
    )


class Revision(Struct, frozen=True):
    """What a message said until the edit at that moment."""

    content_sealed: bytes
    at: datetime


async def revisions(tx: Transaction, message: UUID) -> list[Revision]:
    return await tx.rows(
        Revision,
        "SELECT content_sealed, at FROM revision WHERE workspace_id = %(workspace)s AND message_id = %(id)s",
        {"workspace": tx.workspace, "id": message},
    )


async def keep_revision(tx: Transaction, message: UUID, sealed: bytes, at: datetime) -> None:
    """An edit that came after a newer one takes its place in the history: it was said from then until the next edit."""
    await tx.run(
        """
        WITH next AS (
          SELECT number, content_sealed FROM revision
          WHERE workspace_id = %(workspace)s AND message_id = %(id)s AND at > %(at)s ORDER BY at, number LIMIT 1),
        former AS (
          INSERT INTO revision (workspace_id, message_id, number, content_sealed, at)
          SELECT %(workspace)s, %(id)s, (SELECT count(*) FROM revision AS r
              WHERE r.workspace_id = %(workspace)s AND r.message_id = %(id)s), content_sealed, %(at)s FROM next)
        UPDATE revision SET content_sealed = %(sealed)s FROM next
        WHERE workspace_id = %(workspace)s AND message_id = %(id)s AND revision.number = next.number
        """,
        {"workspace": tx.workspace, "id": message, "sealed": sealed, "at": at},
    )


async def revise(tx: Transaction, message: UUID, sealed: bytes, at: datetime) -> None:
    """Replaces the content and keeps the former one as a revision."""
    await tx.run(
        """
        WITH former AS (
          INSERT INTO revision (workspace_id, message_id, number, content_sealed, at)
          SELECT workspace_id, id, (SELECT count(*) FROM revision AS r
              WHERE r.workspace_id = message.workspace_id AND r.message_id = message.id), content_sealed, %(at)s
          FROM message WHERE workspace_id = %(workspace)s AND id = %(id)s AND content_sealed IS NOT NULL)
        UPDATE message SET content_sealed = %(sealed)s WHERE workspace_id = %(workspace)s AND id = %(id)s
        """,
        {"workspace": tx.workspace, "id": message, "sealed": sealed, "at": at},
    )


async def take_back(tx: Transaction, message: UUID, at: datetime) -> list[UUID]:
    """Deletes what the message said, its former versions and its files; the ids of the files."""
    scope = {"workspace": tx.workspace, "id": message, "at": at}
    await tx.run(
        """
        UPDATE message SET content_sealed = NULL, unsent_at = %(at)s
        WHERE workspace_id = %(workspace)s AND id = %(id)s AND unsent_at IS NULL
        """,
        scope,
    )
    await tx.run("DELETE FROM revision WHERE workspace_id = %(workspace)s AND message_id = %(id)s", scope)
    await tx.run(
        """
        UPDATE arrival SET body_sealed = NULL WHERE workspace_id = %(workspace)s AND id =
          (SELECT arrival_id FROM message WHERE workspace_id = %(workspace)s AND id = %(id)s) AND state = 'sorted'
        """,
        scope,
    )
    return await tx.rows(
        UUID,
        "DELETE FROM attachment WHERE workspace_id = %(workspace)s AND message_id = %(id)s RETURNING id",
        scope,
    )


async def react(tx: Transaction, message: UUID, by: str, emoji: str | None, at: datetime) -> None:
    """Sets the one reaction of this side, or takes it away; older news never replaces newer.

    What was taken away leaves an empty row, so that the reaction itself is not set when it comes later.
    """
    await tx.run(
        """
        INSERT INTO reaction (workspace_id, message_id, by, emoji, at)
        VALUES (%(workspace)s, %(id)s, %(by)s, %(emoji)s, %(at)s)
        ON CONFLICT (workspace_id, message_id, by) DO UPDATE SET emoji = excluded.emoji, at = excluded.at
        WHERE reaction.at <= excluded.at
        """,
        {"workspace": tx.workspace, "id": message, "by": by, "emoji": emoji or "", "at": at},
    )


async def preview(tx: Transaction, conversation: UUID, message: UUID, sealed: bytes) -> None:
    """New first words, if `message` is still the last one."""
    await tx.run(
        """
        UPDATE conversation SET preview_sealed = %(sealed)s
        WHERE workspace_id = %(workspace)s AND id = %(id)s AND last_message_id = %(message)s
        """,
        {"workspace": tx.workspace, "id": conversation, "message": message, "sealed": sealed},
    )


BUCKETS = 64
"""So many locks an account has for names; two names seldom share one, and a batch never takes more."""


async def lock_names(tx: Transaction, channel: UUID, external_ids: Sequence[str]) -> None:
    """Locks these platform ids until the transaction ends, in one order for everybody."""
    buckets = sorted({crc32(name.encode("utf-8", "surrogatepass")) % BUCKETS for name in external_ids})
    base = int.from_bytes(sha256(channel.bytes).digest()[:7]) * BUCKETS
    await tx.run(
        "SELECT pg_advisory_xact_lock(key) FROM unnest(%(keys)s::bigint[]) AS key",
        {"keys": [base + bucket for bucket in buckets]},
    )


class Named(Struct, frozen=True):
    """What is told on one channel is about: messages by the platform's ids and by ours, people by their addresses."""

    channel: UUID
    external_ids: Sequence[str]
    address_indexes: Sequence[bytes]
    ids: Sequence[UUID]


async def lock_conversations(tx: Transaction, told: Sequence[Named]) -> None:
    """Locks what is there already of the conversations that are meant, in the order of their ids.

    Of a person whose conversations are many (by thread) only those that are named by a message.
    """
    names = [(one.channel, name) for one in told for name in one.external_ids]
    indexes = [(one.channel, index) for one in told for index in one.address_indexes]
    await tx.run(
        """
        WITH meant AS MATERIALIZED (
          SELECT conversation.id FROM unnest(%(at)s::uuid[], %(indexes)s::bytea[]) AS told (channel, index)
            JOIN address ON address.workspace_id = %(workspace)s AND channel_id = channel AND external_index = index
            JOIN conversation ON conversation.workspace_id = %(workspace)s AND address_id = address.id AND thread = ''
          UNION
          SELECT conversation_id FROM unnest(%(on)s::uuid[], %(names)s::text[]) AS told (channel, name)
            JOIN message ON workspace_id = %(workspace)s AND channel_id = channel AND external_id = name
          UNION
          SELECT conversation_id FROM message WHERE workspace_id = %(workspace)s AND id = ANY(%(ids)s))
        SELECT FROM conversation WHERE workspace_id = %(workspace)s AND id IN (SELECT id FROM meant)
        ORDER BY id FOR NO KEY UPDATE
        """,
        {
            "workspace": tx.workspace,
            "at": [channel for channel, _ in indexes],
            "indexes": [index for _, index in indexes],
            "on": [channel for channel, _ in names],
            "names": [name for _, name in names],
            "ids": [id_ for one in told for id_ in one.ids],
        },
    )


class Parked(Struct, frozen=True):
    id: UUID
    external_id: str
    event_sealed: bytes


async def park(tx: Transaction, channel: UUID, parked: Sequence[Parked]) -> None:
    await tx.run(
        """
        INSERT INTO parked (workspace_id, channel_id, id, external_id, event_sealed)
        SELECT %(workspace)s, %(channel)s, * FROM unnest(%(ids)s::uuid[], %(externals)s::text[], %(sealed)s::bytea[])
        """,
        {
            "workspace": tx.workspace,
            "channel": channel,
            "ids": [one.id for one in parked],
            "externals": [one.external_id for one in parked],
            "sealed": [one.event_sealed for one in parked],
        },
    )


async def unpark(tx: Transaction, channel: UUID, external_ids: Sequence[str]) -> list[Parked]:
    """What was said about these messages before they came, in the order in which it came; it is parked no longer."""
    found = await tx.rows(
        Parked,
        """
        DELETE FROM parked WHERE workspace_id = %(workspace)s AND channel_id = %(channel)s
          AND external_id = ANY(%(ids)s) RETURNING id, external_id, event_sealed
        """,
        {"workspace": tx.workspace, "channel": channel, "ids": list(external_ids)},
    )
    return sorted(found, key=lambda one: one.id)
