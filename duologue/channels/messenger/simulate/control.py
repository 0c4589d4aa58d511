"""The double's own handles over HTTP, for scripts: /_ctl/people, say, screen, command, clock, settings.

They are on a port of their own, so that they work while the platform is "down".
"""

from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

if TYPE_CHECKING:
    from duologue.channels.messenger.simulate.double import Double


class Control:
    """What a script may do; people are named by id or by name."""

    def __init__(self, double: "Double") -> None:
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


def _json(value: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")
