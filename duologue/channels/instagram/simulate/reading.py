"""What can be read from the platform: the account, people, history, files, keys."""

import re
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from duologue.channels.instagram.simulate.stage import Stage
from duologue.channels.instagram.simulate.world import ACCOUNT, APP, KEY_LIFE, PAGE, PAGE_NAME, SCOPED, USERNAME, Thread
from duologue.channels.meta.double.errors import GraphError
from duologue.channels.meta.double.http import wrong
from duologue.channels.meta.double.messaging.world import Message
from duologue.channels.shared.double.samples import SKETCH

_SCOPES = ["instagram_basic", "instagram_manage_messages", "instagram_manage_comments", "pages_manage_metadata"]


class Reading:
    """Handlers of the paths that change nothing."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._world = stage, stage.world

    def routes(self) -> list[web.RouteDef]:
        return [
            *self._world.shelf.routes(),
            web.get("/picture/{person}.png", self._picture),
            web.get("/refresh_access_token", self._refresh),
            web.get("/{version}/debug_token", self._debug),
            web.get("/{version}/{page}/conversations", self._conversations),
            web.get("/{version}/{node}", self._node),
        ]

    async def _conversations(self, request: web.Request) -> web.StreamResponse:
        self._stage.record(request, {})
        if request.query.get("platform") != "instagram":
            raise wrong("Param platform must be instagram")
        if self._world.messages_off:
            raise GraphError(200, 2534041, "(#200) The account owner has disabled access to messages")
        who = request.query.get("user_id")
        known = [one for one in self._world.threads.values() if one.messages and who in {None, one.id}]
        known.sort(key=lambda one: one.messages[-1].at, reverse=True)
        return web.json_response(
            {"data": [{"id": f"aWdt_{one.id}", "updated_time": _time(one.messages[-1].at)} for one in known]}
        )

    async def _node(self, request: web.Request) -> web.StreamResponse:
        self._stage.record(request, {})
        node = request.match_info["node"]
        if node == PAGE:
            linked = {"id": ACCOUNT, "username": USERNAME}
            return web.json_response({"id": PAGE, "name": PAGE_NAME, "instagram_business_account": linked})
        if node in {ACCOUNT, "me"}:
            return web.json_response({"id": SCOPED, "user_id": ACCOUNT, "username": USERNAME})
        if node.startswith("aWdt_") and node[5:] in self._world.threads:
            return web.json_response({"id": node, "messages": {"data": self._history(node[5:], request)}})
        thread = self._world.threads.get(node)
        if thread is None or thread.blocked:
            raise GraphError(100, 33, f"Unsupported get request. Object with ID '{node}' does not exist")
        if not thread.wrote:
            raise GraphError(230, None, "(#230) User consent is required to access user profile")
        picture = f"{self._world.shelf.base}/picture/{thread.id}.png"
        return web.json_response({"id": node, "name": thread.name, "username": thread.username, "profile_pic": picture})

    def _history(self, person: str, request: web.Request) -> list[dict[str, Any]]:
        """The newest messages, newest first; no more than twenty can be read, and no metadata."""
        asked = re.search(r"messages\.limit\((\d+)\)", request.query.get("fields", ""))
        most = min(int(asked[1]) if asked else 20, 20)
        thread = self._world.threads[person]
        said = [one for one in thread.messages if not one.gone and not one.public]
        return [self._line(thread, one) for one in reversed(said[-most:])]

    def _line(self, thread: Thread, one: Message) -> dict[str, Any]:
        customer, account = {"id": thread.id, "username": thread.username}, {"id": ACCOUNT, "username": USERNAME}
        sender, other = (account, customer) if one.by == "brand" else (customer, account)
        line = {
            "id": one.id,
            "created_time": _time(one.at),
            "from": sender,
            "to": {"data": [other]},
            "message": "" if one.file else one.text,
        }
        if one.file:
            url = self._world.shelf.link(one.file)
            file = self._world.shelf.files[one.file]
            kind = file.mime.partition("/")[0]
            told: dict[str, Any] = {f"{kind}_data": {"url": url}} if kind in {"image", "video"} else {"file_url": url}
            line["attachments"] = {"data": [told]}
        return line

    async def _debug(self, request: web.Request) -> web.StreamResponse:
        asker = request.query.get("access_token")
        if asker not in {f"{APP}|{self._world.basic_secret}", self._world.page_token}:
            raise GraphError(190, None, "Invalid OAuth access token.")
        valid = request.query.get("input_token") == self._world.page_token and not self._world.revoked
        ends = self._world.now() + timedelta(days=90)
        data = {"app_id": str(APP), "is_valid": valid, "expires_at": 0, "scopes": _SCOPES if valid else []}
        return web.json_response({"data": data | {"data_access_expires_at": int(ends.timestamp())}})

    async def _refresh(self, request: web.Request) -> web.StreamResponse:
        """A key that is a day old and has not ended is given for a new one of 60 days."""
        world = self._world
        self._stage.record(request, {})
        if request.query.get("grant_type") != "ig_refresh_token":
            raise wrong("Param grant_type must be ig_refresh_token")
        age = world.now() - world.token_made
        if request.query.get("access_token") != world.token or world.revoked or age > KEY_LIFE:
            raise GraphError(190, None, "Invalid OAuth access token.")
        if age < timedelta(hours=24):
            raise wrong("The token is not old enough to be refreshed")
        return web.json_response({"access_token": world.renew(), "token_type": "bearer", "expires_in": 5184000})

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=SKETCH, content_type="image/png")


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}+0000"
