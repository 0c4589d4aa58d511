"""Members, invites and keys in the database."""

from datetime import datetime
from typing import Any
from uuid import UUID

from duologue.kernel.database import Transaction
from duologue.team.model import Credentials, Invite, Key, Member, Newcomer, Profile, Role
from duologue.web.gate import KeyHolder

# Workspaces -----------------------------------------------------------------------------------------------------------


async def add_workspace(tx: Transaction, workspace: UUID, name: str, key_sealed: bytes) -> None:
    """Runs in the hall."""
    await tx.run(
        "INSERT INTO workspace (workspace_id, name, key_sealed) VALUES (%(id)s, %(name)s, %(key)s)",
        {"id": workspace, "name": name, "key": key_sealed},
    )


async def workspaces(tx: Transaction) -> list[UUID]:
    """All of them, the oldest first. Runs in the hall."""
    return await tx.rows(UUID, "SELECT workspace_id FROM workspace ORDER BY workspace_id")


async def rename_workspace(tx: Transaction, name: str) -> None:
    await tx.run(
        "UPDATE workspace SET name = %(name)s WHERE workspace_id = %(workspace)s",
        {"name": name, "workspace": tx.workspace},
    )


# Members --------------------------------------------------------------------------------------------------------------


async def credentials(tx: Transaction, email: str) -> list[Credentials]:
    """Active members with this address, in every workspace. Runs in the hall."""
    return await tx.rows(
        Credentials,
        "SELECT workspace_id, id, password_hash FROM member WHERE email = %(email)s AND active ORDER BY id",
        {"email": email},
    )


async def own_credentials(tx: Transaction, member: UUID) -> Credentials | None:
    return await tx.row(
        Credentials,
        """
        SELECT workspace_id, id, password_hash FROM member
        WHERE workspace_id = %(workspace)s AND id = %(id)s AND active
        """,
        {"workspace": tx.workspace, "id": member},
    )


async def members(tx: Transaction) -> list[Member]:
    """Everybody, active ones first, by name."""
    return await tx.rows(
        Member,
        """
        SELECT m.id, m.name, m.email, m.role, m.active,
               (SELECT max(s.seen_at) FROM session s
                WHERE s.workspace_id = m.workspace_id AND s.member_id = m.id) AS last_seen_at
        FROM member m WHERE m.workspace_id = %(workspace)s ORDER BY m.active DESC, lower(m.name), m.id
        """,
        {"workspace": tx.workspace},
    )


async def member(tx: Transaction, id: UUID) -> Member | None:
    return await tx.row(
        Member,
        "SELECT id, name, email, role, active FROM member WHERE workspace_id = %(workspace)s AND id = %(id)s",
        {"workspace": tx.workspace, "id": id},
    )


async def anybody(tx: Transaction) -> bool:
    """Whether the workspace has ever had a member."""
    found = await tx.row(
        bool,
        "SELECT EXISTS (SELECT FROM member WHERE workspace_id = %(workspace)s)",
        {"workspace": tx.workspace},
    )
    return found is True


async def nobody(tx: Transaction) -> bool:
    """Whether nobody has ever joined this installation. In the hall."""
    return await tx.row(bool, "SELECT NOT EXISTS (SELECT FROM member)") is True


async def lock_administrators(tx: Transaction) -> list[UUID]:
    """The active administrators; nobody else changes who they are until the transaction ends."""
    return await tx.rows(
        UUID,
        """
        SELECT id FROM member WHERE workspace_id = %(workspace)s AND role = 'administrator' AND active
        ORDER BY id FOR UPDATE
        """,
        {"workspace": tx.workspace},
    )


async def add_member(tx: Transaction, id: UUID, new: Newcomer, role: Role, *, now: datetime) -> bool:
    """False where the address is taken."""
    added = await tx.run(
        """
        INSERT INTO member (workspace_id, id, email, name, role, password_hash, locale, created_at)
        VALUES (%(workspace)s, %(id)s, %(email)s, %(name)s, %(role)s, %(hash)s, %(locale)s, %(now)s)
        ON CONFLICT (workspace_id, email) DO NOTHING
        """,
        {
            "workspace": tx.workspace, "id": id, "email": new.email, "name": new.name, "role": role,
            "hash": new.password_hash, "locale": new.locale, "now": now,
        },
    )  # fmt: skip
    return added == 1


