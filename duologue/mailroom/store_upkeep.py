"""All SQL of the upkeep and of the count."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from duologue.kernel.database import Transaction


async def turn(tx: Transaction, chore: str) -> bool:
    """Whether it is this process's turn; the turn ends with the transaction."""
    return bool(await tx.row(bool, "SELECT pg_try_advisory_xact_lock(hashtext(%(name)s))", {"name": f"chore:{chore}"}))


async def workspaces(tx: Transaction) -> list[UUID]:
    """Runs in the hall."""
    return await tx.rows(UUID, "SELECT workspace_id FROM workspace ORDER BY workspace_id")


async def end_leases(tx: Transaction) -> None:
    """Nobody who held a message or a mailbox is alive any more. Runs in the hall."""
    await tx.run("UPDATE message SET lease_until = now() WHERE status = 'sending' AND lease_until > now()")
    await tx.run("UPDATE message_act SET lease_until = now() WHERE status = 'sending' AND lease_until > now()")
    await tx.run("UPDATE channel SET listener = NULL, listener_until = NULL WHERE listener IS NOT NULL")


class Wrapped(Struct, frozen=True):
    workspace_id: UUID
    key_sealed: bytes


async def workspace_keys(tx: Transaction) -> list[Wrapped]:
    """Runs in the hall."""
    return await tx.rows(Wrapped, "SELECT workspace_id, key_sealed FROM workspace ORDER BY workspace_id FOR UPDATE")


async def set_workspace_key(tx: Transaction, workspace: UUID, wrapped: bytes) -> None:
    """Runs in the hall."""
    await tx.run(
        "UPDATE workspace SET key_sealed = %(key)s WHERE workspace_id = %(id)s", {"id": workspace, "key": wrapped}
    )


async def with_snoozes_due(tx: Transaction, now: datetime) -> list[UUID]:
    """Runs in the hall."""
    return await tx.rows(
        UUID,
        "SELECT DISTINCT workspace_id FROM conversation WHERE state = 'snoozed' AND snoozed_until <= %(now)s",
        {"now": now},
    )


async def forget_raw(tx: Transaction, days: int) -> int:
    """The bodies of arrivals that were sorted that long ago; the rows stay, they are counted."""
    return await tx.run(
        """
        UPDATE arrival SET body_sealed = NULL WHERE (workspace_id, id) IN (
          SELECT workspace_id, id FROM arrival WHERE workspace_id = %(workspace)s AND state = 'sorted'
            AND body_sealed IS NOT NULL AND set_aside = 0 AND sorted_at < now() - make_interval(days => %(days)s)
          ORDER BY id LIMIT 5000)
        """,
        {"workspace": tx.workspace, "days": days},
    )


async def forget_parked(tx: Transaction, days: int) -> int:
    """News about messages that never came."""
    return await tx.run(
        "DELETE FROM parked WHERE workspace_id = %(workspace)s AND at < now() - make_interval(days => %(days)s)",
        {"workspace": tx.workspace, "days": days},
    )


async def forget_used_invites(tx: Transaction) -> int:
    return await tx.run(
        "DELETE FROM invite WHERE workspace_id = %(workspace)s AND expires_at < now() - interval '30 days'",
        {"workspace": tx.workspace},
    )


async def forget_idempotency(tx: Transaction, days: int) -> int:
    return await tx.run(
        "DELETE FROM idempotency WHERE workspace_id = %(workspace)s AND at < now() - make_interval(days => %(days)s)",
        {"workspace": tx.workspace, "days": days},
    )


class Count(Struct, frozen=True, kw_only=True):
    """What came in, and where each of it is now. Nothing may be missing between the two."""

    arrivals: int
    pending: int
    quarantined: int
    discarded: int
    sorted: int
    items: int
    messages: int
    duplicates: int
    others: int
    set_aside: int
    message_rows: int  # counted where messages are, not where they were tallied
    set_aside_rows: int


async def count(tx: Transaction) -> Count:
    """Of one workspace."""
    found = await tx.row(
        Count,
        """
        SELECT count(*)::int AS arrivals,
          (count(*) FILTER (WHERE state = 'pending'))::int AS pending,
          (count(*) FILTER (WHERE state = 'quarantined'))::int AS quarantined,
          (count(*) FILTER (WHERE state = 'discarded'))::int AS discarded,
          (count(*) FILTER (WHERE state = 'sorted'))::int AS sorted,
          coalesce(sum(items), 0)::int AS items, coalesce(sum(messages), 0)::int AS messages,
          coalesce(sum(duplicates), 0)::int AS duplicates, coalesce(sum(others), 0)::int AS others,
          coalesce(sum(set_aside), 0)::int AS set_aside,
          (SELECT count(*)::int FROM message
             WHERE workspace_id = %(workspace)s AND arrival_id IS NOT NULL) AS message_rows,
          (SELECT count(*)::int FROM set_aside AS s JOIN arrival AS a ON a.workspace_id = s.workspace_id
             AND a.id = s.arrival_id WHERE s.workspace_id = %(workspace)s AND a.state = 'sorted'
             AND a.set_aside > 0) AS set_aside_rows
        FROM arrival WHERE workspace_id = %(workspace)s
        """,
        {"workspace": tx.workspace},
    )
    assert found
    return found


async def install(tx: Transaction, id: UUID) -> None:
    """The one row about this installation, made on first use; one process at a time from here on. Runs in the hall."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtext('install'))")
    await tx.run("INSERT INTO installation (id) SELECT %(id)s WHERE NOT EXISTS (SELECT FROM installation)", {"id": id})


async def set_sends(tx: Transaction, sends: bool) -> None:
    """Whether messages leave. A restored copy does not send before somebody has said so. Runs in the hall."""
    await tx.run(
        """
        UPDATE installation SET sends = %(sends)s, another_at = NULL,
          sends_since = CASE WHEN %(sends)s AND NOT sends THEN clock_timestamp() ELSE sends_since END
        """,
        {"sends": sends},
    )


async def sends(tx: Transaction) -> bool:
    """Runs in the hall."""
    return await tx.row(bool, "SELECT sends FROM installation") is not False


async def another_at(tx: Transaction) -> datetime | None:
    """When another copy of this installation was last seen to send. Runs in the hall."""
    return await tx.row(datetime, "SELECT another_at FROM installation")


class Health(Struct, frozen=True, kw_only=True):
    """How the whole installation is, over all workspaces."""

    now: datetime
    pending: int
    oldest_pending: float  # seconds
    quarantined: int
    unknown: int
    active: int
    broken: int


async def state(tx: Transaction) -> Health:
    """Runs in the hall."""
    found = await tx.row(
        Health,
        """
        SELECT clock_timestamp() AS now,
          (SELECT count(*)::int FROM arrival WHERE state = 'pending') AS pending,
          (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(received_at)), 0)::float8
             FROM arrival WHERE state = 'pending') AS oldest_pending,
          (SELECT count(*)::int FROM arrival WHERE state = 'quarantined') +
            (SELECT count(*)::int FROM set_aside WHERE resolved_at IS NULL) AS quarantined,
          (SELECT count(*)::int FROM message WHERE status = 'unknown') AS unknown,
          (SELECT count(*)::int FROM channel WHERE state = 'active') AS active,
          (SELECT count(*)::int FROM channel
             WHERE state = 'broken' OR (state = 'active' AND trouble IS NOT NULL)) AS broken
        """,
    )
    assert found
    return found
