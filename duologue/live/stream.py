"""`/live?from=position`: the event stream of one browser. A raw ASGI application: there may be thousands.

It begins with what came after `from` (or `Last-Event-ID`), so nothing is lost between page and stream or over a break.
All sessions are looked up again together at every beat and whenever the team changes: one that has ended is heard of no
more.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from time import monotonic
from typing import Any
from urllib.parse import parse_qs

from duologue.kernel.database import Away
from duologue.kernel.house import House
from duologue.kernel.journal import Position
from duologue.kernel.tasks import end
from duologue.live.hub import ASKING, Event, Hub, Look, News
from duologue.live.wire import Send, Wire
from duologue.web.sessions import digest_in, holding, viewer_of

BEAT, LOOKS = 15.0, 15  # seconds without a word until a beat; how often in that time it is looked whose turn it is
TOGETHER = 500  # sessions that are looked up at once

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Stream:
    def __init__(self, house: House, hub: Hub) -> None:
        self._house = house
        self._hub = hub
        self._asking = asyncio.Semaphore(ASKING)
        self._open: dict[Wire, tuple[bytes, str]] = {}  # with the session's token, hashed, and the role it had
        self._keeper: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with self._asking:
                viewer = await viewer_of(self._house, scope)
        except Away:
            await _plain(send, 503)
            return
        await _start(send)
        position = _position(scope)
        if viewer is None or position is None or self._hub.closed:
            frame = Event(name="reload", data="signed out").frame
            await send({"type": "http.response.body", "body": frame, "more_body": False})
            return
        wire = Wire(send, viewer.workspace_id, Look(viewer.locale, viewer.zone), position)
        self._open[wire] = digest_in(scope, self._house.settings) or b"", viewer.role
        del scope, viewer, send  # an open stream costs what is held while it is open
        await self._show(wire, receive, position)

    async def _show(self, wire: Wire, receive: Receive, position: Position) -> None:
        """Until either side has had enough."""
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep())
        try:
            with self._hub.watch(wire):
                try:
                    wire.open(await self._hub.since(wire.workspace, position, wire.look))
                except Away:
                    wire.open(News(()))
                    wire.end()  # it comes back, and asks again
                while (await receive())["type"] != "http.disconnect":
                    pass
        finally:
            del self._open[wire]
            await wire.close()
            if not self._open and self._keeper:
                keeper, self._keeper = self._keeper, None
                await end([keeper])

    async def _keep(self) -> None:
        """Signs of life where nothing else was said, and the end for those whose session has ended or changed."""
        with self._house.wake.bell("team") as bell:
            while True:
                rung = await bell.wait(BEAT / LOOKS)
                now, open_ = monotonic(), list(self._open)
                for wire in open_:
                    if now - wire.heard_at >= BEAT:
                        wire.beat(self._hub.position)
                due = [wire for wire in open_ if rung or now - wire.checked_at >= BEAT]
                for first in range(0, len(due), TOGETHER):
                    await self._check(due[first : first + TOGETHER])

    async def _check(self, wires: Sequence[Wire]) -> None:
        asked = {wire: self._open[wire] for wire in wires if wire in self._open}
        try:
            holding_now = await holding(self._house, [digest for digest, _ in asked.values()])
        except Away:
            return  # until it can be asked
        for wire, (digest, role) in asked.items():
            wire.checked_at = monotonic()
            seen = holding_now.get(digest)
            if seen is None or seen.role != role or seen.workspace_id != wire.workspace:
                wire.leave("signed out")


def _position(scope: Scope) -> Position | None:
    """Where the reader is: what it heard last, else where its page was drawn."""
    heard = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"last-event-id"), "")
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("from", [""])[0]
    try:
        return Position.parse(heard or asked)
    except ValueError:
        return None


async def _start(send: Send) -> None:
    headers = [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"retry: 1000\n\n", "more_body": True})


async def _plain(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"retry-after", b"2")]})
    await send({"type": "http.response.body", "body": b""})
