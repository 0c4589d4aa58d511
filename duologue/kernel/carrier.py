"""What carries wake-ups from one process to the others: PostgreSQL's NOTIFY, or NATS where `nats_url` is set.

A carrier may lose words and may be away; nothing depends on it but how soon others look.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

import psycopg
import structlog

from duologue.kernel.database import Away, Database

log = structlog.get_logger()
_CHANNEL = "duologue"
_LONGEST = 7000  # bytes; a NOTIFY takes 8,000
SECONDS = 2  # to connect


class Carrier(Protocol):
    async def spread(self, words: Sequence[str]) -> None:
        """Says each to every process that hears. Raises `Away`."""
        ...

    def hear(self) -> AsyncIterator[str]:
        """What others say, from now on; "" first, when it has begun to listen. Raises `Away` where that ends."""
        ...

    async def close(self) -> None: ...


class Notify:
    """PostgreSQL's own, on a connection of its own. NOTIFY stands outside every transaction that writes."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def spread(self, words: Sequence[str]) -> None:
        try:
            async with self._db.glance() as tx:
                await tx.run(
                    "SELECT pg_notify(%(channel)s, word) FROM unnest(%(words)s::text[]) AS word",
                    {"channel": _CHANNEL, "words": list(words)},
                )
        except psycopg.Error as error:
            raise Away("nothing can be told") from error

    async def hear(self) -> AsyncIterator[str]:
        try:
            connection = await self._db.alone()
            try:
                await connection.execute(f"LISTEN {_CHANNEL}".encode())
                yield ""
                async for notice in connection.notifies():
                    yield notice.payload
            finally:
                await connection.close()
        except psycopg.Error as error:
            raise Away("nothing can be heard") from error

    async def close(self) -> None:
        """Each use has closed what it opened."""


class Nats:
    """A NATS server, for many processes on many machines. Never the record: it may lose all it was told."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: Any = None
        self._said_away = False

    async def spread(self, words: Sequence[str]) -> None:
        client = self._client
        if client is None or not client.is_connected:
            raise Away("NATS is away")
        try:
            for word in words:
                await client.publish(_CHANNEL, word.encode())
        except _trouble() as error:
            raise Away("NATS is away") from error

    async def hear(self) -> AsyncIterator[str]:
        heard: asyncio.Queue[str | None] = asyncio.Queue(10_000)

        async def put(message: Any) -> None:
            with contextlib.suppress(asyncio.QueueFull, UnicodeDecodeError):  # then they look by themselves
                heard.put_nowait(message.data[:_LONGEST].decode())

        async def ended(*_: object) -> None:
            with contextlib.suppress(asyncio.QueueFull):
                heard.put_nowait(None)

        client = await self._connect(ended)
        try:
            await client.subscribe(_CHANNEL, cb=put)
            await client.flush(SECONDS)
            self._client = client
            yield ""
            while (word := await heard.get()) is not None:
                yield word
        except _trouble() as error:
            raise Away("NATS is away") from error
        finally:
            self._client = None
            await _closed(client)
        raise Away("NATS is away")

    async def close(self) -> None:
        if self._client is not None:
            await _closed(self._client)

    async def _connect(self, ended: Any) -> Any:
        try:
            client = await connect(self._url, closed_cb=ended, disconnected_cb=ended)
        except Away:
            if not self._said_away:
                log.warning("wake.away", place=place(self._url))
            self._said_away = True
            raise
        if self._said_away:
            log.info("wake.back", place=place(self._url))
        self._said_away = False
        return client


async def connect(url: str, **callbacks: Any) -> Any:
    """A client of the NATS server; it does not come back by itself. Raises `Away`."""
    import nats  # here: whoever uses none need not load it, and every command is done sooner

    try:
        return await nats.connect(
            url, connect_timeout=SECONDS, allow_reconnect=False, max_reconnect_attempts=0, error_cb=_quiet, **callbacks
        )
    except (*_trouble(), ValueError) as error:
        raise Away("NATS is away") from error


def _trouble() -> tuple[type[Exception], ...]:
    """What comes of a NATS server that is away."""
    from nats.errors import Error

    return Error, OSError, TimeoutError


async def _quiet(error: Exception) -> None:
    """What goes wrong is raised where it matters; the client would print it with the address and its password."""


def place(url: str) -> str:
    """Host and port; no user and no password."""
    parts = urlsplit(url if "://" in url else f"nats://{url}")
    return f"{parts.hostname}:{parts.port or 4222}"


async def _closed(client: Any) -> None:
    with contextlib.suppress(*_trouble()):
        async with asyncio.timeout(SECONDS):
            await client.close()
