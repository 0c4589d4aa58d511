"""PostgreSQL, in transactions that each belong to somebody.

A transaction is opened as one of three roles and stays it to its end (`SET LOCAL`), so that row-level security holds
even where a WHERE was forgotten:

- `workspace(id)`: everything of one workspace, nothing of any other;
- `hall()`: ids, states, lanes and times of all workspaces, no sealed column; for claiming work and recognising keys;
- `door()`: may write arrivals down, and read nothing; on connections of its own, which never are anything else.
"""

import logging
import select
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from enum import Enum
from functools import cache
from time import monotonic
from typing import Any, LiteralString, TypeVar, get_args, get_type_hints
from uuid import UUID

import msgspec
import psycopg
from psycopg import AsyncConnection, OperationalError
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from duologue.kernel import arrays

Row = TypeVar("Row")
Params = Mapping[str, Any]
Connection = AsyncConnection[tuple[Any, ...]]
Pool = AsyncConnectionPool[Connection]

_OPTIONS = (
    "-c timezone=UTC -c statement_timeout=60s -c lock_timeout=15s -c idle_in_transaction_session_timeout=60s "
    "-c application_name=duologue"
)
logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # it tells every failed attempt while the database is away


class Away(Exception):
    """The database cannot be reached. Nothing of the transaction has happened, or it is unknown whether it was kept."""


class Transaction:
    """An open transaction. Queries are literals with named parameters: `%(name)s`."""

    def __init__(self, connection: Connection, workspace: UUID | None) -> None:
        self._connection = connection
        self.workspace = workspace
        self._then: list[Callable[[], None]] = []

    async def rows(self, into: type[Row], query: LiteralString, params: Params | None = None) -> list[Row]:
        """Every row as an `into` (a Struct by column names, or the first column's type)."""
        cursor = await self._connection.execute(query, params, binary=True)
        values = await cursor.fetchall()
        if not issubclass(into, msgspec.Struct):
            return [value[0] for value in values]
        make = _maker(into)
        names = [column.name for column in cursor.description or ()]
        return [make(dict(zip(names, value, strict=True))) for value in values]

    async def row(self, into: type[Row], query: LiteralString, params: Params | None = None) -> Row | None:
        """The first row, or None."""
        found = await self.rows(into, query, params)
        return found[0] if found else None

    async def run(self, query: LiteralString, params: Params | None = None) -> int:
        """Executes; the number of rows touched."""
        return (await self._connection.execute(query, params)).rowcount

    async def enter(self, workspace: UUID) -> None:
        """Goes on as one workspace, from a hall transaction; there is no way back."""
        await self._connection.execute(_become("duologue_member", workspace))
        self.workspace = workspace

    def after_commit(self, call: Callable[[], None]) -> None:
        """Calls `call` once the transaction is durable; never if it is not."""
        self._then.append(call)

    def committed(self) -> None:
        for call in self._then:
            call()


