"""One platform's double, an account connected to it, and a hook that verifies and reads as the house would.

Fixtures for the folder of a channel: its conftest takes them in, and adds what is its own. Which platform it is, the
folder says.
"""

import asyncio
import importlib
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from duologue.channels.contract import Account, Content, Event, Outgoing, Reply, Request
from duologue.channels.registry import channel
from duologue.kernel import ids
from duologue.kernel.clock import Clock, Turned, now
from duologue.kernel.egress import Egress

OUTSIDE = "https://dm.example.test"
_OF_CONTENT = set(Content.__struct_fields__) - set(Outgoing.__struct_fields__)


class House:
    """Stands where the mailroom would: what is genuine is read, `events` are what came of it."""

    def __init__(self, double: Any, clock: Clock = now) -> None:
        self.events: list[Event] = []
        self.replies: list[int] = []  # the status that each call was answered with, while somebody was there
        self.away: bool | int = False  # nobody is there; a number: for so many calls
        self.say_no: list[web.Response] = []  # what is answered first, instead of taking it
        self.base = self.url = ""
        self._calls, self._next = 0, asyncio.Condition()
        self._double, self._clock = double, clock
        app = web.Application(client_max_size=9_000_000)
        app.router.add_route("*", "/in/{account}", self._call)
        self._runner = web.AppRunner(app)

    async def open(self, account: UUID | None = None) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.url = f"{self.base}/in/{account or ids.new()}"

    async def close(self) -> None:
        await self._runner.cleanup()

    def of(self, kind: type) -> list[Any]:
        return [one for one in self.events if isinstance(one, kind)]

    async def called(self, times: int) -> None:
        """Returns when it has been told something so often, answered or not."""
        async with self._next:
            await self._next.wait_for(lambda: self._calls >= times)

    async def _call(self, request: web.Request) -> web.Response:
        async with self._next:
            self._calls += request.method == "POST"
            self._next.notify_all()
        if self.say_no:
            return self.say_no.pop(0)
        if self.away:
            self.away = True if self.away is True else self.away - 1
            return web.Response(status=503)
        asked = Request(
            method=request.method,
            path=request.path,
            query=request.query_string.encode(),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.read(),
            url=f"{OUTSIDE}{request.rel_url}",
            at=self._clock(),
        )
        reply = self._take(asked)
        self.replies.append(reply.status)
        return web.Response(status=reply.status, body=reply.body, content_type=reply.content_type)

    def _take(self, asked: Request) -> Reply:
        its, settings = channel(self._double.kind), self._double.settings()
        assert its.verify
        found = its.verify(settings, asked)
        if isinstance(found, Reply):
            return found
        for raw in found.raws:
            self.events += its.read(settings, raw)
        return found.reply


@pytest.fixture
def clock() -> Turned:
    return Turned()


@pytest.fixture
async def double(request: pytest.FixtureRequest, clock: Turned) -> AsyncIterator[Any]:
    """Of the platform in whose folder the test stands."""
    its = importlib.import_module(f"duologue.channels.{request.path.parent.name}.simulate")
    double = its.SIMULATOR(clock, seed=1)
    if faults := getattr(double, "faults", None):
        faults.pace = 0.01
    await double.start()
    yield double
    await double.close()


@pytest.fixture
async def house(double: Any, account: Account, clock: Turned) -> AsyncIterator[House]:
    house = House(double, clock)
    await house.open(account.id)
    await double.point(house.url)
    house.replies.clear()
    yield house
    await double.hooks.close()
    await house.close()


@pytest.fixture
async def account(double: Any, clock: Turned) -> AsyncIterator[Account]:
    async with Egress(allow=tuple(double.places())) as egress:
        yield Account(
            id=ids.new(),
            workspace=ids.new(),
            name="Lume",
            settings=double.settings(),
            egress=egress,
            clock=clock,
            public_url=OUTSIDE,
        )


@pytest.fixture
def answer(double: Any, clock: Turned) -> Callable[..., Outgoing]:
    """Makes an outgoing message to the first of the double's people: `answer("Hello", automated=True)`."""

    def make(text: str | None = "Hello", **more: Any) -> Outgoing:
        of_content = {name: more.pop(name) for name in _OF_CONTENT & set(more)}
        given: dict[str, Any] = {
            "id": ids.new(),
            "conversation": ids.new(),
            "address": double.people()[0].id,
            "content": Content(text=text, **of_content),
            "attempt": 1,
            "last_in_at": clock(),
            "queued_at": clock(),
        }
        return Outgoing(**(given | more))

    return make
