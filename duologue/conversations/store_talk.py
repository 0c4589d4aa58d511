"""All SQL of what the team does with conversations and with its own messages."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from duologue.conversations.model import State, Status
from duologue.conversations.store import Existing
from duologue.kernel.database import Query, Transaction


async def by_client_key(tx: Transaction, conversation: UUID, key: UUID) -> UUID | None:
    return await tx.row(
        UUID,
        """
        SELECT id FROM message
        WHERE workspace_id = %(workspace)s AND conversation_id = %(conversation)s AND client_key = %(key)s
        """,
        {"workspace": tx.workspace, "conversation": conversation, "key": key},
    )


async def is_in(tx: Transaction, message: UUID, conversation: UUID) -> bool:
    found = await tx.row(
        UUID,
        """
        SELECT id FROM message
        WHERE workspace_id = %(workspace)s AND id = %(id)s AND conversation_id = %(conversation)s
        """,
        {"workspace": tx.workspace, "id": message, "conversation": conversation},
    )
    return found is not None


async def contact_key(tx: Transaction, contact: UUID) -> bytes | None:
    return await tx.row(
        bytes,
        "SELECT key_sealed FROM contact WHERE workspace_id = %(workspace)s AND id = %(id)s",
        {"workspace": tx.workspace, "id": contact},
    )


async def move(tx: Transaction, message: UUID, to: Status, allowed: Sequence[Status], now: datetime) -> list[Existing]:
    """A person's decision about a message of ours, where it still stands in one of `allowed`."""
    return await tx.rows(
        Existing,
        """
        UPDATE message SET status = %(to)s, reason = NULL, due_at = %(now)s,
          sent_at = CASE WHEN %(to)s::text = 'sent' THEN coalesce(sent_at, %(now)s) ELSE sent_at END
        WHERE workspace_id = %(workspace)s AND id = %(id)s AND direction = 'out' AND status = ANY(%(allowed)s)
        RETURNING id, conversation_id, contact_id, external_id, direction, author, status, attempt
        """,
        {"workspace": tx.workspace, "id": message, "to": to, "allowed": list(allowed), "now": now},
    )


class Heard(Struct, frozen=True):
    by_machine: bool  # the person's newest message is a machine's, and came since
    automated: int  # messages of programs to the same address since


async def heard(tx: Transaction, conversation: UUID, since: datetime) -> Heard:
    found = await tx.row(
        Heard,
        """
        SELECT coalesce((
            SELECT automatic AND received_time > %(since)s FROM message
            WHERE message.workspace_id = %(workspace)s AND conversation_id = %(id)s AND direction = 'in'
              AND kind <> 'notice' ORDER BY seq DESC LIMIT 1), false) AS by_machine,
          (SELECT count(*)::int FROM conversation AS its
           JOIN message ON message.workspace_id = its.workspace_id AND message.conversation_id = its.id
           WHERE its.workspace_id = %(workspace)s AND its.contact_id = one.contact_id AND its.last_at > %(since)s
             AND its.address_id = one.address_id AND placed_at > %(since)s
             AND lane = 'automated' AND direction = 'out' AND status NOT IN ('cancelled', 'failed')) AS automated
        FROM conversation AS one WHERE one.workspace_id = %(workspace)s AND one.id = %(id)s
        """,
        {"workspace": tx.workspace, "id": conversation, "since": since},
    )
    return found or Heard(False, 0)


class Earlier(Struct, frozen=True, kw_only=True):
    conversation_id: UUID
    id: UUID
    direction: str
    content_sealed: bytes | None
    key_sealed: bytes | None
    contact_id: UUID


async def before(tx: Transaction, message: UUID) -> Earlier | None:
    """The message that is the last one of its conversation where `message`, the last one so far, does not count."""
    return await tx.row(
        Earlier,
        """
        SELECT conversation.id AS conversation_id, message.id, direction, content_sealed, key_sealed,
               conversation.contact_id
        FROM conversation
        JOIN message ON message.workspace_id = conversation.workspace_id AND message.conversation_id = conversation.id
        JOIN contact ON contact.workspace_id = conversation.workspace_id AND contact.id = conversation.contact_id
        WHERE conversation.workspace_id = %(workspace)s AND last_message_id = %(message)s
          AND message.id <> %(message)s AND status <> 'cancelled'
        ORDER BY message.placed_at DESC, message.seq DESC LIMIT 1
        """,
        {"workspace": tx.workspace, "message": message},
    )


