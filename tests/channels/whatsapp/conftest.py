"""A double of the platform, an account connected to it, and a hook that verifies and reads as the house would."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from aiohttp import web

from duologue.channels.contract import Account, Content, Event, Outgoing, Reply, Request
from duologue.channels.whatsapp import CHANNEL
from duologue.channels.whatsapp.simulate.double import Double
from duologue.kernel import ids
from duologue.kernel.clock import Turned
from duologue.kernel.egress import Egress

GRETA = "DE.20000000000000000001"
GRETA_PHONE = "4915112340001"
YUKI = "JP.20000000000000000003"


class House:
    """Stands where the mailroom would: what is genuine is read, `events` are what came of it."""

    def __init__(self, double: Double) -> None:
        self.events: list[Event] = []
        self.replies: list[int] = []
        self.away = False
        self._calls, self._call = 0, asyncio.Condition()
        self._double = double
        self._runner = web.AppRunner(self._app())
        self.url = ""

    async def open(self) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/in/whatsapp"

    async def close(self) -> None:
        await self._runner.cleanup()

    def of(self, kind: type) -> list[Event]:
        return [one for one in self.events if isinstance(one, kind)]

    async def called(self, times: int) -> None:
        """Returns when the hook has been called so often, answered or not."""
        async with self._call:
            await self._call.wait_for(lambda: self._calls >= times)

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=9_000_000)
        app.router.add_route("*", "/in/whatsapp", self._take)
        return app

    async def _take(self, request: web.Request) -> web.Response:
        async with self._call:
            self._calls += request.method == "POST"
            self._call.notify_all()
        if self.away:
            return web.Response(status=503)
        asked = Request(
            method=request.method,
            path=request.path,
            query=request.query_string.encode(),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.read(),
        )
        settings = self._double.settings()
        assert CHANNEL.verify
        found = CHANNEL.verify(settings, asked)
        reply = found if isinstance(found, Reply) else found.reply
        for raw in () if isinstance(found, Reply) else found.raws:
            self.events += CHANNEL.read(settings, raw)
        self.replies.append(reply.status)
        return web.Response(status=reply.status, body=reply.body, content_type=reply.content_type)


@pytest.fixture
def clock() -> Turned:
    return Turned()


@pytest.fixture
async def double(clock: Turned) -> AsyncIterator[Double]:
    double = Double(clock, seed=1)
    double.faults.pace = 0.01
    await double.start()
    yield double
    await double.close()


@pytest.fixture
async def house(double: Double) -> AsyncIterator[House]:
    house = House(double)
    await house.open()
    await double.point(house.url)
    house.replies.clear()
    yield house
    await double.hooks.close()
    await house.close()


@pytest.fixture
async def account(double: Double, clock: Turned) -> AsyncIterator[Account]:
    async with Egress(allow=double.places()) as egress:
        yield Account(
            id=ids.new(),
            workspace=ids.new(),
            name="lume.shoes",
            settings=double.settings(),
            egress=egress,
            clock=clock,
            public_url="https://dm.example.test",
        )


@pytest.fixture
def answer(clock: Turned):
    """Makes an outgoing message to Greta Lindner: `answer("Hello", automated=True)`."""

    def make(text: str | None = "Hello", *, media: tuple = (), id: UUID | None = None, **more: object) -> Outgoing:
        given = {
            "id": id or ids.new(),
            "conversation": ids.new(),
            "address": GRETA,
            "content": Content(text=text, media=media),
            "attempt": 1,
            "last_in_at": clock(),
            "queued_at": clock(),
        }
        return Outgoing(**(given | more))

    return make
