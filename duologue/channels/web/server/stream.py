"""The live side: lines as they come or change, and typing, as server-sent events.

`id:` is the `seq` of the newest line sent so far; a browser that comes back with it in `Last-Event-ID` misses nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

import msgspec

from duologue.channels.contract import Line, Typing
from duologue.channels.web.server.call import Headers
from duologue.channels.web.server.lines import shown
from duologue.channels.web.server.talk import MOST_LINES
from duologue.channels.web.server.visit import Visit, admit
from duologue.errors import NotSignedIn

BEAT = 15.0  # seconds; proxies commonly cut a silent connection after 30 or 60

_HEADERS = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
}


async def follow(visit: Visit, beat: float, allowed: Headers) -> None:
    """Answers with a stream that ends with the token, the account, or the browser's patience."""
    visit.take("stream")
    after = _last_seen(visit)
    who = f"{visit.account.id} {visit.visitor.address}"
    visit.limits.enter(who)
    try:
        async with visit.lobby.follow(visit.account, visit.visitor.address) as news:
            stream = _Stream(visit, after or 0)
            await visit.call.start(200, {**_HEADERS, **allowed})
            await visit.call.write(b"retry: 2000\n\n", last=False)
            if after is not None:
                await _catch_up(stream, visit, after)
            await _until_the_end(stream, news, beat)
            await visit.call.write(b"", last=True)
    finally:
        visit.limits.leave(who)


async def _catch_up(stream: "_Stream", visit: Visit, after: int) -> None:
    for line in await visit.lobby.lines(visit.account, visit.visitor.address, after=after, most=MOST_LINES):
        await stream.tell(line)


class _Stream:
    def __init__(self, visit: Visit, after: int) -> None:
        self._visit = visit
        self._newest = after
        self._asked_at = visit.now()

    async def tell(self, news: Line | Typing) -> None:
        if isinstance(news, Typing):
            await self._event("typing", {"author": news.author})
            return
        # A line that only changed keeps its old number; the position a browser comes back with never goes back.
        position = f"id: {news.seq}\n" if news.seq > self._newest else ""
        self._newest = max(self._newest, news.seq)
        await self._event("line", shown(news), position)

    async def gone(self) -> None:
        await self._visit.call.gone()

    async def beat(self) -> None:
        await self._visit.call.write(b": still here\n\n", last=False)

    async def may_go_on(self, beat: float) -> bool:
        """Until the token ends; and the account is asked again once a beat, so that switching it off is felt."""
        now = self._visit.now()
        if now.timestamp() >= self._visit.session[1]:
            return False
        if now - self._asked_at < timedelta(seconds=beat):
            return True
        self._asked_at = now
        return await self._is_still_welcome()

    async def _is_still_welcome(self) -> bool:
        account = await self._visit.lobby.account(self._visit.account.id)
        if account is None or account.settings.session_key != self._visit.settings.session_key:
            return False
        try:
            admit(account.settings, self._visit.visitor)
        except NotSignedIn:
            return False
        return True

    async def _event(self, name: str, data: object, position: str = "") -> None:
        text = f"{position}event: {name}\ndata: ".encode()
        await self._visit.call.write(text + msgspec.json.encode(data) + b"\n\n", last=False)


async def _until_the_end(stream: _Stream, news: AsyncIterator[Line | Typing], beat: float) -> None:
    leaving = asyncio.ensure_future(stream.gone())
    coming = asyncio.ensure_future(_next(news))
    try:
        while await stream.may_go_on(beat):
            done, _ = await asyncio.wait({leaving, coming}, timeout=beat, return_when=asyncio.FIRST_COMPLETED)
            if leaving in done:
                return
            if coming in done:
                item = coming.result()
                if item is None:
                    return
                if not await stream.may_go_on(beat):
                    return
                await stream.tell(item)
                coming = asyncio.ensure_future(_next(news))
            else:
                await stream.beat()
    finally:
        for task in (leaving, coming):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _next(news: AsyncIterator[Line | Typing]) -> Line | Typing | None:
    return await anext(news, None)


def _last_seen(visit: Visit) -> int | None:
    """The browser's own position; one that makes no sense counts as none."""
    told = visit.call.headers.get("last-event-id", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) <= 10 else None
