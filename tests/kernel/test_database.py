# ruff: noqa: PT012 (it is the transaction as a whole that raises)
"""A transaction belongs to somebody, happens whole or not at all, and an absent database is told as such."""

import asyncio
import contextlib
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import psycopg
import pytest
from msgspec import Struct

from duologue.kernel import ids
from duologue.kernel.database import Away, Database, Transaction
from duologue.kernel.house import House

WHO = "SELECT current_user::text || '/' || coalesce(current_setting('duologue.workspace', true), '')"


async def _new_contact(tx: Transaction) -> UUID:
    one = ids.new()
    await tx.run(
        "INSERT INTO contact (workspace_id, id) VALUES (%(workspace)s, %(id)s)", {"workspace": tx.workspace, "id": one}
    )
    return one


async def _contacts(house: House, workspace: UUID) -> list[UUID]:
    async with house.db.workspace(workspace) as tx:
        return await tx.rows(UUID, "SELECT id FROM contact ORDER BY id")


async def _backend(tx: Transaction) -> int:
    return (await tx.rows(int, "SELECT pg_backend_pid()"))[0]


def _kill(house: House, backend: int) -> None:
    with psycopg.connect(house.db.url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])


async def test_each_kind_of_transaction_has_its_role(house: House) -> None:
    workspace = ids.new()
    async with house.db.workspace(workspace) as tx:
        assert await tx.rows(str, WHO) == [f"duologue_member/{workspace}"]
    async with house.db.hall() as tx:
        assert await tx.rows(str, WHO) == ["duologue_hall/"]
    async with house.db.door() as tx:
        assert await tx.rows(str, WHO) == ["duologue_door/"]


async def test_a_hall_transaction_can_go_on_as_one_workspace(house: House, workspace: UUID) -> None:
    async with house.db.hall() as tx:
        tx.enter(workspace)
        assert await tx.rows(str, WHO) == [f"duologue_member/{workspace}"]
        await _new_contact(tx)
    assert len(await _contacts(house, workspace)) == 1


async def test_a_pooled_connection_carries_nothing_of_its_former_user(house: House, workspace: UUID) -> None:
    """Every connection of the pool is looked at as it lies there."""
    seen = set()
    for _ in range(20):
        async with house.db.workspace(workspace) as tx:
            await _new_contact(tx)
        connection = await house.db._pool.getconn()
        try:
            seen |= {row[0] for row in await (await connection.execute(WHO.encode())).fetchall()}
        finally:
            await house.db._pool.putconn(connection)
    assert seen == {"duologue/"}


async def test_after_an_error_the_connection_carries_nothing_either(house: House, workspace: UUID) -> None:
    with pytest.raises(ZeroDivisionError):
        async with house.db.workspace(workspace):
            raise ZeroDivisionError
    connection = await house.db._pool.getconn()
    assert [row[0] for row in await (await connection.execute(WHO.encode())).fetchall()] == ["duologue/"]
    await house.db._pool.putconn(connection)


async def test_an_error_takes_everything_back(house: House, workspace: UUID) -> None:
    called = []
    with pytest.raises(ZeroDivisionError):
        async with house.db.workspace(workspace) as tx:
            tx.after_commit(lambda: called.append(1))
            await _new_contact(tx)
            raise ZeroDivisionError
    assert await _contacts(house, workspace) == []
    assert called == []


async def test_what_follows_a_commit_is_called_after_it(house: House, workspace: UUID) -> None:
    called = []
    async with house.db.workspace(workspace) as tx:
        await _new_contact(tx)
        tx.after_commit(lambda: called.append(1))
        assert called == []
    assert called == [1]


async def test_an_error_of_the_database_that_was_swallowed_is_told_at_the_end(house: House, workspace: UUID) -> None:
    """PostgreSQL answers the COMMIT of a broken transaction with ROLLBACK and no error: that must not pass for one."""
    called = []
    with pytest.raises(psycopg.Error):
        async with house.db.workspace(workspace) as tx:
            tx.after_commit(lambda: called.append(1))
            await _new_contact(tx)
            with contextlib.suppress(psycopg.Error):
                await tx.run("SELECT 1 / 0")
    assert await _contacts(house, workspace) == []
    assert called == []


async def test_a_rule_that_is_checked_at_the_commit_is_told(house: House, workspace: UUID) -> None:
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        async with house.db.workspace(workspace) as tx:
            await tx.run(
                """
                WITH channel AS (INSERT INTO channel (workspace_id, id, kind, name, state, settings_sealed)
                  VALUES (%(workspace)s, %(id)s, 'parrot', 'x', 'active', '') RETURNING id)
                INSERT INTO address (workspace_id, id, channel_id, contact_id, external_index, external_sealed)
                SELECT %(workspace)s, %(id)s, id, %(nobody)s, decode(repeat('00', 16), 'hex'), '' FROM channel
                """,
                {"workspace": workspace, "id": ids.new(), "nobody": ids.new()},
            )


