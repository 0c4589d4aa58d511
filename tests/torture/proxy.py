"""Roads to a platform on which things go wrong by chance: cut, throttled, broken, slow, out of order."""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

import aiohttp
from aiohttp import web

ODD_WAITS = ("0", "1", "1000000000", "Tue, 24 Nov 2020 09:00:00 GMT", "-5", "soon")
SMTP_ENDS = b"\r\n.\r\n"  # a mail is over
STORM = 4  # that many requests in a row are told to slow down


class Road(Protocol):
    """`met` counts what befell the messages; those that met "none" went through unharmed."""

    met: Counter[str]

    async def start(self) -> None: ...

    async def close(self) -> None: ...


class Weather:
    """What befalls the next message, by chance.

    "cut": passed on, the answer is lost · "refused": closed before it is passed on · "throttled": told to come later ·
    "broken": a proxy's error page · "late": passed on after a while, so that others overtake it · "drip": the answer
    comes a byte at a time.
    """

    def __init__(self, dice: random.Random, chances: Mapping[str, float], drip: float) -> None:
        self.dice, self.drip = dice, drip
        self._chances = chances
        self._storm = 0

    def next(self) -> str:
        if self._storm:
            self._storm -= 1
            return "throttled"
        drawn = self.dice.random()
        for fault, chance in self._chances.items():
            drawn -= chance
            if drawn < 0:
                self._storm = STORM - 1 if fault == "throttled" else 0
                return fault
        return "none"

    async def wait(self) -> None:
        await asyncio.sleep(self.dice.uniform(0.05, 0.4))


class HttpRoad:
    """Passes everything on to `target`. POSTs whose body has `mark` in it are messages, and meet the weather."""

    def __init__(self, target: str, weather: Weather, mark: bytes) -> None:
        self.met: Counter[str] = Counter()
        self._target, self._weather, self._mark = target.rstrip("/"), weather, mark
        self._session: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(auto_decompress=False)
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        if self._runner:
            await self._runner.cleanup()
        if self._session:
            await self._session.close()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if request.method != "POST" or self._mark not in body:
            status, headers, answer = await self._pass_on(request, body)
            return web.Response(status=status, headers=headers, body=answer)
        fault = self._weather.next()
        self.met[fault] += 1
        if fault == "refused":
            return _hung_up(request)
        if fault == "throttled":
            wait = self._weather.dice.choice(ODD_WAITS)
            return web.Response(status=429, text="slow down", headers={"Retry-After": wait})
        if fault == "broken":
            return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")
        if fault == "late":
            await self._weather.wait()
        status, headers, answer = await self._pass_on(request, body)
        if fault == "cut":
            return _hung_up(request)
        return await self._drip(request, web.StreamResponse(status=status, headers=headers), answer, fault == "drip")

    async def _drip(
        self, request: web.Request, response: web.StreamResponse, answer: bytes, drips: bool
    ) -> web.StreamResponse:
        with suppress(ConnectionError):  # whoever asked is dead, or waits no longer
            await response.prepare(request)
            for part in [bytes([one]) for one in answer] if drips else [answer]:
                await response.write(part)
                await asyncio.sleep(self._weather.drip if drips else 0)
            await response.write_eof()
        return response

    async def _pass_on(self, request: web.Request, body: bytes) -> tuple[int, dict[str, str], bytes]:
        assert self._session
        headers = {
            name: value for name, value in request.headers.items() if name.lower() not in {"host", "content-length"}
        }
        async with self._session.request(
            request.method, self._target + request.path_qs, data=body, headers=headers, allow_redirects=False
        ) as answer:
            kind = answer.headers.get("Content-Type", "application/octet-stream")
            return answer.status, {"Content-Type": kind}, await answer.read()


def _hung_up(request: web.Request) -> web.Response:
    """The line goes dead without an answer."""
    if request.transport:
        request.transport.abort()
    return web.Response(status=499)


class MailRoad:
    """The same before a mail server: a mail meets the weather at its final dot, a session that is refused at once."""

    def __init__(self, port: int, weather: Weather) -> None:
        self.met: Counter[str] = Counter()
        self._to, self._weather = port, weather
        self._server: asyncio.Server | None = None
        self._sessions: set[asyncio.Task[None]] = set()
        self.port = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._begin, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server:
            self._server.close()
        for session in list(self._sessions):
            session.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = asyncio.create_task(self._session(reader, writer))
        self._sessions.add(session)
        session.add_done_callback(self._sessions.discard)

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fault = self._weather.next()
        self.met[fault] += 1
        try:
            if fault == "refused":
                return
            if fault in {"throttled", "broken"}:
                writer.write(b"421 4.7.0 too busy, come later\r\n")
                await writer.drain()
                return
            theirs, to = await asyncio.open_connection("127.0.0.1", self._to)
            try:
                answers = asyncio.create_task(self._answers(theirs, writer, fault))
                await self._words(reader, to, fault, answers)
            finally:
                answers.cancel()
                to.transport.abort()
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.transport.abort()

    async def _words(
        self, reader: asyncio.StreamReader, to: asyncio.StreamWriter, fault: str, answers: "asyncio.Task[None]"
    ) -> None:
        last = b""
        while part := await reader.read(65536):
            last = (last + part)[-len(SMTP_ENDS) :]
            if last == SMTP_ENDS and fault == "late":
                await self._weather.wait()
            to.write(part)
            await to.drain()
            if last == SMTP_ENDS and fault == "cut":
                answers.cancel()
                await asyncio.sleep(0.2)  # the server takes it
                return

    async def _answers(self, theirs: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: str) -> None:
        with suppress(OSError):
            while part := await theirs.read(65536):
                for one in [bytes([byte]) for byte in part] if fault == "drip" else [part]:
                    writer.write(one)
                    await writer.drain()
                    await asyncio.sleep(self._weather.drip / 10 if fault == "drip" else 0)
