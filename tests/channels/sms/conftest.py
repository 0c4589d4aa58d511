"""A double of the platform, an account connected to it, and a hook that verifies and reads as the house would."""

from collections.abc import AsyncIterator, Callable
from uuid import UUID

import pytest
from aiohttp import web

from duologue.channels.contract import Account, Content, Event, Outgoing, Reply, Request
from duologue.channels.sms import CHANNEL
from duologue.channels.sms.simulate.double import Double
from duologue.kernel import ids
from duologue.kernel.clock import Turned
from duologue.kernel.egress import Egress

OUTSIDE = "https://dm.example.test"


class House:
    """Stands where the mailroom would: what is genuine is read, `events` are what came of it."""

    def __init__(self, double: Double, clock: Turned) -> None:
        self.base = ""
        self.clock = clock
        self.events: list[Event] = []
        self.replies: list[int] = []
        self.away = 0  # so many calls find nobody
        self._double = double
        app = web.Application(client_max_size=9_000_000)
        app.router.add_route("*", "/in/{account}", self._take)
        self._runner = web.AppRunner(app)

    async def open(self) -> str:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self.base

    async def close(self) -> None:
        await self._runner.cleanup()

    def of(self, kind: type) -> list[Event]:
        return [one for one in self.events if isinstance(one, kind)]

    async def _take(self, request: web.Request) -> web.Response:
        if self.away:
            self.away -= 1
            return web.Response(status=503)
        asked = Request(
            method=request.method,
            path=request.path,
            query=request.query_string.encode(),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.read(),
            url=f"{OUTSIDE}{request.rel_url}",
            at=self.clock(),
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
async def account(double: Double, clock: Turned) -> AsyncIterator[Account]:
    async with Egress(allow=double.places()) as egress:
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
async def house(double: Double, account: Account, clock: Turned) -> AsyncIterator[House]:
    house = House(double, clock)
    await double.point(f"{await house.open()}/in/{account.id}")
    yield house
    await double.hooks.close()
    await house.close()


@pytest.fixture
def answer(double: Double, clock: Turned) -> Callable[..., Outgoing]:
    """Makes an outgoing message to Maya Brooks: `answer("Hello")`."""

    def make(text: str | None = "Hello", *, id: UUID | None = None, content: Content | None = None, **more) -> Outgoing:
        given = {
            "id": id or ids.new(),
            "conversation": ids.new(),
            "address": double.people()[0].id,
            "content": content or Content(text=text),
            "attempt": 1,
            "last_in_at": clock(),
            "queued_at": clock(),
        }
        return Outgoing(**(given | more))

    return make
