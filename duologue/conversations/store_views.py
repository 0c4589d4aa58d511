"""All SQL that screens and the API read. Pages go by key, never by offset; nothing on them is counted over history."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, LiteralString
from uuid import UUID

from msgspec import Struct

from duologue.channels.contract import Kind
from duologue.conversations.model import Author, Spot, State, Status
from duologue.kernel.database import Query, Transaction

Filter = Literal["open", "mine", "unassigned", "snoozed", "closed", "all"]


class Listed(Struct, frozen=True, kw_only=True):
    id: UUID
    contact_id: UUID
    address_id: UUID
    channel_id: UUID
    channel_kind: str
    channel_name: str
    channel_state: str
    state: State
    assignee_id: UUID | None
    assignee_name: str | None
    unread: int
    last_at: datetime
    last_in_at: datetime | None
    last_message_id: UUID | None
    last_status: Status | None
    preview_sealed: bytes | None
    window_closes_at: datetime | None
    snoozed_until: datetime | None
    key_sealed: bytes | None
    name_sealed: bytes | None
    external_sealed: bytes
    answers: int
    last_in_as: Literal["message", "comment"]
    tapped_at: datetime | None
    tap_answers: int
    stopped: Literal["", "bulk", "all"]
    shut: list[str]


class Written(Struct, frozen=True, kw_only=True):
    """A message with its content still sealed."""

    id: UUID
    conversation_id: UUID
    contact_id: UUID
    seq: int
    placed_at: datetime
    direction: Literal["in", "out"]
    author: Author
    author_id: UUID | None
    author_name: str | None
    kind: Kind
    content_sealed: bytes | None
    key_sealed: bytes | None
    external_id: str | None
    client_key: UUID | None
    reply_to: UUID | None
    provider_time: datetime
    received_time: datetime
    status: Status
    reason: str | None
    automatic: bool
    unsent_at: datetime | None
    due_at: datetime | None
    channel_kind: str
    told_sealed: bytes | None


class File(Struct, frozen=True, kw_only=True):
    id: UUID
    message_id: UUID
    kind: Kind
    mime: str
    size: int
    state: Literal["stored", "pending", "failed"]
    reason: str | None
    facts_sealed: bytes
    width: int | None
    height: int | None


class Reacted(Struct, frozen=True):
    message_id: UUID
    emoji: str
    by: Literal["person", "brand"]


class Revised(Struct, frozen=True):
    message_id: UUID
    content_sealed: bytes


class Numbers(Struct, frozen=True):
    open: int
    mine: int
    unassigned: int
    unread: int


_CHOSEN: dict[Filter, LiteralString] = {
    "all": "true",
    "open": "state = 'open'",
    "mine": "state = 'open' AND assignee_id = %(member)s",
    "unassigned": "state = 'open' AND assignee_id IS NULL",
    "snoozed": "state = 'snoozed'",
    "closed": "state = 'closed'",
}
"""Each list has a statement of its own: as a parameter, its filter would choose no index once the plan is kept."""


def listed(
    tx: Transaction, filter: Filter, member: UUID | None, after: tuple[datetime, UUID] | None, most: int
) -> Query[Listed]:
    """Conversations of one filter, the last spoken first, from after `after` on."""
    return Query(
        Listed,
        """
        WITH page AS MATERIALIZED (
          SELECT * FROM conversation
          WHERE workspace_id = %(workspace)s AND """  # noqa: S608 (put together of literals)
        + _CHOSEN[filter]
        + """
            AND (%(at)s::timestamptz IS NULL OR (last_at, id) < (%(at)s, %(id)s::uuid))
          ORDER BY last_at DESC, id DESC LIMIT %(most)s)
        SELECT page.id, page.contact_id, page.address_id, page.channel_id, channel.kind AS channel_kind,
          channel.name AS channel_name, channel.state AS channel_state, page.state, assignee_id,
          member.name AS assignee_name, unread, last_at, page.last_in_at, last_message_id,
          message.status AS last_status, preview_sealed, window_closes_at, snoozed_until, key_sealed, name_sealed,
          external_sealed, answers, last_in_as, tapped_at, tap_answers, stopped, channel.shut
        FROM page
        JOIN channel ON channel.workspace_id = %(workspace)s AND channel.id = page.channel_id
        JOIN address ON address.workspace_id = %(workspace)s AND address.id = page.address_id
        JOIN contact ON contact.workspace_id = %(workspace)s AND contact.id = page.contact_id
        LEFT JOIN member ON member.workspace_id = %(workspace)s AND member.id = assignee_id
        LEFT JOIN message ON message.workspace_id = %(workspace)s AND message.id = last_message_id
        ORDER BY last_at DESC, page.id DESC
        """,
        {
            "workspace": tx.workspace,
            "member": member,
            "at": after[0] if after else None,
            "id": after[1] if after else None,
            "most": most,
        },
    )


def by_ids(tx: Transaction, conversations: Sequence[UUID]) -> Query[Listed]:
    return Query(
        Listed,
        """
        SELECT page.id, page.contact_id, page.address_id, page.channel_id, channel.kind AS channel_kind,
          channel.name AS channel_name, channel.state AS channel_state, page.state, assignee_id,
          member.name AS assignee_name, unread, last_at, page.last_in_at, last_message_id,
          message.status AS last_status, preview_sealed, window_closes_at, snoozed_until, key_sealed, name_sealed,
          external_sealed, answers, last_in_as, tapped_at, tap_answers, stopped, channel.shut
        FROM conversation AS page
        JOIN channel ON channel.workspace_id = %(workspace)s AND channel.id = page.channel_id
        JOIN address ON address.workspace_id = %(workspace)s AND address.id = page.address_id
        JOIN contact ON contact.workspace_id = %(workspace)s AND contact.id = page.contact_id
        LEFT JOIN member ON member.workspace_id = %(workspace)s AND member.id = assignee_id
        LEFT JOIN message ON message.workspace_id = %(workspace)s AND message.id = last_message_id
        WHERE page.workspace_id = %(workspace)s AND page.id = ANY(%(ids)s)
        ORDER BY last_at DESC, page.id DESC
        """,
        {"workspace": tx.workspace, "ids": list(conversations)},
    )


class Other(Struct, frozen=True):
    contact_id: UUID
    id: UUID


def of_contacts(tx: Transaction, contacts: Sequence[UUID], most: int) -> Query[Other]:
    """Conversations of each of these people, the last spoken in first."""
    return Query(
        Other,
        """
        SELECT wanted.id AS contact_id, its.id FROM unnest(%(contacts)s::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
          SELECT id, last_at FROM conversation
          WHERE workspace_id = %(workspace)s AND contact_id = wanted.id
          ORDER BY last_at DESC, id DESC LIMIT %(most)s) AS its
        ORDER BY its.last_at DESC, its.id DESC
        """,
        {"workspace": tx.workspace, "contacts": list(contacts), "most": most},
    )


def beside(tx: Transaction, conversations: Sequence[UUID], contacts: Sequence[UUID], most: int) -> Query[UUID]:
    """Other conversations of whoever has one of these, and all of these people; the last spoken in first."""
    return Query(
        UUID,
        """
        SELECT id FROM (
          SELECT other.id, other.last_at FROM conversation AS this
          JOIN conversation AS other ON other.workspace_id = this.workspace_id AND other.contact_id = this.contact_id
          WHERE this.workspace_id = %(workspace)s AND this.id = ANY(%(ids)s) AND other.id <> this.id
          UNION
          SELECT id, last_at FROM conversation
          WHERE workspace_id = %(workspace)s AND contact_id = ANY(%(contacts)s)) AS found
        ORDER BY last_at DESC LIMIT %(most)s
        """,
        {"workspace": tx.workspace, "ids": list(conversations), "contacts": list(contacts), "most": most},
    )


def numbers(tx: Transaction, member: UUID, most: int) -> Query[Numbers]:
    """How many are open, in one row; counted up to `most`, so that the cost does not grow."""
    return Query(
        Numbers,
        """
        SELECT
          (SELECT count(*)::int FROM (SELECT FROM conversation WHERE workspace_id = %(workspace)s AND state = 'open'
             LIMIT %(most)s) AS few) AS open,
          (SELECT count(*)::int FROM (SELECT FROM conversation WHERE workspace_id = %(workspace)s AND state = 'open'
             AND assignee_id = %(member)s LIMIT %(most)s) AS few) AS mine,
          (SELECT count(*)::int FROM (SELECT FROM conversation WHERE workspace_id = %(workspace)s AND state = 'open'
             AND assignee_id IS NULL LIMIT %(most)s) AS few) AS unassigned,
          (SELECT count(*)::int FROM (SELECT FROM conversation WHERE workspace_id = %(workspace)s AND state = 'open'
             AND unread > 0 LIMIT %(most)s) AS few) AS unread
        """,
        {"workspace": tx.workspace, "member": member, "most": most},
    )


class Share(Struct, frozen=True):
    """A member, and how many open conversations are theirs."""

    id: UUID
    count: int


def shares(tx: Transaction, most: int) -> Query[Share]:
    """Of every active member; each counted up to `most`."""
    return Query(
        Share,
        """
        SELECT id, (SELECT count(*)::int FROM (SELECT FROM conversation WHERE workspace_id = %(workspace)s
          AND assignee_id = member.id AND state = 'open' LIMIT %(most)s) AS few) AS count
        FROM member WHERE workspace_id = %(workspace)s AND active ORDER BY id LIMIT 200
        """,
        {"workspace": tx.workspace, "most": most},
    )


_WRITTEN = """
  SELECT message.id, message.conversation_id, message.contact_id, message.seq, message.placed_at, message.direction,
    message.author, message.author_id, member.name AS author_name, message.kind, message.content_sealed, key_sealed,
    message.external_id, message.client_key, message.reply_to, message.provider_time, message.received_time,
    message.status, message.reason, message.automatic, message.unsent_at, message.due_at,
    channel.kind AS channel_kind, message.told_sealed
  FROM message
  JOIN channel ON channel.workspace_id = message.workspace_id AND channel.id = message.channel_id
  JOIN contact ON contact.workspace_id = message.workspace_id AND contact.id = message.contact_id
  LEFT JOIN member ON member.workspace_id = message.workspace_id AND member.id = message.author_id