async def member_with(tx: Transaction, email: str) -> Member | None:
    """Locked until the transaction ends."""
    return await tx.row(
        Member,
        """
        SELECT id, name, email, role, active FROM member
        WHERE workspace_id = %(workspace)s AND email = %(email)s FOR UPDATE
        """,
        {"workspace": tx.workspace, "email": email},
    )


async def renew(tx: Transaction, id: UUID, new: Newcomer, role: Role) -> None:
    """The member comes back by a new invitation: active, with a new password."""
    await tx.run(
        """
        UPDATE member SET name = %(name)s, password_hash = %(hash)s, role = %(role)s, active = true
        WHERE workspace_id = %(workspace)s AND id = %(id)s
        """,
        {"name": new.name, "hash": new.password_hash, "role": role, "workspace": tx.workspace, "id": id},
    )


async def set_role(tx: Transaction, id: UUID, role: Role) -> None:
    await tx.run(
        "UPDATE member SET role = %(role)s WHERE workspace_id = %(workspace)s AND id = %(id)s",
        {"role": role, "workspace": tx.workspace, "id": id},
    )


async def set_active(tx: Transaction, id: UUID, active: bool) -> None:
    await tx.run(
        "UPDATE member SET active = %(active)s WHERE workspace_id = %(workspace)s AND id = %(id)s",
        {"active": active, "workspace": tx.workspace, "id": id},
    )


async def set_profile(tx: Transaction, id: UUID, profile: Profile) -> None:
    await tx.run(
        """
        UPDATE member SET name = %(name)s, locale = %(locale)s, theme = %(theme)s, undo_seconds = %(undo)s
        WHERE workspace_id = %(workspace)s AND id = %(id)s
        """,
        {
            "name": profile.name, "locale": profile.locale, "theme": profile.theme, "undo": profile.undo_seconds,
            "workspace": tx.workspace, "id": id,
        },
    )  # fmt: skip


async def set_password(tx: Transaction, known: Credentials, password_hash: str) -> bool:
    """False where the password was changed or the member deactivated since `known` was read."""
    changed = await tx.run(
        """
        UPDATE member SET password_hash = %(new)s
        WHERE workspace_id = %(workspace)s AND id = %(id)s AND active AND password_hash = %(old)s
        """,
        {"new": password_hash, "old": known.password_hash, "workspace": tx.workspace, "id": known.id},
    )
    return changed == 1


# Invites --------------------------------------------------------------------------------------------------------------


async def add_invite(tx: Transaction, invite: Invite, token_hash: bytes, *, now: datetime) -> None:
    await tx.run(
        """
        INSERT INTO invite (workspace_id, id, token_hash, email, role, by_member, created_at, expires_at)
        VALUES (%(workspace)s, %(id)s, %(token)s, %(email)s, %(role)s, %(by)s, %(now)s, %(expires)s)
        """,
        {
            "workspace": tx.workspace, "id": invite.id, "token": token_hash, "email": invite.email,
            "role": invite.role, "by": invite.by_member, "now": now, "expires": invite.expires_at,
        },
    )  # fmt: skip


async def invite_behind(tx: Transaction, token_hash: bytes, *, now: datetime) -> Invite | None:
    """The invite of this token that can still be used. Runs in the hall."""
    return await tx.row(
        Invite,
        """
        SELECT workspace_id, id, email, role, by_member, expires_at FROM invite
        WHERE token_hash = %(token)s AND used_at IS NULL AND expires_at > %(now)s
        """,
        {"token": token_hash, "now": now},
    )


async def use_invite(tx: Transaction, id: UUID, *, now: datetime) -> bool:
    """Takes the invite; False where somebody was faster or it ran out."""
    used = await tx.run(
        """
        UPDATE invite SET used_at = %(now)s
        WHERE workspace_id = %(workspace)s AND id = %(id)s AND used_at IS NULL AND expires_at > %(now)s
        """,
        {"now": now, "workspace": tx.workspace, "id": id},
    )
    return used == 1


