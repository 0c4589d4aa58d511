"""Delivers events as these platforms do: signed batches, tried again until they are taken, dropped after a time."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar
from urllib.parse import urlencode, urlsplit

from msgspec import Struct

from duologue.channels.meta.door import sign
from duologue.channels.shared.double.faults import Faults
from duologue.kernel.egress import Blocked, Egress, NoAnswer

_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


E = TypeVar("E")


class Teller(Protocol[E]):
    """A platform as its hooks see it: its time, its keys, and how it words what happens."""

    @property
    def app_secret(self) -> str: ...

    @property
    def verify_token(self) -> str: ...

    def now(self) -> datetime: ...

    def challenge(self) -> str:
        """Something that a hook can only know from the question."""
        ...

    def wanted(self, event: E) -> bool:
        """Whether the app has subscribed to events of this kind."""
        ...

    def body(self, events: list[E]) -> bytes:
        """One batch, as it is sent and signed: what is not ASCII goes escaped."""
        ...


class Attempt(Struct, frozen=True, kw_only=True):
    """One call of the hook, for assertions: what was sent and what came back (0: no answer)."""

    status: int
    body: bytes


class Hooks(Generic[E]):
    """A queue of events and the one task that delivers them. `gives_up`: how long a failing hook is tried."""

    def __init__(
        self, teller: Teller[E], faults: Faults, *, gives_up: timedelta = timedelta(hours=1), most: int = 1000
    ) -> None:
        self.attempts: list[Attempt] = []
        self.enabled = True  # False once a long failure has switched the subscription off
        self.url: str | None = None
        self._teller, self._faults, self._gives_up, self._most = teller, faults, gives_up, most
        self._waiting: deque[list[E]] = deque()
        self._held: list[E] | None = None
        self._wake, self._idle = asyncio.Event(), asyncio.Event()
        self._idle.set()
        self._egress: Egress | None = None
        self._task: asyncio.Task[None] | None = None

    async def point(self, url: str) -> None:
        """Shakes hands with the hook and delivers there from now on. `ValueError` where the hook does not know how."""
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if self._egress:
            await self._egress.close()
        self._egress = Egress(allow=[f"{parts.hostname}:{port}"])
        challenge = self._teller.challenge()
        asked = {
            "hub.mode": "subscribe",
            "hub.verify_token": self._teller.verify_token,
            "hub.challenge": challenge,
        }
        answer = await self._egress.request("GET", f"{url}?{urlencode(asked)}")
        if answer.status != 200 or answer.body != challenge.encode():
            raise ValueError(f"the hook did not give the challenge back: {answer.status}")
        self.url, self.enabled = url, True
        self._task = self._task or asyncio.create_task(self._run())
        self._wake.set()

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        if self._egress:
            await self._egress.close()

    def put(self, *events: E) -> None:
        """Queues; events before the hook is known, or not subscribed to, are lost, as they are on the platform."""
        wanted = [event for event in events if self._teller.wanted(event)]
        if not wanted:
            return
        if self._held is not None:
            self._held.extend(wanted)
        elif self.url and self.enabled:
            self._waiting.extend(wanted[start : start + self._most] for start in range(0, len(wanted), self._most))
            self._idle.clear()
            self._wake.set()

    @contextmanager
    def together(self) -> Iterator[None]:
        """What happens within goes out in one batch, or in as few as the platform's largest allow."""
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            self.put(*held)

    async def deliver(self, *events: E) -> None:
        """Delivers at once, ahead of what is queued."""
        wanted = [event for event in events if self._teller.wanted(event)]
        if wanted and self.url and self.enabled:
            await self._deliver(wanted)

    async def settled(self) -> None:
        """Returns when everything queued has been taken, or given up."""
        await self._idle.wait()

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
            if self._waiting:
                await self._deliver(self._waiting.popleft())

    async def _deliver(self, events: list[E]) -> None:
        body = self._teller.body(events)
        if self._faults.now("bad_signature"):
            await self._post(body, sign(self._teller.app_secret + "x", body))
        if self._faults.now("truncated"):
            await self._post(body[: len(body) // 2], sign(self._teller.app_secret, body))
        await self._insist(body)
        if self._faults.now("twice"):
            await self._insist(body)

    async def _insist(self, body: bytes) -> None:
        began, tries = self._teller.now(), 0
        while await self._post(body, sign(self._teller.app_secret, body)) != 200:
            if self._teller.now() - began > self._gives_up:
                self.enabled = False
                self._waiting.clear()
                return
            await asyncio.sleep(_PAUSES[min(tries, len(_PAUSES) - 1)] * self._faults.pace)
            tries += 1

    async def _post(self, body: bytes, signature: str) -> int:
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature}
        if not self._egress or not self.url:
            return 0
        try:
            status = (await self._egress.request("POST", self.url, headers=headers, body=body, seconds=5)).status
        except (NoAnswer, Blocked):
            status = 0
        self.attempts.append(Attempt(status=status, body=body))
        return status
