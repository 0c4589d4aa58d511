"""PostgreSQL, in transactions that each belong to somebody.

A transaction is opened as one of three roles and stays it to its end (`SET LOCAL`), so that row-level security holds
even where a WHERE was forgotten:

- `workspace(id)`: everything of one workspace, nothing of any other;
- `hall()`: ids, states, lanes and times of all workspaces, no sealed column; for claiming work and recognising keys;
- `door()`: may write arrivals down, and read nothing; on connections of its own, which never are anything else.
"""

import logging
import select
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from enum import Enum
from functools import cache
from time import monotonic
from typing import Any, Generic, LiteralString, TypeVar, get_args, get_type_hints
from uuid import UUID

import msgspec
import psycopg
from msgspec import Struct
from psycopg import AsyncConnection, AsyncCursor, OperationalError
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


class Query(Struct, Generic[Row], frozen=True):
    """Something to ask: into what each row goes, the statement, and its parameters."""

    into: type[Row]
    query: LiteralString
    params: Params


class Transaction:
    """An open transaction. Queries are literals with named parameters: `%(name)s`.

    A round trip costs more than most statements, so it is saved where it can be: the transaction begins with its first
    statement, `later` sends what needs no answer along with whatever comes next, `all` asks several things at once.
    """

    def __init__(
        self, connection: Connection, workspace: UUID | None, *, opening: Sequence[tuple[Any, Params | None]] = ()
    ) -> None:
        self._connection = connection
        self.workspace = workspace
        self._unsent: list[tuple[Any, Params | None]] = list(opening)
        self._opening = len(opening)
        self._then: list[Callable[[], None]] = []
        self._ended = False

    async def rows(self, into: type[Row], query: LiteralString, params: Params | None = None) -> list[Row]:
        """Every row as an `into` (a Struct by column names, or the first column's type)."""
        (cursor,) = await self._send((query, params))
        return await _made(into, cursor)

    async def ask(self, asked: Query[Row]) -> list[Row]:
        """The rows of it."""
        return await self.rows(asked.into, asked.query, asked.params)

    async def all(self, *asked: Query[Any]) -> list[list[Any]]:
        """The rows of each, in one round trip."""
        cursors = await self._send(*((one.query, one.params) for one in asked))
        return [await _made(one.into, cursor) for one, cursor in zip(asked, cursors, strict=True)]

    async def lastly(self, *asked: Query[Any]) -> list[list[Any]]:
        """The rows of each and the commit, in one round trip; nothing can be asked afterwards."""
        *cursors, ended = await self._send(*((one.query, one.params) for one in asked), _COMMIT)
        self._ended = _committed(ended)
        return [await _made(one.into, cursor) for one, cursor in zip(asked, cursors, strict=True)]

    async def row(self, into: type[Row], query: LiteralString, params: Params | None = None) -> Row | None:
        """The first row, or None."""
        found = await self.rows(into, query, params)
        return found[0] if found else None

    async def run(self, query: LiteralString, params: Params | None = None) -> int:
        """Executes; the number of rows touched."""
        (cursor,) = await self._send((query, params))
        return cursor.rowcount

    def later(self, query: LiteralString, params: Params | None = None) -> None:
        """Executes before whatever is asked next, at the latest with the commit; where it fails, that fails."""
        self._unsent.append((query, params))

    def enter(self, workspace: UUID) -> None:
        """Goes on as one workspace, from a hall transaction; there is no way back."""
        self._unsent.append(_become("duologue_member", workspace))
        self.workspace = workspace

    def after_commit(self, call: Callable[[], None]) -> None:
        """Calls `call` once the transaction is durable; never if it is not."""
        self._then.append(call)

    async def commit(self) -> None:
        """What is done is durable when it returns, and those who wait for it are told."""
        begun = not self._unsent or self._unsent[0] is not _BEGIN or len(self._unsent) > self._opening
        if begun and not self._ended:  # else nothing was asked for
            (cursor,) = await self._send(_COMMIT)
            _committed(cursor)
        for call in self._then:
            call()

    async def _send(self, *asked: tuple[Any, Params | None]) -> list[AsyncCursor[Any]]:
        """What waits to be sent, and these; the cursors of these, with their results."""
        if self._ended:
            raise RuntimeError("the transaction has ended")
        if not self._unsent and len(asked) == 1:
            return [await self._connection.execute(*asked[0], binary=True)]
        unsent, self._unsent = self._unsent, []
        async with self._connection.pipeline():
            for query, params in unsent:
                await self._connection.execute(query, params)
            return [await self._connection.execute(query, params, binary=True) for query, params in asked]


