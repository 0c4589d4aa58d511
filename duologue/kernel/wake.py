"""Wakes those who wait for news: within this process at once, in others by one word for many commits.

A wake-up carries nothing but its topic and may be lost; whoever waits also looks by himself now and then.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable

from duologue.kernel import ids
from duologue.kernel.carrier import Carrier
from duologue.kernel.database import Away
from duologue.kernel.tasks import end

TOPICS = ("journal", "arrivals", "outbox", "channels", "team", "files")
PATIENCE, ALERT = 1.0, 0.25  # seconds after which one looks by himself; while others cannot be heard
_CALL = "!"  # begins a word that is a call, not a topic


class Wake:
    """`tell` from anywhere in the loop; `wait` for a topic. `call` says something once to whoever is there."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._me = ids.new().hex[20:]
        self._events: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._callbacks: dict[str, Callable[[str], None]] = {}
        self._untold: dict[str, None] = {}
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.patience = ALERT

    def open(self) -> None:
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._spread())]

    async def close(self) -> None:
        """Tells what is still to be told: a command has ended before the next round."""
        await end(self._tasks)
        await self._tell_others()
        await self._carrier.close()

    def tell(self, *topics: str) -> None:
        """There is news. Call it after the commit (`tx.after_commit`)."""
        self._ring(*topics)
        self._say(*topics)

    def call(self, name: str, word: str) -> None:
        """Hands `word` to whoever answers to `name`, here and in every process that hears it; nothing is kept."""
        self._answer(name, word)
        self._say(f"{_CALL}{self._me} {name} {word}")

    def answer(self, name: str, callback: Callable[[str], None]) -> None:
        """From now on `callback` gets what is called to `name`."""
        self._callbacks[name] = callback

    def bell(self, *topics: str) -> "Bell":
        """Something to wait on; rings for news from now on."""
        return Bell(self, topics)

    def _say(self, *words: str) -> None:
        self._untold.update(dict.fromkeys(words))
        self._news.set()

    def _ring(self, *topics: str) -> None:
        for topic in topics:
            for event in self._events[topic]:
                event.set()

    def _answer(self, name: str, word: str) -> None:
        if name in self._callbacks:
            self._callbacks[name](word)

    async def _spread(self) -> None:
        """Tells the other processes: once for all that came in the meantime, outside every transaction."""
        while True:
            await self._news.wait()
            await asyncio.sleep(0.004)
            self._news.clear()
            await self._tell_others()

    async def _tell_others(self) -> None:
        words, self._untold = list(self._untold), {}
        if words:
            with contextlib.suppress(Away):  # those who wait also look by themselves
                await self._carrier.spread(words)

    async def _listen(self) -> None:
        while True:
            try:
                async for word in self._carrier.hear():
                    self._heard(word)
            except Away:
                self.patience = ALERT
                await asyncio.sleep(0.25)

    def _heard(self, word: str) -> None:
        if word == "":
            self.patience = PATIENCE
            self._ring(*TOPICS)  # whatever was told before we listened
        elif word.startswith(_CALL):
            caller, _, call = word[1:].partition(" ")
            if caller != self._me:
                self._answer(*call.partition(" ")[::2])
        elif word in TOPICS:
            self._ring(word)


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

    async def wait(self, seconds: float) -> bool:
        """Whether there was news, at once when it comes; else after `seconds`. News since the last `wait` counts."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):  # wait_for of Python 3.11 may swallow a cancellation
                await self._event.wait()
        rung = self._event.is_set()
        self._event.clear()
        return rung
