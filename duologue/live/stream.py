"""`/live?from=position`: the event stream of one browser. A raw ASGI application: there may be thousands.

It begins with what came after `from` (or `Last-Event-ID`), so nothing is lost between page and stream or over a break.
The viewer is looked up again at every beat and whenever the team changes: a session that has ended is heard of no more.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from time import monotonic
from typing import Any
from urllib.parse import parse_qs

from duologue.kernel.database import Away
from duologue.kernel.house import House
from duologue.kernel.journal import Position
from duologue.live.hub import Event, Hub, Look, Watcher
from duologue.web.sessions import Viewer, viewer_of

BEAT, BEATS = 15.0, "beat"  # seconds; the name of the event
ASKING = 6  # streams that ask the database at once: thousands that come back together leave it to others as well

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Stream:
    def __init__(self, house: House, hub: Hub) -> None:
        self._house = house
        self._hub = hub
        self._asking = asyncio.Semaphore(ASKING)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            viewer = await self._viewer(scope)
        except Away:
            await _plain(send, 503)
            return
        await _start(send)
        position = _position(scope)
        if viewer is None or position is None or self._hub.closed:
            await _write(send, Event(name="reload", data="signed out").frame, more=False)
            return
        watcher = Watcher(viewer.workspace_id, viewer.member_id, Look(viewer.locale, viewer.zone))
        gone = asyncio.create_task(_gone(receive))
        with self._hub.watch(watcher):
            checker = asyncio.create_task(self._check(scope, viewer, watcher))
            writer = asyncio.create_task(self._write(send, watcher, position))
            try:
                await asyncio.wait([gone, writer], return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (gone, checker, writer):
                    task.cancel()
                await asyncio.gather(gone, checker, writer, return_exceptions=True)

    async def _write(self, send: Send, watcher: Watcher, position: Position) -> None:
        async with self._asking:
            missed, whole = await self._hub.since(watcher.workspace, position, watcher.look)
        reached = position
        for event in missed if whole else [Event(name="reload", data="too long ago")]:
            await _write(send, event.frame)
            reached = max(reached, event.position or reached)
        while True:
            event = await self._next(watcher)
            if event is None:
                await _write(send, b"", more=False)
                return
            if event.position and event.name != BEATS and event.position <= reached:
                continue  # it was among what had been missed
            await _write(send, event.frame)
            reached = max(reached, event.position or reached)

    async def _viewer(self, scope: Scope) -> Viewer | None:
        async with self._asking:
            return await viewer_of(self._house, scope)

    async def _next(self, watcher: Watcher) -> Event | None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BEAT):  # wait_for of Python 3.11 may swallow a cancellation
                return await watcher.news.get()
        if not watcher.news.empty():  # it came in the very moment: a beat must not overtake what it counts as heard
            return watcher.news.get_nowait()
        return Event(name=BEATS, data="", position=self._hub.position)

    async def _check(self, scope: Scope, viewer: Viewer, watcher: Watcher) -> None:
        """Ends the stream as soon as the session has ended, or its member has another role."""
        checked = monotonic()
        with self._house.wake.bell("team") as bell:
            while True:
                await bell.wait(max(0.1, BEAT - (monotonic() - checked)))
                checked = monotonic()
                try:
                    now = await self._viewer(scope)
                except Away:
                    continue
                if now is None or now.role != viewer.role or now.workspace_id != viewer.workspace_id:
                    watcher.put(Event(name="reload", data="signed out"))
                    watcher.put(None)
                    return


def _position(scope: Scope) -> Position | None:
    """Where the reader is: what it heard last, else where its page was drawn."""
    heard = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"last-event-id"), "")
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("from", [""])[0]
    try:
        return Position.parse(heard or asked)
    except ValueError:
        return None


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _start(send: Send) -> None:
    headers = [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await _write(send, b"retry: 1000\n\n")


async def _write(send: Send, body: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def _plain(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"retry-after", b"2")]})
    await send({"type": "http.response.body", "body": b""})
