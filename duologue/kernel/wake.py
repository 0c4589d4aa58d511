"""Wakes those who wait for news: within this process at once, in others by one NOTIFY for many commits.

A wake-up carries nothing but its topic and may be lost; whoever waits also looks by himself now and then.
"""

import asyncio
import contextlib
from collections import defaultdict

import psycopg

from duologue.kernel.database import Away, Database
from duologue.kernel.tasks import end

_CHANNEL = "duologue"
TOPICS = ("journal", "arrivals", "outbox", "channels", "team", "files")


class Wake:
    """`tell` from anywhere in the loop; `wait` for a topic."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._events: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._untold: set[str] = set()
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def open(self) -> None:
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._spread())]

    async def close(self) -> None:
        await end(self._tasks)

    def tell(self, *topics: str) -> None:
        """There is news. Call it after the commit (`tx.after_commit`)."""
        self._ring(*topics)
        self._untold.update(topics)
        self._news.set()

    def bell(self, *topics: str) -> "Bell":
        """Something to wait on; rings for news from now on."""
        return Bell(self, topics)

    def _ring(self, *topics: str) -> None:
        for topic in topics:
            for event in self._events[topic]:
                event.set()

    async def _spread(self) -> None:
        """Tells the other processes: one statement for all that came in the meantime, outside every transaction."""
        while True:
            await self._news.wait()
            await asyncio.sleep(0.004)
            self._news.clear()
            topics, self._untold = self._untold, set()
            with contextlib.suppress(Away, psycopg.Error):  # those who wait also look by themselves
                async with self._db.hall() as tx:
                    for topic in sorted(topics):
                        await tx.run("SELECT pg_notify(%(channel)s, %(topic)s)", {"channel": _CHANNEL, "topic": topic})

    async def _listen(self) -> None:
        while True:
            try:
                connection = await self._db.alone()
                try:
                    await connection.execute(f"LISTEN {_CHANNEL}".encode())
                    self._ring(*TOPICS)  # whatever was told before we listened
                    async for notice in connection.notifies():
                        self._ring(notice.payload)
                finally:
                    await connection.close()
            except (Away, psycopg.Error):
                await asyncio.sleep(0.25)


class Bell:
    """One waiter. Use as a context manager."""

    def __init__(self, wake: Wake, topics: tuple[str, ...]) -> None:
        self._wake = wake
        self._topics = topics
        self._event = asyncio.Event()

    def __enter__(self) -> "Bell":
        for topic in self._topics:
            self._wake._events[topic].add(self._event)
        return self

    def __exit__(self, *_: object) -> None:
        for topic in self._topics:
            self._wake._events[topic].discard(self._event)

    async def wait(self, seconds: float) -> None:
        """Returns at the next news, or after `seconds` without any. News since the last `wait` returns at once."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):  # wait_for of Python 3.11 may swallow a cancellation
                await self._event.wait()
        self._event.clear()