class Database:
    """A pool of connections to one database."""

    def __init__(self, url: str, *, most: int = 20) -> None:
        self.url = url
        self._pool = _pool(url, _OPTIONS, least=1, most=most)
        self._door_pool = _pool(url, f"{_OPTIONS} -c role=duologue_door", least=0, most=2)
        self._away_until = 0.0

    async def open(self) -> None:
        await self._pool.open(wait=False)
        await self._door_pool.open(wait=False)

    async def close(self) -> None:
        await self._door_pool.close(timeout=3)
        await self._pool.close(timeout=3)

    @asynccontextmanager
    async def workspace(self, workspace: UUID) -> AsyncIterator[Transaction]:
        """A transaction that sees and changes one workspace only."""
        async with self._transaction("duologue_member", workspace) as tx:
            yield tx

    @asynccontextmanager
    async def hall(self) -> AsyncIterator[Transaction]:
        """A transaction that sees ids and states of all workspaces, and no content."""
        async with self._transaction("duologue_hall", None) as tx:
            yield tx

    @asynccontextmanager
    async def door(self) -> AsyncIterator[Transaction]:
        """It can only write arrivals down. Each statement is a transaction of its own, durable when it returns."""
        connection = await self._living()
        async with self._ended(connection, self._door_pool):
            yield Transaction(connection, None)

    async def alone(self) -> Connection:
        """A connection outside the pool, for listening; the caller closes it. Raises `Away`."""
        try:
            return await AsyncConnection.connect(self.url, autocommit=True, options=_OPTIONS, connect_timeout=5)
        except OperationalError as error:
            raise Away(str(error)) from error

    @asynccontextmanager
    async def _transaction(self, role: LiteralString, workspace: UUID | None) -> AsyncIterator[Transaction]:
        connection = await self._begun(role, workspace)
        tx = Transaction(connection, workspace)
        async with self._ended(connection, self._pool):
            yield tx
            if (await connection.execute("COMMIT")).statusmessage != "COMMIT":
                # an error was swallowed on the way: PostgreSQL answers ROLLBACK, and that is no error of its own
                raise psycopg.errors.InFailedSqlTransaction("the transaction was broken and has been rolled back")
        tx.committed()

    @asynccontextmanager
    async def _ended(self, connection: Connection, pool: Pool) -> AsyncIterator[None]:
        """Rolls back what failed, says `Away` where the connection is lost, and gives it back to the pool."""
        try:
            try:
                yield
            except BaseException:
                if not connection.broken:
                    await _undo(connection)
                raise
        except (OperationalError, psycopg.InterfaceError) as error:
            if connection.broken or connection.closed:
                raise Away(str(error)) from error
            raise
        finally:
            await pool.putconn(connection)

    async def _begun(self, role: LiteralString, workspace: UUID | None) -> Connection:
        """A connection inside a transaction. Connections that died while idle are passed over: nothing was done yet."""
        for _ in range(self._pool.max_size + 1):
            connection = await self._taken(self._pool)
            try:
                await connection.execute(b"BEGIN;" + _become(role, workspace))
                return connection
            except (OperationalError, psycopg.InterfaceError):
                await self._pool.putconn(connection)
            except BaseException:
                await connection.close()
                await self._pool.putconn(connection)
                raise
        raise Away("the database closes every connection")

    async def _living(self) -> Connection:
        """Of the door's, one at whose other end nobody has hung up, as far as can be told without asking."""
        for _ in range(self._door_pool.max_size + 1):
            connection = await self._taken(self._door_pool)
            if not _hung_up(connection):
                return connection
            await connection.close()
            await self._door_pool.putconn(connection)
        raise Away("the database closes every connection")

    async def _taken(self, pool: Pool) -> Connection:
        """From the pool. Shortly after the database was found away, everybody is told so at once and does not wait."""
        if monotonic() < self._away_until:
            raise Away("the database cannot be reached")
        try:
            return await pool.getconn()
        except (PoolTimeout, OperationalError) as error:
            self._away_until = monotonic() + 0.3
            raise Away("the database cannot be reached") from error


def _pool(url: str, options: str, *, least: int, most: int) -> Pool:
    return AsyncConnectionPool(
        url, min_size=least, max_size=most, open=False, timeout=2, reconnect_timeout=2,
        kwargs={"autocommit": True, "options": options, "connect_timeout": 5, "prepare_threshold": 3},
        configure=_taught,
    )  # fmt: skip


async def _taught(connection: Connection) -> None:
    arrays.teach(connection)


def _hung_up(connection: Connection) -> bool:
    """An idle connection has nothing to say: what can be read from it is its end."""
    ear = select.poll()
    ear.register(connection.fileno(), select.POLLIN)
    return bool(ear.poll(0))


async def _undo(connection: Connection) -> None:
    """Rolls back; a connection that cannot even do that is thrown away."""
    try:
        connection.cancel() if connection.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE else None
        await connection.execute("ROLLBACK")
    except psycopg.Error:
        await connection.close()


def _become(role: LiteralString, workspace: UUID | None) -> bytes:
    wall = str(workspace) if workspace else ""
    return f"SELECT set_config('role', '{role}', true), set_config('duologue.workspace', '{wall}', true)".encode()


@cache
def _maker(into: type[Any]) -> Callable[[dict[str, Any]], Any]:
    """Makes an `into` from a row; text becomes the enumeration that the field names."""
    enums = {name: found for name, hint in get_type_hints(into).items() if (found := _enum_in(hint))}
    if not enums:
        return lambda row: into(**row)

    def make(row: dict[str, Any]) -> Any:
        for name, enum in enums.items():
            if row.get(name) is not None:
                row[name] = enum(row[name])
        return into(**row)

    return make


def _enum_in(hint: Any) -> type[Enum] | None:
    for part in (hint, *get_args(hint)):
        if isinstance(part, type) and issubclass(part, Enum):
            return part
    return None
