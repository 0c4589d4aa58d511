"""What the platforms' doubles really send, taken down as it came, and ways of spoiling it."""

import asyncio
import copy
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from aiohttp import web
from hypothesis import strategies as st

from duologue.channels.contract import Accepted, Account, Channel, Raw, Reply, Request
from duologue.channels.registry import channel
from duologue.channels.simulation import Simulator, simulators
from duologue.kernel import ids
from duologue.kernel.clock import Turned
from duologue.kernel.egress import Egress


class Came:
    """What has arrived so far, and a way to wait for more."""

    def __init__(self) -> None:
        self.raws: list[Raw] = []
        self._more = asyncio.Condition()

    async def add(self, raws: Sequence[Raw]) -> None:
        async with self._more:
            self.raws.extend(raws)
            self._more.notify_all()

    async def more_than(self, number: int) -> None:
        async with asyncio.timeout(20), self._more:
            await self._more.wait_for(lambda: len(self.raws) > number)


class Taken:
    """What one double has sent, and the settings under which it is read."""

    def __init__(self, kind: str, settings: Any, raws: list[Raw]) -> None:
        self.kind, self.settings, self.raws = kind, settings, raws
        self.channel: Channel = channel(kind)

    def read(self, body: bytes, like: Raw) -> list[Any]:
        return self.channel.read(self.settings, Raw(body=body, kind=like.kind, headers=like.headers))


async def taken(kind: str) -> Taken:
    """Its person writes, and sends one of each kind that their phone can."""
    double = simulators()[kind](Turned())
    await double.start()
    came = Came()
    try:
        settings = double.settings()
        take = _Hook(channel(kind), settings, came)
        listening = await take.open(double)
        await _talk(double, came)
        await listening()
    finally:
        await double.close()
    return Taken(kind, settings, came.raws)


class _Hook:
    """Stands where the mailroom would: what is genuine, or was fetched, is taken down."""

    def __init__(self, channel: Channel, settings: Any, came: Came) -> None:
        self._channel, self._settings, self._came = channel, settings, came

    async def open(self, double: Simulator) -> Callable[[], Any]:
        app = web.Application(client_max_size=9_000_000)
        app.router.add_route("*", "/in/{any}", self._take)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        way_out = Egress(allow=list(double.places()))
        account = Account(
            id=ids.new(), workspace=ids.new(), name="Theirs", settings=self._settings, egress=way_out,
            clock=Turned(), public_url="http://127.0.0.1",
        )  # fmt: skip
        listens = self._channel.listen
        task = asyncio.create_task(listens(account, None, self._deliver)) if listens else None
        await double.point(f"http://127.0.0.1:{runner.addresses[0][1]}/in/here")

        async def close() -> None:
            if task:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            await way_out.close()
            await runner.cleanup()

        return close

    async def _deliver(self, raws: Sequence[Raw], cursor: bytes) -> None:
        await self._came.add(raws)

    async def _take(self, request: web.Request) -> web.Response:
        asked = Request(
            method=request.method, path=request.path, query=request.query_string.encode(),
            headers={name.lower(): value for name, value in request.headers.items()}, body=await request.read(),
        )  # fmt: skip
        assert self._channel.verify
        found = self._channel.verify(self._settings, asked)
        reply = found if isinstance(found, Reply) else found.reply
        await self._came.add(found.raws if isinstance(found, Accepted) else ())
        return web.Response(status=reply.status, body=reply.body, content_type=reply.content_type)


async def _talk(double: Simulator, came: Came) -> None:
    who = double.people()[0].id
    await double.say(who, "Is it open?")
    await came.more_than(0)
    for kind in getattr(double, "kinds", tuple)():  # not every double can send all that its platform can
        before = len(came.raws)
        await double.send(who, kind)
        await came.more_than(before)


# ----------------------------------------------------------------------------------------------------- spoiling them

ODD: list[Any] = [
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**25, -(10**40), 0.5, 1e308, "", " ", "0", "a\x00b", "\x00", "\ud800",
    "\u202egnp.exe", "x" * 5000, "7" * 600, "../..", "1e999", "true", [], {}, [[]], [None], {"": None}, [{}], [1, "a"],
    {"id": None}, {"id": {}}, "2026-02-30T25:61:00Z", "1970-01-01T00:00:00", "javascript:alert(1)", "http://[::1",
    "http://\u2100.example", -62135596800, 253402300800, 9007199254740993,
]  # fmt: skip


def places(thing: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in it where something stands, as the steps that lead there."""
    inside = thing.items() if isinstance(thing, dict) else enumerate(thing) if isinstance(thing, list) else ()
    return [at, *(one for step, value in inside for one in places(value, (*at, step)))]


@st.composite
def spoiled(draw: st.DrawFn, thing: Any) -> Any:
    """The same with one to three things gone, doubled, renamed, or something else in their place."""
    thing = copy.deepcopy(thing)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(places(thing)))
        value = draw(st.one_of(st.sampled_from(ODD), st.text(max_size=8), st.integers(), st.floats()))
        if not place:
            continue
        holder = thing
        for step in place[:-1]:
            holder = holder[step]
        match draw(st.integers(0, 4)), holder:
            case 0, dict():
                del holder[place[-1]]
            case 1, dict():
                holder[draw(st.text(max_size=5))] = holder.pop(place[-1])
            case 2, list():
                holder.append(copy.deepcopy(holder[place[-1]]))
            case 3, _:
                holder[place[-1]] = [holder[place[-1]]]
            case _:
                holder[place[-1]] = copy.deepcopy(value)
    return thing


SIGNS = [b"\x00", b"\r\n\r\n", b"--", b"=?", b'"', b"{", b"\xff"]


@st.composite
def torn(draw: st.DrawFn, body: bytes) -> bytes:
    """The same bytes with a piece cut, repeated, or changed."""
    at, size = draw(st.integers(0, len(body))), draw(st.integers(0, 40))
    new = draw(
        st.one_of(st.binary(max_size=8), st.sampled_from([b"\x00", b"\r\n\r\n", b"--", b"=?", b'"', b"{", b"\xff"]))
    )
    match draw(st.integers(0, 3)):
        case 0:
            return body[:at]
        case 1:
            return body[:at] + new + body[at + size :]
        case 2:
            return body[:at] + body[at : at + size] * draw(st.integers(2, 40)) + body[at:]
        case _:
            return body[:at] + new + body[at:]


def of_json(body: bytes) -> Any:
    """What the body holds, or None where it is no JSON."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
