"""Calls out of the double: one for each message and each step, signed over the address as it is known outside.

Twilio repeats a call only where the address asks for it (`#rc=5`), within 15 seconds. An address without such a wish is
called for longer here, as scripts take the house down for longer than that; `patient` False is Twilio's own way.
"""

import asyncio
from collections import deque
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit
from xml.etree import ElementTree as Xml

from msgspec import Struct

from duologue.channels.shared.double.faults import Faults
from duologue.channels.sms.signature import Pairs, sign
from duologue.channels.sms.simulate.world import World
from duologue.kernel.egress import Blocked, Egress, NoAnswer

_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
_PATIENCE = 40


class Call(Struct, frozen=True, kw_only=True):
    """`url` is signed; the call itself goes to the host that the double was pointed at, as a proxy would lead it."""

    url: str
    pairs: Pairs


class Attempt(Struct, frozen=True, kw_only=True):
    """One call of the hook, for assertions: what was sent and what came back (0: no answer)."""

    url: str
    status: int
    body: bytes
    signature: str


class Hooks:
    """A queue of calls and the one task that makes them."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.attempts: list[Attempt] = []
        self.patient = True
        self.said: list[str] = []  # what the answers wanted to be sent: `<Message>` in them
        self._world, self._faults = world, faults
        self._waiting: deque[Call] = deque()
        self._wake, self._idle = asyncio.Event(), asyncio.Event()
        self._idle.set()
        self._egress: Egress | None = None
        self._host = ("http", "")
        self._task: asyncio.Task[None] | None = None

    async def point(self, url: str) -> None:
        """Messages are told there from now on, as the number's “A message comes in” would."""
        self._world.hook = self._world.service_hook = url
        parts = urlsplit(url)
        if self._egress:
            await self._egress.close()
        self._host = (parts.scheme, parts.netloc)
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

    def put(self, url: str, pairs: Pairs) -> None:
        """Queues a call; without an address nobody is told, as on the platform."""
        if url and self._egress:
            self._waiting.append(Call(url=url, pairs=pairs))
            self._idle.clear()
            self._wake.set()

    async def now(self, url: str, pairs: Pairs) -> None:
        """Calls at once, ahead of what is queued."""
        if url and self._egress:
            await self._deliver(Call(url=url, pairs=pairs))

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
            await self._deliver(self._waiting.popleft())

    async def _deliver(self, call: Call) -> None:
        if self._faults.now("malformed"):
            odd = Call(url=call.url, pairs=[("AccountSid", self._world.account), ("From", "?\x00"), ("NumMedia", "x")])
            await self._insist(odd)
        if self._faults.now("bad_signature"):
            await self._call(call, self._world.token + "x")
        await self._insist(call)
        if self._faults.now("twice"):
            await self._insist(call)

    async def _insist(self, call: Call) -> None:
        """Again, for as often as the address asks."""
        wish = parse_qs(urlsplit(call.url).fragment)
        tries = int(wish.get("rc", ["1"])[0]) if wish else _PATIENCE if self.patient else 0
        for number in range(tries + 1):
            if 200 <= await self._call(call, self._world.token) < 300:
                return
            await asyncio.sleep(_PAUSES[min(number, len(_PAUSES) - 1)] * self._faults.pace)

    async def _call(self, call: Call, secret: str) -> int:
        signed = urlunsplit(urlsplit(call.url)._replace(fragment=""))
        scheme, netloc = self._host
        to = urlunsplit(urlsplit(signed)._replace(scheme=scheme, netloc=netloc))
        signature = sign(secret, signed, call.pairs)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
        body, status = urlencode(call.pairs).encode(), 0
        if not self._egress:
            return status
        try:
            answer = await self._egress.request("POST", to, headers=headers, body=body, seconds=15)
            status = answer.status
            self._obey(answer.body if status == 200 else b"")
        except (NoAnswer, Blocked):
            status = 0
        self.attempts.append(Attempt(url=signed, status=status, body=body, signature=signature))
        return status

    def _obey(self, answer: bytes) -> None:
        """A `<Message>` in the answer would be sent to the person."""
        try:
            found = Xml.fromstring(answer) if answer else None  # noqa: S314 -- from the house that is tried
        except Xml.ParseError:
            return
        if found is not None:
            self.said += [one.text or "" for one in found.iter("Message")]