async def test_connections_that_died_while_nobody_used_them_are_passed_over(house: House, workspace: UUID) -> None:
    connections = [await house.db._pool.getconn() for _ in range(4)]
    backends = [connection.info.backend_pid for connection in connections]
    for connection in connections:
        await house.db._pool.putconn(connection)
    for backend in backends:
        _kill(house, backend)
    async with house.db.workspace(workspace) as tx:
        await _new_contact(tx)
        assert await _backend(tx) not in backends
    assert len(await _contacts(house, workspace)) == 1


async def test_a_connection_that_dies_in_the_middle_is_told_as_away(house: House, workspace: UUID) -> None:
    with pytest.raises(Away):
        async with house.db.workspace(workspace) as tx:
            await _new_contact(tx)
            _kill(house, await _backend(tx))
            await _new_contact(tx)
    assert await _contacts(house, workspace) == []


async def test_a_connection_that_dies_before_the_commit_is_told_as_away(house: House, workspace: UUID) -> None:
    called = []
    with pytest.raises(Away):
        async with house.db.workspace(workspace) as tx:
            tx.after_commit(lambda: called.append(1))
            await _new_contact(tx)
            _kill(house, await _backend(tx))
    assert (await _contacts(house, workspace), called) == ([], [])


async def test_an_error_of_ours_stays_our_error_when_the_connection_is_dead_too(house: House, workspace: UUID) -> None:
    with pytest.raises(ZeroDivisionError):
        async with house.db.workspace(workspace) as tx:
            _kill(house, await _backend(tx))
            raise ZeroDivisionError
    assert await _contacts(house, workspace) == []


async def test_a_database_that_is_not_there_is_away() -> None:
    db = Database("postgresql://nobody@127.0.0.1:1/none")
    await db.open()
    try:
        with pytest.raises(Away):
            async with db.hall():
                pass
        with pytest.raises(Away):
            await db.alone()
    finally:
        await db.close()


async def test_a_cancelled_transaction_leaves_the_pool_whole(database_url: str) -> None:
    db = Database(database_url, most=2)
    await db.open()
    try:
        for wait in (0, 0.001, 0.01, 0.03) * 6:
            task = asyncio.create_task(_sleepy(db))
            await asyncio.sleep(wait)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        async with db.hall() as one, db.hall() as two:  # both connections are there, and neither is in a transaction
            assert await one.rows(int, "SELECT 1") == await two.rows(int, "SELECT 1") == [1]
        assert db._pool.get_stats()["pool_size"] <= 2
    finally:
        await db.close()
    with psycopg.connect(database_url) as other:
        left = other.execute("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%%'").fetchone()
    assert left == (0,)


async def _sleepy(db: Database) -> None:
    async with db.hall() as tx:
        while True:
            await tx.run("SELECT pg_sleep(0.02)")


async def test_a_pool_that_is_used_up_is_told_as_away_and_serves_again(database_url: str) -> None:
    db = Database(database_url, most=1)
    await db.open()
    try:
        async with db.hall():
            with pytest.raises(Away):
                async with db.hall():
                    pass
        db._away_until = 0
        async with db.hall() as tx:
            assert await tx.rows(int, "SELECT 1") == [1]
    finally:
        await db.close()


class Mood(StrEnum):
    GOOD = "good"
    BAD = "bad"


class Thing(Struct, frozen=True):
    id: int
    mood: Mood | None
    at: datetime | None = None


async def test_rows_become_structs_with_their_enumerations(house: House) -> None:
    async with house.db.hall() as tx:
        found = await tx.rows(Thing, "SELECT * FROM (VALUES (1, 'good'), (2, NULL)) AS thing (id, mood)")
    assert found == [Thing(1, Mood.GOOD), Thing(2, None)]
    assert found[0].mood is Mood.GOOD


async def test_a_word_that_is_in_no_enumeration_is_an_error(house: House) -> None:
    async with house.db.hall() as tx:
        with pytest.raises(ValueError, match="sleepy"):
            await tx.rows(Thing, "SELECT 1 AS id, 'sleepy' AS mood")


async def test_a_column_that_the_struct_does_not_know_is_an_error(house: House) -> None:
    async with house.db.hall() as tx:
        with pytest.raises(TypeError):
            await tx.rows(Thing, "SELECT 1 AS id, 'good' AS mood, 1 AS more")


async def test_a_plain_type_takes_the_first_column(house: House) -> None:
    async with house.db.hall() as tx:
        assert await tx.rows(int, "SELECT n FROM generate_series(1, 3) AS n ORDER BY n") == [1, 2, 3]
        assert await tx.row(int, "SELECT 1 WHERE false") is None


async def test_values_are_values_and_never_sql(house: House, workspace: UUID) -> None:
    nasty: Any = "'; DROP TABLE contact; --"
    async with house.db.workspace(workspace) as tx:
        assert await tx.rows(str, "SELECT %(x)s::text", {"x": nasty}) == [nasty]
        assert await tx.rows(int, "SELECT count(*)::int FROM contact") == [0]
