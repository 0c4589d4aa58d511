"""Updates as the platform keeps them: delivered to a webhook, or given to who asks; dropped after a day.

Read from the official server: any 2xx is success; updates of one chat wait for each other, other chats do not; a
`Retry-After` up to an hour is honoured; pauses double up to two minutes; 410 switches the hook off for 23 hours.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from duologue.channels.shared.double.faults import Faults
from duologue.channels.telegram.simulate.world import World
from duologue.kernel.egress import Answer, Blocked, Egress, NoAnswer

LIFE, OFF = timedelta(hours=24), timedelta(hours=23)
_NOT_BY_DEFAULT = {"message_reaction", "message_reaction_count", "chat_member"}
_PAUSES = (0.05, 0.2, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 100.0)


class Waiting(Struct, kw_only=True):
    number: int
    chat: int
    body: dict[str, Any]
    since: datetime
    tries: int = 0


class Attempt(Struct, frozen=True, kw_only=True):
    """One call of the webhook, for assertions: what was sent and what came back (0: no answer)."""

    status: int
    body: bytes
    secret: str


class Hooks:
    """The queue, and the one task that delivers from it. `run` does what a webhook's answer asks for."""

    def __init__(self, world: World, faults: Faults, run: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        self.attempts: list[Attempt] = []
        self.url, self.secret, self.connections = "", "", 40
        self.allowed: list[str] | None = None
        self.last_error: tuple[datetime, str] | None = None
        self.waiting: list[Waiting] = []
        self.poller = 0  # who asks at present; an older question ends in a conflict
        self._asked = asyncio.Condition()
        self._world, self._faults, self._run = world, faults, run
        self._news, self._idle = asyncio.Event(), asyncio.Event()
        self._idle.set()
        self._egress: Egress | None = None
        self._task: asyncio.Task[None] | None = None
        self._later: dict[int, float] = {}  # chats that wait, until when by the loop's time
        self._off_until: datetime | None = None

    async def point(self, url: str, *, secret: str = "", allowed: list[str] | None = None) -> None:
        """Delivers there from now on; an empty address: to nobody."""
        self.url, self.secret, self.allowed = url, secret, allowed
        self._later.clear()
        self._off_until = None
        if self._egress:
            await self._egress.close()
            self._egress = None
        if url:
            parts = urlsplit(url)
            self._egress = Egress(allow=[f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"])
            self._task = self._task or asyncio.create_task(self._deliver_all())
        self._ring()

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        if self._egress:
            await self._egress.close()
            self._egress = None

    def put(self, chat: int, kind: str, about: Any) -> None:
        """Queues an update; kinds that were not asked for are not kept."""
        if self._faults.now("malformed"):
            self._add(chat, {"message": {"message_id": {}, "chat": ["?"]}})
        if kind in self.allowed if self.allowed else kind not in _NOT_BY_DEFAULT:
            self._add(chat, {kind: about})
        self._ring()

    def take(self, offset: int | None, limit: int) -> list[dict[str, Any]]:
        """What waits, in order; what comes before the offset is forgotten. Below zero it counts from the end."""
        self._drop_old()
        if offset is not None and offset < 0:
            self.waiting = self.waiting[offset:]
        elif offset:
            self.waiting = [one for one in self.waiting if one.number >= offset]
        told = [one.body for one in self.waiting[:limit]]
        return [one for body in told for one in ([body, body] if self._faults.now("twice") else [body])]

    async def news(self, seconds: float) -> None:
        """Returns when something has come, or after that time."""
        self._news.clear()
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            return

    async def ask(self) -> int:
        """A question was put: its number. The older one ends."""
        async with self._asked:
            self.poller += 1
            self._news.set()
            self._asked.notify_all()
            return self.poller

    async def asked_by(self, questions: int) -> None:
        """Returns when so many questions were put."""
        async with self._asked:
            await self._asked.wait_for(lambda: self.poller >= questions)

    async def settled(self) -> None:
        """Returns when everything queued has been taken."""
        await self._idle.wait()

    def _add(self, chat: int, body: dict[str, Any]) -> None:
        number = self._world.update
        self._world.update += 1
        told = {"update_id": number, **body}
        self.waiting.append(Waiting(number=number, chat=chat, body=told, since=self._world.now()))

    def _ring(self) -> None:
        if self.url and self.waiting:
            self._idle.clear()
        self._news.set()

    async def _deliver_all(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._drop_old()
            due = self._due(loop.time())
            if due is None:
                if not self.waiting or not self.url:
                    self._idle.set()
                until = min(self._later.values(), default=loop.time() + 3600)
                await self.news(max(0.005, until - loop.time()))
                continue
            await self._deliver(due, loop.time())

    def _due(self, now: float) -> Waiting | None:
        if not self.url or (self._off_until and self._world.now() < self._off_until):
            return None
        behind: set[int] = set()
        for one in self.waiting:
            if one.chat not in behind and self._later.get(one.chat, 0) <= now:
                return one
            behind.add(one.chat)
        return None

    async def _deliver(self, one: Waiting, now: float) -> None:
        body = json.dumps(one.body, separators=(",", ":")).encode()
        if self._faults.now("bad_signature"):
            await self._post(body, self.secret[::-1] or "x")
        answer = await self._post(body, self.secret)
        if answer is None or not 200 <= answer.status < 300:
            self._put_off(one, answer, now)
            return
        if self._faults.now("twice"):
            await self._post(body, self.secret)
        self._later.pop(one.chat, None)
        if one in self.waiting:
            self.waiting.remove(one)
        await self._obey(answer)

    async def _obey(self, answer: Answer) -> None:
        """An answer may itself be a call."""
        if answer.headers.get("content-type", "").startswith("application/json") and answer.body:
            asked = json.loads(answer.body)
            if isinstance(asked, dict) and asked.get("method"):
                await self._run(asked)

    def _put_off(self, one: Waiting, answer: Answer | None, now: float) -> None:
        words = f"Wrong response from the webhook: {answer.status}" if answer else "Connection refused"
        self.last_error = (self._world.now(), words)
        if answer is not None and answer.status == 410:
            self._off_until = self._world.now() + OFF
        asked = (answer.headers.get("retry-after", "") if answer else "") or ""
        pause = min(float(asked), 3600.0) if asked.isdigit() else _PAUSES[min(one.tries, len(_PAUSES) - 1)]
        one.tries += 1
        self._later[one.chat] = now + pause * self._faults.pace

    async def _post(self, body: bytes, secret: str) -> Answer | None:
        headers = {"Content-Type": "application/json"}
        headers |= {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
        answer = None
        if self._egress and self.url:
            try:
                answer = await self._egress.request("POST", self.url, headers=headers, body=body, seconds=55)
            except (NoAnswer, Blocked):
                answer = None
        self.attempts.append(Attempt(status=answer.status if answer else 0, body=body, secret=secret))
        return answer

    def _drop_old(self) -> None:
        self.waiting = [one for one in self.waiting if self._world.now() - one.since < LIFE]
