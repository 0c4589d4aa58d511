"""All SQL of letters: who may be reached, who looks, what was not seen, and what became of each letter."""
# ruff: noqa: S608 (statements are put together of literals of this file)

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from duologue.kernel.database import Transaction
from duologue.mailroom.letters.model import Answer, Home


class Reach(Struct, frozen=True, kw_only=True):
    address_id: UUID
    email_index: bytes
    proven: bool
    told_sealed: bytes
    since: datetime


class Bounds(Struct, frozen=True, kw_only=True):
    """What counts as not seen: sent before `before`, at the latest before `patience`, and not before `oldest`."""

    before: datetime
    patience: datetime
    oldest: datetime


class Unseen(Struct, frozen=True, kw_only=True):
    """A conversation with answers that were not seen, and where its person may be reached."""

    id: UUID
    contact_id: UUID
    address_id: UUID
    email_index: bytes
    proven: bool
    told_sealed: bytes
    key_sealed: bytes | None
    brand: str


class New(Struct, frozen=True, kw_only=True):
    """A letter about to leave, in its first attempt."""

    id: UUID
    conversation_id: UUID
    contact_id: UUID
    channel_id: UUID
    to_index: bytes
    content_sealed: bytes
    made_at: datetime


class Held(Struct, frozen=True, kw_only=True):
    """A letter in somebody's hands, or in nobody's any more."""

    id: UUID
    conversation_id: UUID
    contact_id: UUID
    home_id: UUID
    content_sealed: bytes
    key_sealed: bytes | None
    state: str
    attempt: int
    made_at: datetime


class Ended(Struct, frozen=True, kw_only=True):
    """What became of an attempt."""

    state: str
    reason: str | None = None
    external_id: str | None = None
    due_at: datetime | None = None
    look_at: datetime | None = None


async def remember(tx: Transaction, reaches: Sequence[Reach]) -> None:
    """Where people may be reached. Another mail address than before counts from now on only."""
    fields = Reach.__struct_fields__
    await tx.run(
        """
        INSERT INTO reach (workspace_id, address_id, email_index, proven, told_sealed, since)
        SELECT %(workspace)s, * FROM unnest(%(address_id)s::uuid[], %(email_index)s::bytea[], %(proven)s::bool[],
          %(told_sealed)s::bytea[], %(since)s::timestamptz[])
        ON CONFLICT (workspace_id, address_id) DO UPDATE SET told_sealed = excluded.told_sealed,
          email_index = excluded.email_index, proven = excluded.proven,
          since = CASE WHEN reach.email_index = excluded.email_index THEN reach.since ELSE excluded.since END
        """,
        {"workspace": tx.workspace} | {field: [getattr(one, field) for one in reaches] for field in fields},
    )


async def look(tx: Transaction, channel: UUID, external_index: bytes, until: datetime) -> None:
    """Somebody has the conversation open, at least until then."""
    await tx.run(
        """
        INSERT INTO looking (workspace_id, channel_id, external_index, until)
        VALUES (%(workspace)s, %(channel)s, %(index)s, %(until)s)
        ON CONFLICT (workspace_id, channel_id, external_index)
        DO UPDATE SET until = greatest(looking.until, excluded.until)
        """,
        {"workspace": tx.workspace, "channel": channel, "index": external_index, "until": until},
    )


_UNSEEN = """
  message.direction = 'out' AND message.status IN ('sent', 'delivered') AND message.unsent_at IS NULL
    AND message.author IN ('member', 'automation') AND message.lane IN ('reply', 'automated')
    AND message.received_time >= reach.since AND message.sent_at > %(oldest)s
    AND NOT EXISTS (SELECT FROM letter_line WHERE letter_line.workspace_id = message.workspace_id
                      AND letter_line.message_id = message.id)
"""
_REACHABLE = """
  address.stopped <> 'all'
    AND NOT EXISTS (SELECT FROM no_letters WHERE no_letters.workspace_id = reach.workspace_id
                      AND to_index = reach.email_index)
    AND NOT EXISTS (SELECT FROM looking WHERE looking.workspace_id = address.workspace_id
                      AND looking.channel_id = address.channel_id
                      AND looking.external_index = address.external_index AND looking.until > %(before)s)
"""
_WAITING = (
    """
  SELECT conversation.id, conversation.contact_id, reach.address_id, email_index, proven, told_sealed, key_sealed,
    (SELECT name FROM workspace WHERE workspace_id = %(workspace)s) AS brand
  FROM conversation
  JOIN reach ON reach.workspace_id = conversation.workspace_id AND reach.address_id = conversation.address_id
  JOIN address ON address.workspace_id = conversation.workspace_id AND address.id = conversation.address_id
  JOIN contact ON contact.workspace_id = conversation.workspace_id AND contact.id = address.contact_id
  CROSS JOIN LATERAL (
    SELECT min(message.sent_at) AS first, max(message.sent_at) AS last FROM message
    WHERE message.workspace_id = conversation.workspace_id AND message.conversation_id = conversation.id AND """
    + _UNSEEN
    + """) AS unseen
  WHERE conversation.workspace_id = %(workspace)s AND conversation.channel_id = %(channel)s
    AND conversation.last_at > %(oldest)s AND coalesce((SELECT sends FROM installation), true)
    AND (unseen.last <= %(before)s OR unseen.first <= %(patience)s) AND """
    + _REACHABLE
)