async def step_back(tx: Transaction, message: UUID, earlier: Earlier, preview: bytes | None) -> None:
    """The conversation stands again as it did with `earlier`, if `message` is still its last one."""
    await tx.run(
        """
        UPDATE conversation SET last_message_id = %(earlier)s, preview_sealed = %(preview)s,
          last_at = (SELECT max(placed_at) FROM message WHERE message.workspace_id = %(workspace)s
                       AND conversation_id = %(id)s AND status <> 'cancelled'),
          last_out_at = (SELECT max(provider_time) FROM message WHERE message.workspace_id = %(workspace)s
                           AND conversation_id = %(id)s AND status <> 'cancelled' AND direction = 'out'),
          answers = greatest(0, answers - 1), tap_answers = greatest(0, tap_answers - 1)
        WHERE workspace_id = %(workspace)s AND id = %(id)s AND last_message_id = %(message)s
        """,
        {
            "workspace": tx.workspace, "id": earlier.conversation_id, "message": message, "earlier": earlier.id,
            "preview": preview,
        },
    )  # fmt: skip


async def exists(tx: Transaction, conversation: UUID) -> bool:
    found = await tx.row(
        UUID,
        "SELECT id FROM conversation WHERE workspace_id = %(workspace)s AND id = %(id)s",
        {"workspace": tx.workspace, "id": conversation},
    )
    return found is not None


async def member_active(tx: Transaction, member: UUID) -> bool:
    found = await tx.row(
        UUID,
        "SELECT id FROM member WHERE workspace_id = %(workspace)s AND id = %(id)s AND active",
        {"workspace": tx.workspace, "id": member},
    )
    return found is not None


async def assign(tx: Transaction, conversation: UUID, member: UUID | None) -> bool:
    return bool(
        await tx.run(
            "UPDATE conversation SET assignee_id = %(member)s WHERE workspace_id = %(workspace)s AND id = %(id)s",
            {"workspace": tx.workspace, "id": conversation, "member": member},
        )
    )


async def set_state(tx: Transaction, conversation: UUID, state: State, until: datetime | None) -> bool:
    return bool(
        await tx.run(
            """
            UPDATE conversation SET state = %(state)s, snoozed_until = %(until)s,
              unread = CASE WHEN %(state)s::text = 'open' THEN unread ELSE 0 END
            WHERE workspace_id = %(workspace)s AND id = %(id)s
            """,
            {"workspace": tx.workspace, "id": conversation, "state": state, "until": until},
        )
    )


async def awake(tx: Transaction, now: datetime) -> list[UUID]:
    return await tx.rows(
        UUID,
        """
        UPDATE conversation SET state = 'open', snoozed_until = NULL
        WHERE workspace_id = %(workspace)s AND state = 'snoozed' AND snoozed_until <= %(now)s RETURNING id
        """,
        {"workspace": tx.workspace, "now": now},
    )


async def read(tx: Transaction, conversation: UUID) -> bool:
    return bool(
        await tx.run(
            "UPDATE conversation SET unread = 0 WHERE workspace_id = %(workspace)s AND id = %(id)s AND unread > 0",
            {"workspace": tx.workspace, "id": conversation},
        )
    )


async def keep_draft(tx: Transaction, conversation: UUID, member: UUID, sealed: bytes) -> None:
    await tx.run(
        """
        INSERT INTO draft (workspace_id, conversation_id, member_id, text_sealed)
        VALUES (%(workspace)s, %(conversation)s, %(member)s, %(sealed)s)
        ON CONFLICT (workspace_id, conversation_id, member_id)
        DO UPDATE SET text_sealed = excluded.text_sealed, at = now()
        """,
        {"workspace": tx.workspace, "conversation": conversation, "member": member, "sealed": sealed},
    )


async def drop_draft(tx: Transaction, conversation: UUID, member: UUID | None) -> None:
    await tx.run(
        """
        DELETE FROM draft
        WHERE workspace_id = %(workspace)s AND conversation_id = %(conversation)s AND member_id = %(member)s
        """,
        {"workspace": tx.workspace, "conversation": conversation, "member": member},
    )


def draft(tx: Transaction, conversation: UUID, member: UUID | None) -> Query[bytes]:
    return Query(
        bytes,
        """
        SELECT text_sealed FROM draft
        WHERE workspace_id = %(workspace)s AND conversation_id = %(conversation)s AND member_id = %(member)s
        """,
        {"workspace": tx.workspace, "conversation": conversation, "member": member},
    )
