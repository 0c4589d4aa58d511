"""Example files are uploaded in two steps, by way of the app: a session, then the bytes."""

from typing import Protocol

from aiohttp import web

from duologue.channels.meta.double.http import wrong


class Holder(Protocol):
    """What a platform's double keeps its uploads in."""

    handles: set[str]

    def number(self, what: str) -> str: ...


class Uploads:
    """Handlers of both steps."""

    def __init__(self, world: Holder) -> None:
        self._world = world
        self._sessions: dict[str, int] = {}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/{version}/{app:[0-9]+}/uploads", self._begin),
            web.post("/{version}/upload:{session}", self._take),
        ]

    async def _begin(self, request: web.Request) -> web.StreamResponse:
        asked = request.query
        if not asked.get("file_type") or not asked.get("file_length", "").isdigit():
            raise wrong("The parameters file_length and file_type are required")
        session = self._world.number("session")
        self._sessions[session] = int(asked["file_length"])
        return web.json_response({"id": f"upload:{session}?sig=ARa{session[:6]}"})

    async def _take(self, request: web.Request) -> web.StreamResponse:
        size = self._sessions.get(request.match_info["session"])
        data = await request.read()
        if size is None or not request.query.get("sig"):
            raise wrong("Unsupported request: there is no such upload session")
        if request.headers.get("file_offset") != "0" or len(data) != size:
            raise wrong("The file is not as long as was said")
        handle = f"4::aW{self._world.number('handle')}"
        self._world.handles.add(handle)
        return web.json_response({"h": handle})
