"""A double's own handles over HTTP, for scripts: /_ctl/people, say, screen, command, clock, settings.

They are on a port of their own, so that they work while the platform is "down".
"""

import argparse
import asyncio
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

import msgspec
from aiohttp import web

from duologue.channels.simulation import Simulator


class World(Protocol):
    def now(self) -> datetime: ...

    def turn(self, **by: float) -> None: ...


class Turnable(Simulator, Protocol):
    """A double whose clock can be turned."""

    @property
    def world(self) -> World: ...


class Control:
    """What a script may do; people are named by id or by name."""

    def __init__(self, double: Turnable) -> None:
        self._double = double

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_routes(
            [
                web.get("/_ctl/people", self._people),
                web.get("/_ctl/settings", self._settings),
                web.get("/_ctl/screen", self._screen),
                web.post("/_ctl/say", self._say),
                web.post("/_ctl/command", self._command),
                web.post("/_ctl/clock", self._clock),
            ]
        )
        return app

    async def _people(self, request: web.Request) -> web.Response:
        return _json(self._double.people())

    async def _settings(self, request: web.Request) -> web.Response:
        return _json(self._double.settings())

    async def _screen(self, request: web.Request) -> web.Response:
        return await self._named(lambda: self._double.screen(request.query.get("person", "")))

    async def _say(self, request: web.Request) -> web.Response:
        """{"person": "Mia Santos", "text": "Hello"}"""
        said = await request.json()
        return await self._named(lambda: self._double.say(said["person"], said["text"]))

    async def _command(self, request: web.Request) -> web.Response:
        """{"name": "deliver_twice"}"""
        wanted = await request.json()
        return await self._named(lambda: self._double.command(wanted["name"]))

    async def _clock(self, request: web.Request) -> web.Response:
        """{"hours": 25}"""
        self._double.world.turn(**await request.json())
        return _json(self._double.world.now())

    async def _named(self, act: Any) -> web.Response:
        try:
            done = act()
            return _json(await done if hasattr(done, "__await__") else done)
        except KeyError as error:
            return web.json_response({"error": f"nobody and nothing is called {error}"}, status=404)


def main(make: Callable[[int | None], Turnable], *, prog: str, words: str | None) -> None:
    """Runs a double by itself and prints, as one line of JSON, its account's settings and where its handles are."""
    parser = argparse.ArgumentParser(prog=prog, description=words)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--control", type=int, default=0, help="port of the handles for scripts")
    parser.add_argument("--webhook", help="where to deliver events; it must know how to shake hands")
    parser.add_argument("--seed", type=int, help="makes ids and misbehaviour repeatable")
    given = parser.parse_args()
    try:
        asyncio.run(_run(make, given.port, given.control, given.webhook, given.seed))
    except KeyboardInterrupt:
        sys.exit(0)


async def _run(
    make: Callable[[int | None], Turnable], port: int, control: int, webhook: str | None, seed: int | None
) -> None:
    double = make(seed)
    await double.start(port=port)
    handles = web.AppRunner(Control(double).app(), access_log=None)
    await handles.setup()
    await web.TCPSite(handles, "127.0.0.1", control).start()
    told = {"settings": double.settings(), "control": f"http://127.0.0.1:{handles.addresses[0][1]}/_ctl"}
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    sys.stdout.flush()
    try:
        if webhook:
            await double.point(webhook)
        await asyncio.Event().wait()
    finally:
        await double.close()
        await handles.cleanup()


def _json(value: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")
