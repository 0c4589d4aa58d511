"""Delivers events as LINE does: signed calls with 2 seconds to answer, and, as the switch is on, redelivery."""

import asyncio
import json
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from duologue.channels.line.simulate.world import BOT, World
from duologue.channels.line.verify import sign
from duologue.channels.shared.double.faults import Faults
from duologue.kernel.egress import Answer, Blocked, Egress, NoAnswer

BUDGET = 2.0  # seconds
_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
_TRIES = 40

Event = dict[str, Any]


class Attempt(Struct, frozen=True, kw_only=True):
    """One call of the hook, for assertions: what was sent and what came back (0: no answer)."""

    status: int
    body: bytes


class Hooks:
    """A queue of calls and the one task that makes them."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.attempts: list[Attempt] = []
        self._world, self._faults = world, faults
        self._waiting: deque[list[Event]] = deque()
        self._held: list[Event] | None = None
        self._wake, self._idle = asyncio.Event(), asyncio.Event()
        self._idle.set()
        self._egress: Egress | None = None
        self._task: asyncio.Task[None] | None = None

    async def point(self, url: str) -> None:
        """Delivers there from now on, as the console's “Webhook URL” would."""
        self._world.endpoint = url
        parts = urlsplit(url)
        if self._egress:
            await self._egress.close()
        self._egress = Egress(allow=[f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"])
        self._task = self._task or asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        if self._egress:
            await self._egress.close()
            self._egress = None

    def put(self, *events: Event) -> None:
        """Queues; events before the hook is known are lost, as they are on the platform."""
        if self._held is not None:
            self._held.extend(events)
        elif events and self._egress and self._world.active:
            self._waiting.append(list(events))
            self._idle.clear()
            self._wake.set()

    @contextmanager
    def together(self) -> Iterator[None]:
        """What happens within goes out in one call."""
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            self.put(*held)

    async def settled(self) -> None:
        """Returns when everything queued has been taken, or given up."""
        await self._idle.wait()

    async def test(self) -> Answer | None:
        """The console's “Verify”: a signed call without events. None where nobody answers."""
        body = _body([])
        return await self._call(body, sign(self._world.secret, body))

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            if not self._waiting:
                self._wake.clear()
                self._idle.set()
                continue
            if self._faults.now("reorder"):
                await asyncio.sleep(0.1 * self._faults.pace)
                mixed = list(self._waiting)
                self._faults.dice("order").shuffle(mixed)
                self._waiting = deque(mixed)
            await self._deliver(self._waiting.popleft())

    async def _deliver(self, events: list[Event]) -> None:
        if self._faults.now("malformed"):
            events = [events[0], {"type": {}, "source": ["?"], "message": 7}, *events[1:]]
        if self._faults.now("bad_signature"):
            body = _body(events)
            await self._call(body, sign(self._world.secret + "x", body))
        await self._insist(events)
        if self._faults.now("twice"):
            await self._insist(_again(events))

    async def _insist(self, events: list[Event]) -> None:
        """The same events come again, marked as such, until they are taken."""
        for number in range(_TRIES):
            body = _body(events if number == 0 else _again(events))
            answer = await self._call(body, sign(self._world.secret, body))
            if answer and 200 <= answer.status < 300:
                return
            await asyncio.sleep(_PAUSES[min(number, len(_PAUSES) - 1)] * self._faults.pace)

    async def _call(self, body: bytes, signature: str) -> Answer | None:
        headers = {"Content-Type": "application/json; charset=utf-8", "X-Line-Signature": signature}
        if not self._egress:
            return None
        try:
            url = self._world.endpoint
            answer = await self._egress.request("POST", url, headers=headers, body=body, seconds=BUDGET)
        except (NoAnswer, Blocked):
            answer = None
        self.attempts.append(Attempt(status=answer.status if answer else 0, body=body))
        return answer


def _body(events: list[Event]) -> bytes:
    """Raw UTF-8, as LINE writes it."""
    return json.dumps({"destination": BOT, "events": events}, ensure_ascii=False, separators=(",", ":")).encode()


def _again(events: list[Event]) -> list[Event]:
    return [event | {"deliveryContext": {"isRedelivery": True}} for event in events]