async def waiting(tx: Transaction, channel: UUID, bounds: Bounds, most: int) -> list[UUID]:
    """Conversations of the account whose person has left without seeing what was answered."""
    found = await tx.rows(
        Unseen,
        _WAITING + " ORDER BY conversation.last_at LIMIT %(most)s",
        {"workspace": tx.workspace, "channel": channel, "most": most} | _asked(bounds),
    )
    return [one.id for one in found]


async def still_waiting(tx: Transaction, channel: UUID, conversation: UUID, bounds: Bounds) -> Unseen | None:
    """The same of one conversation, which the caller has locked."""
    return await tx.row(
        Unseen,
        _WAITING + " AND conversation.id = %(conversation)s",
        {"workspace": tx.workspace, "channel": channel, "conversation": conversation} | _asked(bounds),
    )


async def unseen(tx: Transaction, conversation: UUID, bounds: Bounds) -> list[Answer]:
    """What the person did not see, oldest first."""
    return await tx.rows(
        Answer,
        """
        SELECT message.id, message.contact_id, content_sealed, key_sealed, member.name AS author_name, message.sent_at,
          (SELECT count(*)::int FROM attachment WHERE attachment.workspace_id = message.workspace_id
             AND attachment.message_id = message.id) AS files
        FROM message
        JOIN conversation ON conversation.workspace_id = message.workspace_id
          AND conversation.id = message.conversation_id
        JOIN reach ON reach.workspace_id = message.workspace_id AND reach.address_id = conversation.address_id
        JOIN contact ON contact.workspace_id = message.workspace_id AND contact.id = message.contact_id
        LEFT JOIN member ON member.workspace_id = message.workspace_id AND member.id = message.author_id
        WHERE message.workspace_id = %(workspace)s AND message.conversation_id = %(conversation)s AND """
        + _UNSEEN
        + " ORDER BY message.placed_at, message.seq",
        {"workspace": tx.workspace, "conversation": conversation, "oldest": bounds.oldest},
    )


def _asked(bounds: Bounds) -> dict[str, datetime]:
    return {name: getattr(bounds, name) for name in Bounds.__struct_fields__}


async def stopped_there(tx: Transaction, channel: UUID, external_index: bytes) -> bool:
    """Whether whoever writes to the carrying account from this mail address has told it to stop."""
    found = await tx.row(
        str,
        """
        SELECT stopped FROM address WHERE workspace_id = %(workspace)s AND channel_id = %(channel)s
          AND external_index = %(index)s
        """,
        {"workspace": tx.workspace, "channel": channel, "index": external_index},
    )
    return found == "all"