"""


def thread(tx: Transaction, conversation: UUID, before: Spot | None, most: int) -> Query[Written]:
    """The newest messages of a conversation that stand before this spot, newest first."""
    return Query(
        Written,
        _WRITTEN
        + """
        WHERE message.workspace_id = %(workspace)s AND message.conversation_id = %(conversation)s
          AND (%(at)s::timestamptz IS NULL OR (message.placed_at, message.seq) < (%(at)s, %(seq)s::int))
        ORDER BY message.placed_at DESC, message.seq DESC LIMIT %(most)s
        """,
        {
            "workspace": tx.workspace,
            "conversation": conversation,
            "at": before.at if before else None,
            "seq": before.seq if before else None,
            "most": most,
        },
    )


async def after(tx: Transaction, conversation: UUID, seq: int, most: int) -> list[Written]:
    """The newest messages of a conversation with a greater seq, oldest first."""
    found = await tx.rows(
        Written,
        _WRITTEN
        + """
        WHERE message.workspace_id = %(workspace)s AND message.conversation_id = %(conversation)s
          AND message.seq > %(seq)s
        ORDER BY message.seq DESC LIMIT %(most)s
        """,
        {"workspace": tx.workspace, "conversation": conversation, "seq": seq, "most": most},
    )
    return found[::-1]


class Newest(Struct, frozen=True):
    id: UUID
    external_id: str
    contact_id: UUID
    content_sealed: bytes | None
    key_sealed: bytes | None


async def newest_in(tx: Transaction, conversation: UUID) -> Newest | None:
    """The person's last message that the platform has an id for."""
    return await tx.row(
        Newest,
        """
        SELECT message.id, external_id, contact_id, content_sealed, key_sealed FROM message
        JOIN contact ON contact.workspace_id = message.workspace_id AND contact.id = contact_id
        WHERE message.workspace_id = %(workspace)s AND conversation_id = %(conversation)s
          AND direction = 'in' AND external_id IS NOT NULL ORDER BY placed_at DESC, seq DESC LIMIT 1
        """,
        {"workspace": tx.workspace, "conversation": conversation},
    )