async def open_invites(tx: Transaction, *, now: datetime) -> list[Invite]:
    return await tx.rows(
        Invite,
        """
        SELECT workspace_id, id, email, role, by_member, expires_at FROM invite
        WHERE workspace_id = %(workspace)s AND used_at IS NULL AND expires_at > %(now)s ORDER BY id
        """,
        {"workspace": tx.workspace, "now": now},
    )


async def drop_invite(tx: Transaction, id: UUID) -> bool:
    """Whether there was an unused one."""
    return (
        await tx.run(
            "DELETE FROM invite WHERE workspace_id = %(workspace)s AND id = %(id)s AND used_at IS NULL",
            {"workspace": tx.workspace, "id": id},
        )
        == 1
    )


async def drop_operators_invites(tx: Transaction) -> None:
    """Unused invites that no member made: earlier links for the first administrator."""
    await tx.run(
        "DELETE FROM invite WHERE workspace_id = %(workspace)s AND by_member IS NULL AND used_at IS NULL",
        {"workspace": tx.workspace},
    )


async def drop_invites_of(tx: Transaction, member: Member) -> None:
    """Unused invites that the member made or that were made for their address."""
    await tx.run(
        """
        DELETE FROM invite
        WHERE workspace_id = %(workspace)s AND used_at IS NULL AND (by_member = %(member)s OR email = %(email)s)
        """,
        {"workspace": tx.workspace, "member": member.id, "email": member.email},
    )


# Keys -----------------------------------------------------------------------------------------------------------------


async def add_key(tx: Transaction, key: dict[str, Any], *, now: datetime) -> None:
    await tx.run(
        """
        INSERT INTO api_key (workspace_id, id, name, token_hash, hint, by_member, created_at)
        VALUES (%(workspace)s, %(id)s, %(name)s, %(token)s, %(hint)s, %(by)s, %(now)s)
        """,
        {"workspace": tx.workspace, "now": now, **key},
    )


async def keys(tx: Transaction) -> list[Key]:
    """Those that have not been revoked, the newest first."""
    return await tx.rows(
        Key,
        """
        SELECT k.id, k.name, k.hint AS prefix, k.created_at, k.used_at AS last_used_at,
               coalesce(m.name, 'the command line') AS created_by
        FROM api_key k LEFT JOIN member m ON m.workspace_id = k.workspace_id AND m.id = k.by_member
        WHERE k.workspace_id = %(workspace)s AND k.revoked_at IS NULL ORDER BY k.id DESC
        """,
        {"workspace": tx.workspace},
    )


async def revoke_key(tx: Transaction, id: UUID, *, now: datetime) -> bool:
    """Whether there was one to revoke."""
    revoked = await tx.run(
        """
        UPDATE api_key SET revoked_at = %(now)s
        WHERE workspace_id = %(workspace)s AND id = %(id)s AND revoked_at IS NULL
        """,
        {"now": now, "workspace": tx.workspace, "id": id},
    )
    return revoked == 1


async def key_behind(tx: Transaction, token_hash: bytes) -> KeyHolder | None:
    """Whose key this is, if it has not been revoked. Runs in the hall."""
    return await tx.row(
        KeyHolder,
        "SELECT workspace_id, id AS key_id, name FROM api_key WHERE token_hash = %(token)s AND revoked_at IS NULL",
        {"token": token_hash},
    )


async def touch_key(tx: Transaction, holder: KeyHolder, *, now: datetime) -> None:
    """The key was used now; written at most once a minute. Runs in the hall."""
    await tx.run(
        """
        UPDATE api_key SET used_at = %(now)s
        WHERE workspace_id = %(workspace)s AND id = %(id)s
          AND (used_at IS NULL OR used_at < %(now)s - interval '1 minute')
        """,
        {"now": now, "workspace": holder.workspace_id, "id": holder.key_id},
    )