async def sent_since(tx: Transaction, to_index: bytes, since: datetime) -> int:
    """How many letters went to a mail address; nobody else makes one for it until this transaction ends."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended(encode(%(index)s, 'hex'), 6))", {"index": to_index})
    found = await tx.row(
        int,
        """
        SELECT count(*)::int FROM letter WHERE workspace_id = %(workspace)s AND to_index = %(index)s
          AND made_at > %(since)s AND state <> 'cancelled'
        """,
        {"workspace": tx.workspace, "index": to_index, "since": since},
    )
    return found or 0


async def begin(tx: Transaction, new: New, answers: Sequence[UUID], lease: datetime) -> bool:
    """Writes the letter and its first attempt down; False where another letter carries one of the answers."""
    await tx.run(
        """
        INSERT INTO letter (workspace_id, id, conversation_id, contact_id, channel_id, to_index, content_sealed, state,
          attempt, due_at, lease_until, made_at)
        VALUES (%(workspace)s, %(id)s, %(conversation_id)s, %(contact_id)s, %(channel_id)s, %(to_index)s,
          %(content_sealed)s, 'sending', 1, %(made_at)s, %(lease)s, %(made_at)s)
        """,
        {"workspace": tx.workspace, "lease": lease} | {name: getattr(new, name) for name in New.__struct_fields__},
    )
    written = await tx.run(
        """
        INSERT INTO letter_line (workspace_id, message_id, letter_id)
        SELECT %(workspace)s, message, %(letter)s FROM unnest(%(answers)s::uuid[]) AS its (message)
        ON CONFLICT DO NOTHING
        """,
        {"workspace": tx.workspace, "letter": new.id, "answers": list(answers)},
    )
    return written == len(answers)


async def call_off(tx: Transaction, through: UUID, now: datetime) -> int:
    """Letters that wait for another attempt and are needed no more: the person is back, has seen it, or wants none.

    What was not seen after all may stand in a letter again.
    """
    await tx.run(
        """
        UPDATE letter SET state = 'cancelled'
        FROM conversation, address
        WHERE letter.workspace_id = %(workspace)s AND letter.channel_id = %(channel)s AND letter.state = 'waiting'
          AND conversation.workspace_id = letter.workspace_id AND conversation.id = letter.conversation_id
          AND address.workspace_id = letter.workspace_id AND address.id = conversation.address_id
          AND (address.stopped = 'all'
            OR EXISTS (SELECT FROM no_letters WHERE no_letters.workspace_id = letter.workspace_id
                         AND no_letters.to_index = letter.to_index)
            OR EXISTS (SELECT FROM looking WHERE looking.workspace_id = letter.workspace_id
                         AND looking.channel_id = address.channel_id
                         AND looking.external_index = address.external_index AND looking.until > %(now)s)
            OR EXISTS (SELECT FROM letter_line
                       JOIN message ON message.workspace_id = letter_line.workspace_id AND message.id = message_id
                       WHERE letter_line.workspace_id = letter.workspace_id AND letter_id = letter.id
                         AND (message.status NOT IN ('sent', 'delivered') OR message.unsent_at IS NOT NULL)))
        """,
        {"workspace": tx.workspace, "channel": through, "now": now},
    )
    return await tx.run(
        """
        DELETE FROM letter_line USING letter
        WHERE letter_line.workspace_id = %(workspace)s AND letter.workspace_id = %(workspace)s
          AND letter.id = letter_id AND letter.channel_id = %(channel)s AND letter.state = 'cancelled'
        """,
        {"workspace": tx.workspace, "channel": through},
    )


_HELD = """
  letter.id, letter.conversation_id, letter.contact_id, conversation.channel_id AS home_id, content_sealed, key_sealed,
  letter.state, letter.attempt, letter.made_at
