"""The way to one browser: written to at once where it keeps up; what it does not take waits for it, up to a limit."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from time import monotonic
from typing import Any
from uuid import UUID

from duologue.kernel.journal import Position
from duologue.kernel.tasks import begun, end
from duologue.live.hub import BEATS, BEHIND, Event, Look, News

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Wire:
    """A `Watcher`. Nothing goes out before `open`. `heard_at` and `checked_at` are moments of `monotonic`."""

    __slots__ = (
        "_open",
        "_over",
        "_reached",
        "_send",
        "_waiting",
        "_writing",
        "checked_at",
        "heard_at",
        "look",
        "workspace",
    )

    def __init__(self, send: Send, workspace: UUID, look: Look, position: Position) -> None:
        self.workspace = workspace
        self.look = look
        self.heard_at = self.checked_at = monotonic()
        self._send = send
        self._waiting: list[News | None] = []  # None: the end; as a rule there is nothing in it, thousands of times
        self._reached = position
        self._writing: asyncio.Task[None] | None = None
        self._open = self._over = False

    def open(self, missed: News) -> None:
        """It begins with what had been missed; of what was put meanwhile, what was not among that follows."""
        self._waiting.insert(0, missed)
        self._open = True
        self._go()

    def put(self, news: News) -> None:
        if self._over:
            return
        self._waiting.append(news)
        if len(self._waiting) > BEHIND:
            self._waiting.clear()
            self.leave("behind")
        else:
            self._go()

    def leave(self, why: str) -> None:
        """The browser is told to load the page anew, and hears no more."""
        self.put(News((Event(name="reload", data=why),)))
        self.end()

    def end(self) -> None:
        if not self._over:
            self._over = True
            self._waiting.append(None)
            self._go()

    def beat(self, position: Position) -> None:
        """A sign of life, and where a reader stands that has heard everything: so only where nothing waits."""
        if not self._busy:
            self.put(News((Event(name=BEATS, data="", position=max(position, self._reached)),)))

    async def close(self) -> None:
        """Nobody listens any more."""
        self._over = True
        self._waiting.clear()
        await end([self._writing] if self._writing else [])

    @property
    def _busy(self) -> bool:
        return not self._open or (self._writing is not None and not self._writing.done())

    def _go(self) -> None:
        if not self._busy:
            self._writing = begun(self._write())

    async def _write(self) -> None:
        with suppress(OSError):  # gone: the server says so as well
            while self._waiting:
                news = self._waiting.pop(0)
                body = news.after(self._reached) if news else b""
                if news and news.placed:
                    self._reached = max(self._reached, *news.placed)
                if body or news is None:
                    await self._send({"type": "http.response.body", "body": body, "more_body": news is not None})
        self.heard_at = monotonic()