def written(tx: Transaction, messages: Sequence[UUID]) -> Query[Written]:
    return Query(
        Written,
        _WRITTEN + " WHERE message.workspace_id = %(workspace)s AND message.id = ANY(%(ids)s) ORDER BY message.seq",
        {"workspace": tx.workspace, "ids": list(messages)},
    )


async def quoting(tx: Transaction, messages: Sequence[UUID], most: int) -> list[UUID]:
    """The newest messages that quote one of these."""
    return await tx.rows(
        UUID,
        """
        SELECT answer.id FROM message AS quoted
        JOIN message AS answer ON answer.workspace_id = quoted.workspace_id
          AND answer.conversation_id = quoted.conversation_id AND answer.reply_to = quoted.id
        WHERE quoted.workspace_id = %(workspace)s AND quoted.id = ANY(%(ids)s)
        ORDER BY answer.seq DESC LIMIT %(most)s
        """,
        {"workspace": tx.workspace, "ids": list(messages), "most": most},
    )


def files(tx: Transaction, messages: Sequence[UUID]) -> Query[File]:
    return Query(
        File,
        """
        SELECT id, message_id, kind, mime, size, state, reason, facts_sealed, width, height FROM attachment
        WHERE workspace_id = %(workspace)s AND message_id = ANY(%(ids)s) ORDER BY message_id, position
        """,
        {"workspace": tx.workspace, "ids": list(messages)},
    )


