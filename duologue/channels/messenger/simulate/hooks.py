"""Delivers events as the platform does: signed batches, tried again until they are taken, dropped after an hour."""

import asyncio
import json
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from msgspec import Struct

from duologue.channels.messenger.simulate.faults import Faults
from duologue.channels.messenger.simulate.world import OTHER_PAGE, PAGE, World
from duologue.channels.messenger.verify import sign
from duologue.kernel.egress import Blocked, Egress, NoAnswer

GIVES_UP = timedelta(hours=1)
_FIELDS = {
    "postback": "messaging_postbacks",
    "delivery": "message_deliveries",
    "read": "message_reads",
    "reaction": "message_reactions",
    "message_edit": "message_edits",
    "referral": "messaging_referrals",
    "optin": "messaging_optins",
    "pass_thread_control": "messaging_handovers",
    "take_thread_control": "messaging_handovers",
    "policy-enforcement": "messaging_policy_enforcement",
    "response_feedback": "response_feedback",
}
_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


class Event(Struct, frozen=True):
    """One item and the list of the entry that it belongs in: messaging, standby or changes."""

    item: dict[str, Any]
    place: str = "messaging"

    @property
    def field(self) -> str:
        """What one must subscribe to, to hear of it."""
        if self.place == "changes":
            return str(self.item["field"])
        if (self.item.get("message") or {}).get("is_echo"):
            return "message_echoes"
        return next((field for kind, field in _FIELDS.items() if kind in self.item), "messages")


class Attempt(Struct, frozen=True, kw_only=True):
    """One call of the hook, for assertions: what was sent and what came back (0: no answer)."""

    status: int
    body: bytes


class Hooks:
    """A queue of events and the one task that delivers them."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.attempts: list[Attempt] = []
        self.enabled = True  # False once an hour of failure has switched the subscription off
        self.url: str | None = None
        self._world, self._faults = world, faults
        self._waiting: deque[list[Event]] = deque()
        self._held: list[Event] | None = None
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
        challenge = self._world.number("challenge")
        asked = {
            "hub.mode": "subscribe",
            "hub.verify_token": self._world.verify_token,
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

    def put(self, *events: Event) -> None:
        """Queues; events before the hook is known, or not subscribed to, are lost, as they are on the platform."""
        events = tuple(event for event in events if self._wanted(event))
        if not events:
            return
        if self._held is not None:
            self._held.extend(events)
        elif self.url and self.enabled:
            self._waiting.append(list(events))
            self._idle.clear()
            self._wake.set()

    @contextmanager
    def together(self) -> Iterator[None]:
        """What happens within goes out in one batch."""
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            self.put(*held)

    async def deliver(self, *events: Event) -> None:
        """Delivers at once, ahead of what is queued."""
        events = tuple(event for event in events if self._wanted(event))
        if events and self.url and self.enabled:
            await self._deliver(list(events))

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

    async def _deliver(self, events: list[Event]) -> None:
        body = self._body(events)
        if self._faults.now("bad_signature"):
            await self._post(body, sign(self._world.app_secret + "x", body))
        if self._faults.now("truncated"):
            await self._post(body[: len(body) // 2], sign(self._world.app_secret, body))
        await self._insist(body)
        if self._faults.now("twice"):
            await self._insist(body)

    async def _insist(self, body: bytes) -> None:
        began, tries = self._world.now(), 0
        while await self._post(body, sign(self._world.app_secret, body)) != 200:
            if self._world.now() - began > GIVES_UP:
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

    def _wanted(self, event: Event) -> bool:
        fields = self._world.subscribed
        return fields is None or (event.field in fields and (event.place != "standby" or "standby" in fields))

    def _body(self, events: list[Event]) -> bytes:
        """Signed as it is sent: what is not ASCII goes escaped."""
        at = int(self._world.now().timestamp() * 1000)
        entries: list[dict[str, Any]] = []
        for event in events:
            if not entries or event.place not in entries[-1]:
                entries.append({"id": PAGE, "time": at, event.place: []})
            entries[-1][event.place].append(event.item)
        if self._faults.now("foreign_entry"):
            entries.insert(0, {**entries[0], "id": OTHER_PAGE})
        return json.dumps({"object": "page", "entry": entries}, separators=(",", ":")).encode()
