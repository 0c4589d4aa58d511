"""Where a double listens, and what has reached it."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from msgspec import Struct

Answerer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Seen(Struct, frozen=True, kw_only=True):
    """A request that reached the platform, for assertions."""

    method: str
    path: str
    query: dict[str, str]
    authorization: str
    body: dict[str, Any]


def seen(request: web.Request, body: dict[str, Any]) -> Seen:
    return Seen(
        method=request.method,
        path=request.path,
        query=dict(request.query),
        authorization=request.headers.get("Authorization", ""),
        body=body,
    )


class Port:
    """Where a double listens. It can hang up and listen again at the same place."""

    def __init__(self, app: Callable[[], web.Application]) -> None:
        self.host, self.port, self.base = "127.0.0.1", 0, ""
        self._app = app
        self._runner: web.AppRunner | None = None

    async def listen(self) -> None:
        """Takes calls, from now on or still."""
        if self._runner is None:
            self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=0.2)
            await self._runner.setup()
            await web.TCPSite(self._runner, self.host, self.port).start()
            self.port = self._runner.addresses[0][1]
            self.base = f"http://{self.host}:{self.port}"

    async def hang_up(self) -> None:
        """Takes no calls: a connector finds nobody there."""
        if self._runner:
            runner, self._runner = self._runner, None
            await runner.cleanup()


def hang_up(request: web.Request) -> web.Response:
    """Closes the line without an answer."""
    if request.transport:
        request.transport.close()
    return web.Response()
