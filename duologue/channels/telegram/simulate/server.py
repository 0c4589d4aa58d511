"""The Bot API over HTTP: who may call, what a call says in whatever form, and errors in the platform's words."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from duologue.channels.shared.double.port import hang_up
from duologue.channels.telegram.simulate.altering import Altering
from duologue.channels.telegram.simulate.asking import Asking
from duologue.channels.telegram.simulate.call import Call, Upload
from duologue.channels.telegram.simulate.managing import Managing
from duologue.channels.telegram.simulate.sending import Sending
from duologue.channels.telegram.simulate.stage import Asked, Stage
from duologue.channels.telegram.simulate.world import BotError

LARGEST = 55 * 1024 * 1024
Handler = Callable[[Call], Awaitable[Any]]


class Server:
    """Every method under `/bot<token>/`, and the file server under `/file/bot<token>/`."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._world, self._faults = stage, stage.world, stage.faults
        self._sends = Sending(stage).methods()
        others = Managing(stage).methods() | Asking(stage).methods() | Altering(stage).methods()
        self._methods: dict[str, Handler] = {name.lower(): one for name, one in (self._sends | others).items()}

    def app(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST)
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/{path:.+}", self._file)
        return app

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        try:
            self._admit(request.match_info["token"])
            handler = self._methods.get(method.lower())
            if handler is None:
                raise BotError(404, "Not Found")
            call = await read(request)
            self._stage.asked.append(Asked(method=method, params=call.params, files=tuple(call.files)))
            if broken := await self._trouble(request, method):
                return broken
            told = await handler(call)
        except BotError as error:
            return _refusal(error)
        if method in self._sends and self._faults.now("lost_response"):
            return hang_up(request)
        return web.json_response({"ok": True, "result": told})

    def _admit(self, token: str) -> None:
        if token == self._world.token and not self._world.revoked:
            return
        number, _, rest = token.partition(":")
        raise BotError(401, "Unauthorized") if number.isdigit() and len(rest) > 20 else BotError(404, "Not Found")

    async def _trouble(self, request: web.Request, method: str) -> web.StreamResponse | None:
        """What goes wrong before anything is committed."""
        if self._faults.now("slow"):
            await asyncio.sleep(3 * self._faults.pace)
        if method not in self._sends:
            return None
        if self._stage.planned:
            raise self._stage.planned.pop(0)
        if self._faults.now("dropped"):
            return hang_up(request)
        if self._faults.now("broken"):
            return web.Response(status=502, text="<html><h1>502 Bad Gateway</h1></html>", content_type="text/html")
        return None

    async def _file(self, request: web.Request) -> web.StreamResponse:
        try:
            self._admit(request.match_info["token"])
        except BotError as error:
            return _refusal(error)
        path, now = request.match_info["path"], self._world.now()
        found = next((one for one in self._world.files.values() if one.path == path), None)
        if found is None or found.until is None or found.until < now:
            return _refusal(BotError(404, "Not Found"))
        return web.Response(body=found.data, content_type="application/octet-stream")


async def read(request: web.Request) -> Call:
    """Parameters come in the address, as JSON, as a form, or as a form with files."""
    params: dict[str, Any] = dict(request.query)
    files: dict[str, Upload] = {}
    kind = request.content_type
    if request.method == "POST" and kind == "application/json":
        params |= _object(await request.text())
    elif request.method == "POST" and kind in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        for key, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[key] = Upload(data=value.file.read(), mime=value.content_type, name=value.filename)
            else:
                params[key] = value
    return Call(params=params, files=files)


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BotError(400, "Bad Request: can't parse JSON object")
    return found


def _refusal(error: BotError) -> web.Response:
    told: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
    told |= {"parameters": error.parameters} if error.parameters else {}
    return web.json_response(told, status=error.code)
