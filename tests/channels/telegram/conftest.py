"""A double of the platform, an account connected to it, and a hook that verifies and reads as the house would."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from duologue.channels.contract import Account, Content, Event, Outgoing, Reply, Request
from duologue.channels.telegram import CHANNEL
from duologue.channels.telegram.simulate.double import Double
from duologue.kernel import ids
from duologue.kernel.clock import Turned
from duologue.kernel.egress import Egress

NADIA, LEO = "5550001001", "7200300402"


class House:
    """Stands where the mailroom would: what is genuine is read, `events` are what came of it."""

    def __init__(self, double: Double) -> None:
        self.events: list[Event] = []
        self.statuses: list[int] = []
        self.say_no: list[web.Response] = []  # what is answered first, instead of taking it
        self._double = double
        self._runner = web.AppRunner(self._app())
        self.url = ""

    async def open(self) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/in/telegram"

    async def close(self) -> None:
        await self._runner.cleanup()

    def of(self, kind: type) -> list[Any]:
        return [one for one in self.events if isinstance(one, kind)]

    def _app(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/in/telegram", self._take)
        return app

    async def _take(self, request: web.Request) -> web.Response:
        if self.say_no:
            return self.say_no.pop(0)
        asked = Request(
            method=request.method,
            path=request.path,
            query=b"",
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.read(),
        )
        settings = self._double.settings()
        assert CHANNEL.verify
        found = CHANNEL.verify(settings, asked)
        reply = found if isinstance(found, Reply) else found.reply
        for raw in () if isinstance(found, Reply) else found.raws:
            self.events += CHANNEL.read(settings, raw)
        self.statuses.append(reply.status)
        return web.Response(status=reply.status, body=reply.body, content_type=reply.content_type)


@pytest.fixture
def clock() -> Turned:
    return Turned()


@pytest.fixture
async def double(clock: Turned) -> AsyncIterator[Double]:
    double = Double(clock, seed=1)
    double.faults.pace = 0.001
    await double.start()
    yield double
    await double.close()


@pytest.fixture
async def house(double: Double) -> AsyncIterator[House]:
    house = House(double)
    await house.open()
    await double.point(house.url)
    yield house
    await double.hooks.close()
    await house.close()


@pytest.fixture
async def account(double: Double, clock: Turned) -> AsyncIterator[Account]:
    async with Egress(allow=double.places()) as egress:
        yield Account(
            id=ids.new(),
            workspace=ids.new(),
            name="Lume Tea",
            settings=double.settings(),
            egress=egress,
            clock=clock,
            public_url="https://dm.example.test",
        )


@pytest.fixture
def answer(clock: Turned):
    """Makes an outgoing message to Nadia Petrova: `answer("Hello", automated=True)`."""

    def make(text: str | None = "Hello", **more: Any) -> Outgoing:
        content: dict[str, Any] = {
            "text": text,
            **{key: more.pop(key) for key in ("media", "choices", "place", "kind") if key in more},
        }
        given: dict[str, Any] = {
            "id": ids.new(),
            "conversation": ids.new(),
            "address": NADIA,
            "content": Content(**content),
            "attempt": 1,
            "last_in_at": clock(),
            "queued_at": clock(),
        }
        return Outgoing(**(given | more))

    return make


async def cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