class Opened(Struct, frozen=True):
    """A file, with what is needed to open it and to know whose it is."""

    id: UUID
    message_id: UUID
    conversation_id: UUID
    contact_id: UUID
    kind: Kind
    mime: str
    size: int
    state: Literal["stored", "pending", "failed"]
    reason: str | None
    facts_sealed: bytes
    key_sealed: bytes | None
    width: int | None
    height: int | None


def brand(tx: Transaction) -> Query[str]:
    return Query(str, "SELECT name FROM workspace WHERE workspace_id = %(id)s", {"id": tx.workspace})


def sends() -> Query[bool]:
    """Whether this installation sends at all; a restored copy does not."""
    return Query(bool, "SELECT sends FROM installation", {})


async def any_channel(tx: Transaction) -> bool:
    return bool(
        await tx.rows(
            UUID,
            "SELECT id FROM channel WHERE workspace_id = %(id)s AND state <> 'draft' LIMIT 1",
            {"id": tx.workspace},
        )
    )


class Mate(Struct, frozen=True):
    id: UUID
    name: str


def team(tx: Transaction) -> Query[Mate]:
    """Everybody to whom a conversation can be given."""
    return Query(
        Mate,
        "SELECT id, name FROM member WHERE workspace_id = %(workspace)s AND active ORDER BY name, id",
        {"workspace": tx.workspace},
    )


async def file(tx: Transaction, id: UUID) -> Opened | None:
    return await tx.row(
        Opened,
        """
        SELECT attachment.id, message_id, attachment.conversation_id, contact_id, attachment.kind, mime, size,
               attachment.state, attachment.reason, attachment.facts_sealed, key_sealed, width, height
        FROM attachment
        JOIN message ON message.workspace_id = attachment.workspace_id AND message.id = message_id
        JOIN contact ON contact.workspace_id = attachment.workspace_id AND contact.id = contact_id
        WHERE attachment.workspace_id = %(workspace)s AND attachment.id = %(id)s
        """,
        {"workspace": tx.workspace, "id": id},
    )


def reactions(tx: Transaction, messages: Sequence[UUID]) -> Query[Reacted]:
    return Query(
        Reacted,
        """
        SELECT message_id, emoji, by FROM reaction
        WHERE workspace_id = %(workspace)s AND message_id = ANY(%(ids)s) AND emoji <> '' ORDER BY at
        """,
        {"workspace": tx.workspace, "ids": list(messages)},
    )


def revisions(tx: Transaction, messages: Sequence[UUID]) -> Query[Revised]:
    return Query(
        Revised,
        """
        SELECT message_id, content_sealed FROM revision
        WHERE workspace_id = %(workspace)s AND message_id = ANY(%(ids)s) ORDER BY message_id, at, number
        """,
        {"workspace": tx.workspace, "ids": list(messages)},
    )


async def at_address(tx: Transaction, channel: UUID, address_index: bytes) -> UUID | None:
    """The conversation with an address that has one; the newest, where there are several."""
    return await tx.row(
        UUID,
        """
        SELECT conversation.id FROM address
        JOIN conversation ON conversation.workspace_id = address.workspace_id AND address_id = address.id
        WHERE address.workspace_id = %(workspace)s AND address.channel_id = %(channel)s AND external_index = %(index)s
        ORDER BY last_at DESC LIMIT 1
        """,
        {"workspace": tx.workspace, "channel": channel, "index": address_index},
    )