"""


async def due(tx: Transaction, through: UUID, now: datetime, most: int) -> int:
    """How many letters wait for an attempt now, up to `most`; none in a copy that was told not to send."""
    found = await tx.row(
        int,
        """
        SELECT count(*)::int FROM (
          SELECT FROM letter WHERE workspace_id = %(workspace)s AND channel_id = %(channel)s AND state = 'waiting'
            AND due_at <= %(now)s AND coalesce((SELECT sends FROM installation), true) LIMIT %(most)s) AS its
        """,
        {"workspace": tx.workspace, "channel": through, "now": now, "most": most},
    )
    return found or 0


async def again(tx: Transaction, through: UUID, now: datetime, lease: datetime) -> Held | None:
    """Takes a letter whose next attempt is due, and writes that attempt down."""
    return await tx.row(
        Held,
        """
        UPDATE letter SET state = 'sending', attempt = letter.attempt + 1, lease_until = %(lease)s
        FROM conversation, contact
        WHERE letter.workspace_id = %(workspace)s AND conversation.workspace_id = letter.workspace_id
          AND conversation.id = letter.conversation_id AND contact.workspace_id = letter.workspace_id
          AND contact.id = letter.contact_id AND letter.id = (
            SELECT id FROM letter AS due WHERE due.workspace_id = %(workspace)s AND due.channel_id = %(channel)s
              AND due.state = 'waiting' AND due.due_at <= %(now)s AND coalesce((SELECT sends FROM installation), true)
            ORDER BY due.due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING """
        + _HELD,
        {"workspace": tx.workspace, "channel": through, "now": now, "lease": lease},
    )


async def adrift(tx: Transaction, through: UUID, now: datetime, lease: datetime) -> Held | None:
    """Takes a letter of which nobody knows whether it left, to find out; nobody else does so until `lease`."""
    return await tx.row(
        Held,
        """
        UPDATE letter SET lease_until = %(lease)s
        FROM conversation, contact
        WHERE letter.workspace_id = %(workspace)s AND conversation.workspace_id = letter.workspace_id
          AND conversation.id = letter.conversation_id AND contact.workspace_id = letter.workspace_id
          AND contact.id = letter.contact_id AND letter.id = (
            SELECT id FROM letter AS lost WHERE lost.workspace_id = %(workspace)s AND lost.channel_id = %(channel)s
              AND lost.state IN ('sending', 'unknown') AND lost.lease_until <= %(now)s
            ORDER BY lost.lease_until LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING """
        + _HELD,
        {"workspace": tx.workspace, "channel": through, "now": now, "lease": lease},
    )


async def end(tx: Transaction, letter: UUID, attempt: int, ended: Ended) -> bool:
    """Records what became of an attempt, where it is the letter's last one and it is still open."""
    return bool(
        await tx.run(
            """
            UPDATE letter SET state = %(state)s, reason = %(reason)s, lease_until = %(look_at)s,
              external_id = coalesce(%(external_id)s, external_id), due_at = coalesce(%(due_at)s, due_at)
            WHERE workspace_id = %(workspace)s AND id = %(id)s AND attempt = %(attempt)s
              AND state IN ('sending', 'unknown')
            """,
            {"workspace": tx.workspace, "id": letter, "attempt": attempt}
            | {name: getattr(ended, name) for name in Ended.__struct_fields__},
        )
    )


async def references(tx: Transaction, conversation: UUID, but: UUID) -> list[str]:
    """The ids of the letters before, oldest first, so that they stand together in a mailbox."""
    found = await tx.rows(
        str,
        """
        SELECT external_id FROM letter WHERE workspace_id = %(workspace)s AND conversation_id = %(conversation)s
          AND id < %(but)s AND external_id IS NOT NULL ORDER BY made_at DESC LIMIT 10
        """,
        {"workspace": tx.workspace, "conversation": conversation, "but": but},
    )
    return found[::-1]


async def homes(tx: Transaction, through: UUID, conversations: Sequence[UUID], letters: Sequence[UUID]) -> list[Home]:
    """Letters of these conversations, or of these ids, that left by this account; the newest of each address first."""
    return await tx.rows(
        Home,
        """
        SELECT letter.id AS letter_id, to_index, letter.state, conversation_id, conversation.channel_id, address_id,
          conversation.contact_id, external_sealed, key_sealed
        FROM letter
        JOIN conversation ON conversation.workspace_id = letter.workspace_id AND conversation.id = conversation_id
        JOIN address ON address.workspace_id = letter.workspace_id AND address.id = address_id
        JOIN contact ON contact.workspace_id = letter.workspace_id AND contact.id = address.contact_id
        WHERE letter.workspace_id = %(workspace)s AND letter.channel_id = %(channel)s AND letter.state <> 'cancelled'
          AND (conversation_id = ANY(%(conversations)s) OR letter.id = ANY(%(letters)s))
        ORDER BY letter.id DESC LIMIT 1000
        """,
        {
            "workspace": tx.workspace,
            "channel": through,
            "conversations": list(conversations),
            "letters": list(letters),
        },
    )


async def of_others(tx: Transaction, messages: Sequence[UUID]) -> set[UUID]:
    """Which of these answers to letters may be somebody else's than who has the chat open.

    Anybody may type anybody's mail address; only the brand's own website proves whose it is.
    """
    found = await tx.rows(
        UUID,
        """
        SELECT message.id FROM message
        JOIN conversation ON conversation.workspace_id = message.workspace_id AND conversation.id = conversation_id
        WHERE message.workspace_id = %(workspace)s AND message.id = ANY(%(ids)s) AND NOT EXISTS (
          SELECT FROM reach WHERE reach.workspace_id = message.workspace_id
            AND reach.address_id = conversation.address_id AND reach.proven
            AND reach.since <= message.received_time)
        """,
        {"workspace": tx.workspace, "ids": list(messages)},
    )
    return set(found)


async def heard_of(tx: Transaction, letter: UUID, state: str, reason: str | None) -> None:
    """What the mail system told later: a copy among what was sent, or that it came back."""
    await tx.run(
        """
        UPDATE letter SET state = %(state)s, reason = %(reason)s, lease_until = NULL
        WHERE workspace_id = %(workspace)s AND id = %(id)s
          AND (state = 'unknown' OR (state = 'sent' AND %(state)s::text = 'failed'))
        """,
        {"workspace": tx.workspace, "id": letter, "state": state, "reason": reason},
    )


async def brand(tx: Transaction) -> str:
    """How whoever gets a letter knows us."""
    return await tx.row(str, "SELECT name FROM workspace WHERE workspace_id = %(id)s", {"id": tx.workspace}) or ""


async def refuse(tx: Transaction, to_index: bytes, now: datetime) -> None:
    """From now on nothing goes to this mail address."""
    await tx.run(
        """
        INSERT INTO no_letters (workspace_id, to_index, at) VALUES (%(workspace)s, %(index)s, %(now)s)
        ON CONFLICT DO NOTHING
        """,
        {"workspace": tx.workspace, "index": to_index, "now": now},
    )


async def forget(tx: Transaction, now: datetime, keep: timedelta) -> None:
    """Who looked once, and nobody asks any more."""
    await tx.run(
        "DELETE FROM looking WHERE workspace_id = %(workspace)s AND until < %(before)s",
        {"workspace": tx.workspace, "before": now - keep},
    )
