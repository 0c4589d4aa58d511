"""Channel access tokens: short-lived and stateless ones for the channel's id and secret, looked at and taken back."""

from datetime import timedelta
from typing import Any

from aiohttp import web

from duologue.channels.line.simulate.world import CHANNEL_ID, World

_MONTH, _QUARTER = timedelta(days=30), timedelta(minutes=15)
_UNKNOWN = {"error": "invalid_request", "error_description": "The access token is invalid"}


class Keys:
    """The part of the API that asks for no token: one is to be had there."""

    def __init__(self, world: World) -> None:
        self._world = world

    def add(self, app: web.Application) -> None:
        app.router.add_post("/v2/oauth/accessToken", self._short)
        app.router.add_post("/oauth2/v3/token", self._stateless)
        app.router.add_post("/v2/oauth/verify", self._verify)
        app.router.add_post("/v2/oauth/revoke", self._revoke)

    async def _short(self, request: web.Request) -> web.StreamResponse:
        return await self._issue(request, _MONTH)

    async def _stateless(self, request: web.Request) -> web.StreamResponse:
        return await self._issue(request, _QUARTER)

    async def _issue(self, request: web.Request, life: timedelta) -> web.StreamResponse:
        form = await request.post()
        if form.get("grant_type") != "client_credentials":
            return _no("unsupported_grant_type", "invalid grant_type")
        if (form.get("client_id"), form.get("client_secret")) != (CHANNEL_ID, self._world.secret):
            return _no("invalid_client", "invalid client_id or client_secret")
        token = self._world.word("token")
        self._world.issued[token] = self._world.now() + life
        told = {"access_token": token, "expires_in": int(life.total_seconds()), "token_type": "Bearer"}
        return web.json_response(told)

    async def _verify(self, request: web.Request) -> web.StreamResponse:
        until = self._world.issued.get(str((await request.post()).get("access_token")))
        if until is None or until <= self._world.now():
            return web.json_response(_UNKNOWN, status=400)
        left: dict[str, Any] = {"expires_in": int((until - self._world.now()).total_seconds())}
        return web.json_response({"client_id": CHANNEL_ID, "scope": "P CM", **left})

    async def _revoke(self, request: web.Request) -> web.StreamResponse:
        """200, also for a token that there never was."""
        self._world.issued.pop(str((await request.post()).get("access_token")), None)
        return web.Response()


def _no(error: str, words: str) -> web.Response:
    return web.json_response({"error": error, "error_description": words}, status=400)
