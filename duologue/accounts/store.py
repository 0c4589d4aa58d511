"""Connected accounts in the database."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from duologue.accounts.model import AccountRow, SignRow, State
from duologue.channels.contract import Sign
from duologue.kernel.database import Transaction


async def add(tx: Transaction, row: AccountRow, *, now: datetime) -> None:
    await tx.run(
        """
        INSERT INTO channel (workspace_id, id, kind, name, state, settings_sealed, allow, created_at)
        VALUES (%(workspace)s, %(id)s, %(kind)s, %(name)s, %(state)s, %(settings)s, %(allow)s, %(now)s)
        """,
        {
            "workspace": tx.workspace, "id": row.id, "kind": row.kind, "name": row.name, "state": row.state,
            "settings": row.settings_sealed, "allow": row.allow, "now": now,
        },
    )  # fmt: skip


async def all_of(tx: Transaction) -> list[AccountRow]:
    """Every account of the workspace, by name."""
    return await tx.rows(
        AccountRow,
        """
        SELECT workspace_id, id, kind, name, state, settings_sealed, allow, trouble, trouble_at, last_in_at,
               last_out_at
        FROM channel WHERE workspace_id = %(workspace)s ORDER BY lower(name), id
        """,
        {"workspace": tx.workspace},
    )


async def one(tx: Transaction, id: UUID) -> AccountRow | None:
    return await tx.row(
        AccountRow,
        """
        SELECT workspace_id, id, kind, name, state, settings_sealed, allow, trouble, trouble_at, last_in_at,
               last_out_at
        FROM channel WHERE workspace_id = %(workspace)s AND id = %(id)s
        """,
        {"workspace": tx.workspace, "id": id},
    )


async def locked(tx: Transaction, id: UUID) -> AccountRow | None:
    """As `one`; nobody else changes it until the transaction ends."""
    return await tx.row(
        AccountRow,
        """
        SELECT workspace_id, id, kind, name, state, settings_sealed, allow, trouble, trouble_at, last_in_at,
               last_out_at
        FROM channel WHERE workspace_id = %(workspace)s AND id = %(id)s FOR NO KEY UPDATE
        """,
        {"workspace": tx.workspace, "id": id},
    )


async def anywhere(tx: Transaction, id: UUID) -> AccountRow | None:
    """Whose ever it is. Runs in the hall."""
    return await tx.row(
        AccountRow,
        """
        SELECT workspace_id, id, kind, name, state, settings_sealed, allow, trouble, trouble_at, last_in_at,
               last_out_at
        FROM channel WHERE id = %(id)s
        """,
        {"id": id},
    )


async def active(tx: Transaction, kind: str | None) -> list[AccountRow]:
    """Those that are switched on, of all workspaces; of one kind, or of every. Runs in the hall."""
    return await tx.rows(
        AccountRow,
        """
        SELECT workspace_id, id, kind, name, state, settings_sealed, allow, trouble, trouble_at, last_in_at,
               last_out_at
        FROM channel WHERE state = 'active' AND (%(kind)s::text IS NULL OR kind = %(kind)s) ORDER BY id
        """,
        {"kind": kind},
    )


async def save(tx: Transaction, row: AccountRow) -> None:
    """Name, state, settings, inside places and trouble as they are in `row`."""
    await tx.run(
        """
        UPDATE channel SET name = %(name)s, state = %(state)s, settings_sealed = %(settings)s, allow = %(allow)s,
                           trouble = %(trouble)s,
                           trouble_at = CASE WHEN %(trouble)s::text IS NOT NULL THEN trouble_at END
        WHERE workspace_id = %(workspace)s AND id = %(id)s
        """,
        {
            "name": row.name, "state": row.state, "settings": row.settings_sealed, "allow": row.allow,
            "trouble": row.trouble, "workspace": tx.workspace, "id": row.id,
        },
    )  # fmt: skip


async def take_renewal(tx: Transaction, id: UUID, lease: timedelta) -> bool:
    """Whether it is for this process to fetch a fresh key. Runs in the hall."""
    taken = await tx.run(
        """
        UPDATE channel SET renewing_until = clock_timestamp() + %(lease)s
        WHERE id = %(id)s AND (renewing_until IS NULL OR renewing_until < clock_timestamp())
        """,
        {"id": id, "lease": lease},
    )
    return taken == 1


async def end_renewal(tx: Transaction, id: UUID) -> None:
    """Runs in the hall."""
    await tx.run("UPDATE channel SET renewing_until = NULL WHERE id = %(id)s", {"id": id})


async def forget_cursor(tx: Transaction, id: UUID) -> None:
    """A polled platform is read from its beginning again: it may be another one."""
    await tx.run(
        "UPDATE channel SET cursor = NULL WHERE workspace_id = %(workspace)s AND id = %(id)s",
        {"workspace": tx.workspace, "id": id},
    )


async def set_trouble(tx: Transaction, id: UUID, reason: str | None, *, now: datetime) -> bool:
    """Whether that was news. Trouble that turns into another one is still as old as it is."""
    changed = await tx.run(
        """
        UPDATE channel SET trouble = %(reason)s,
                           trouble_at = CASE WHEN %(reason)s::text IS NOT NULL THEN coalesce(trouble_at, %(now)s) END
        WHERE workspace_id = %(workspace)s AND id = %(id)s AND trouble IS DISTINCT FROM %(reason)s
        """,
        {"reason": reason, "now": now, "workspace": tx.workspace, "id": id},
    )
    return changed == 1


async def set_state(tx: Transaction, id: UUID, state: State, *, was: State) -> bool:
    """Whether it was in the state `was` and is in `state` now."""
    changed = await tx.run(
        """
        UPDATE channel SET state = %(state)s
        WHERE workspace_id = %(workspace)s AND id = %(id)s AND state = %(was)s
        """,
        {"state": state, "was": was, "workspace": tx.workspace, "id": id},
    )
    return changed == 1


async def set_in(tx: Transaction, id: UUID, at: datetime) -> None:
    """Written at most every ten seconds, so that a busy account is no hot row."""
    tx.later(
        """
        UPDATE channel SET last_in_at = %(at)s
        WHERE workspace_id = %(workspace)s AND id = %(id)s
          AND (last_in_at IS NULL OR last_in_at < %(at)s - interval '10 seconds')
        """,
        {"at": at, "workspace": tx.workspace, "id": id},
    )


async def set_out(tx: Transaction, id: UUID, at: datetime) -> None:
    """As `set_in`, for the other direction."""
    tx.later(
        """
        UPDATE channel SET last_out_at = %(at)s
        WHERE workspace_id = %(workspace)s AND id = %(id)s
          AND (last_out_at IS NULL OR last_out_at < %(at)s - interval '10 seconds')
        """,
        {"at": at, "workspace": tx.workspace, "id": id},
    )


async def keep_branches(tx: Transaction, id: UUID, opened: Sequence[str], shut: Sequence[str]) -> bool:
    """Parts of the account that may be answered in from now on, and others that may not; True where that is new."""
    return bool(
        await tx.run(
            """
            UPDATE channel SET shut = new.shut FROM (
              SELECT coalesce(array_agg(DISTINCT part ORDER BY part), '{}') AS shut
              FROM channel, unnest(channel.shut || %(shut)s::text[]) AS its (part)
              WHERE workspace_id = %(workspace)s AND id = %(id)s AND part <> ALL(%(opened)s::text[])) AS new
            WHERE workspace_id = %(workspace)s AND id = %(id)s AND channel.shut IS DISTINCT FROM new.shut
            """,
            {"workspace": tx.workspace, "id": id, "shut": list(shut), "opened": list(opened)},
        )
    )


async def keep_signs(tx: Transaction, id: UUID, signs: Sequence[Sign], now: datetime) -> bool:
    """The last of each name; True where something is otherwise than before."""
    newest = {sign.name[:60]: sign for sign in signs}
    changed = await tx.rows(
        str,
        """
        INSERT INTO channel_sign AS old (workspace_id, channel_id, name, words, level, until, at)
        SELECT %(workspace)s, %(id)s, name, words, level, until, %(now)s FROM unnest(
          %(names)s::text[], %(words)s::text[], %(levels)s::text[], %(untils)s::timestamptz[])
          AS new (name, words, level, until)
        ON CONFLICT (workspace_id, channel_id, name) DO UPDATE
          SET words = excluded.words, level = excluded.level, until = excluded.until, at = excluded.at
          WHERE (old.words, old.level, old.until) IS DISTINCT FROM (excluded.words, excluded.level, excluded.until)
        RETURNING name
        """,
        {
            "workspace": tx.workspace, "id": id, "now": now, "names": list(newest),
            "words": [sign.words[:500] for sign in newest.values()],
            "levels": [sign.level for sign in newest.values()], "untils": [sign.until for sign in newest.values()],
        },
    )  # fmt: skip
    return bool(changed)


async def signs(tx: Transaction, id: UUID) -> list[SignRow]:
    """What the platform last told of the account, what is worst first."""
    return await tx.rows(
        SignRow,
        """
        SELECT name, words, level, until, at FROM channel_sign
        WHERE workspace_id = %(workspace)s AND channel_id = %(id)s
        ORDER BY array_position(ARRAY['bad', 'warn', 'good'], level), name
        """,
        {"workspace": tx.workspace, "id": id},
    )