class Database:
    """A pool of connections to one database."""

    def __init__(self, url: str, *, most: int = 12) -> None:
        self.url = url
        self._pool = _pool(url, _OPTIONS, least=1, most=most)
        self._door_pool = _pool(url, f"{_OPTIONS} -c role=duologue_door", least=0, most=2)
        # what is said to other processes may be lost: it needs no flush of the disk, for which all others would wait
        unhurried = "-c default_transaction_read_only=on -c synchronous_commit=off"
        glancing = f"{_OPTIONS} -c role=duologue_hall {unhurried}"
        self._glance_pool = _pool(url, glancing, least=0, most=4)
        self._away_until = 0.0

    async def open(self) -> None:
        await self._pool.open(wait=False)
        await self._door_pool.open(wait=False)
        await self._glance_pool.open(wait=False)

    async def close(self) -> None:
        await self._glance_pool.close(timeout=3)
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
    async def glance(self) -> AsyncIterator[Transaction]:
        """Sees what a hall transaction sees, each statement for itself; for one look, often."""
        async with self._alone(self._glance_pool) as tx:
            yield tx

    @asynccontextmanager
    async def door(self) -> AsyncIterator[Transaction]:
        """It can only write arrivals down. Each statement is a transaction of its own, durable when it returns."""
        async with self._alone(self._door_pool) as tx:
            yield tx

    async def alone(self) -> Connection:
        """A connection outside the pool, for listening; the caller closes it. Raises `Away`."""
        try:
            return await AsyncConnection.connect(self.url, autocommit=True, options=_OPTIONS, connect_timeout=5)
        except OperationalError as error:
            raise Away(str(error)) from error

    @asynccontextmanager
    async def _alone(self, pool: Pool) -> AsyncIterator[Transaction]:
        connection = await self._living(pool)
        async with self._ended(connection, pool):
            yield Transaction(connection, None)

    @asynccontextmanager
    async def _transaction(self, role: LiteralString, workspace: UUID | None) -> AsyncIterator[Transaction]:
        connection = await self._living(self._pool)
        tx = Transaction(connection, workspace, opening=(_BEGIN, _become(role, workspace)))
        async with self._ended(connection, self._pool):
            yield tx
            await tx.commit()

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

    async def _living(self, pool: Pool) -> Connection:
        """One at whose other end nobody has hung up, as far as can be told without asking."""
        for _ in range(pool.max_size + 1):
            connection = await self._taken(pool)
            if not _hung_up(connection):
                return connection
            await connection.close()
            await pool.putconn(connection)
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


_BEGIN: tuple[bytes, None] = (b"BEGIN", None)
_COMMIT: tuple[bytes, None] = (b"COMMIT", None)


def _committed(cursor: AsyncCursor[Any]) -> bool:
    if cursor.statusmessage != "COMMIT":
        # an error was swallowed on the way: PostgreSQL answers ROLLBACK, and that is no error of its own
        raise psycopg.errors.InFailedSqlTransaction("the transaction was broken and has been rolled back")
    return True


def _become(role: LiteralString, workspace: UUID | None) -> tuple[LiteralString, Params]:
    query = "SELECT set_config('role', %(role)s, true), set_config('duologue.workspace', %(workspace)s, true)"
    return query, {"role": role, "workspace": str(workspace) if workspace else ""}


async def _made(into: type[Row], cursor: AsyncCursor[Any]) -> list[Row]:
    values = await cursor.fetchall()
    if not issubclass(into, msgspec.Struct):
        return [value[0] for value in values]
    result = cursor.pgresult
    names = tuple(result.fname(column) for column in range(result.nfields)) if result else ()
    return list(map(_maker(into, names), values))


@cache
def _maker(into: type[Any], names: tuple[bytes, ...]) -> Callable[[Sequence[Any]], Any]:
    """Makes an `into` from a row with these columns; text becomes the enumeration that the field names."""
    fields = [name.decode() for name in names]
    hints = get_type_hints(into)
    enums = [(place, enum) for place, name in enumerate(fields) if (enum := _enum_in(hints.get(name)))]

    def whole(row: Sequence[Any]) -> Any:
        return into(**dict(zip(fields, row, strict=True)))

    def with_enums(row: Sequence[Any]) -> Any:
        values = list(row)
        for place, enum in enums:
            if values[place] is not None:
                values[place] = enum(values[place])
        return whole(values)

    return with_enums if enums else whole


def _enum_in(hint: Any) -> type[Enum] | None:
    for part in (hint, *get_args(hint)):
        if isinstance(part, type) and issubclass(part, Enum):
            return part
    return None
