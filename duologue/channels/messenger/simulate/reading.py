"""What can be read from the platform: the page, people, history, files."""

import re
from datetime import datetime
from typing import Any

from aiohttp import web

from duologue.channels.messenger.simulate.stage import Stage
from duologue.channels.messenger.simulate.world import APP, PAGE, PAGE_NAME
from duologue.channels.meta.double.errors import GraphError
from duologue.channels.meta.double.http import wrong
from duologue.channels.shared.double.samples import SKETCH


class Reading:
    """Handlers of the paths that change nothing."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._world = stage, stage.world

    def routes(self) -> list[web.RouteDef]:
        return [
            *self._world.shelf.routes(),
            web.get("/picture/{person}.png", self._picture),
            web.get("/{version}/debug_token", self._debug),
            web.get("/{version}/{page}/conversations", self._conversations),
            web.get("/{version}/{node}", self._node),
        ]

    async def _conversations(self, request: web.Request) -> web.StreamResponse:
        self._stage.record(request, {})
        if request.query.get("platform", "messenger") != "messenger":
            raise wrong("Param platform must be messenger")
        who = request.query.get("user_id")
        known = [one for one in self._world.threads.values() if one.messages and who in {None, one.id}]
        known.sort(key=lambda one: one.messages[-1].at, reverse=True)
        return web.json_response(
            {"data": [{"id": f"t_{one.id}", "updated_time": _time(one.messages[-1].at)} for one in known]}
        )

    async def _node(self, request: web.Request) -> web.StreamResponse:
        self._stage.record(request, {})
        node = request.match_info["node"]
        if node in {PAGE, "me"}:
            return web.json_response({"id": PAGE, "name": PAGE_NAME})
        if node.startswith("t_") and node[2:] in self._world.threads:
            return web.json_response({"id": node, "messages": {"data": self._history(node[2:], request)}})
        thread = self._world.threads.get(node)
        if thread is None or thread.blocked or not thread.messages:
            raise GraphError(100, 33, f"Unsupported get request. Object with ID '{node}' does not exist")
        first, _, last = thread.name.partition(" ")
        picture = f"{self._world.shelf.base}/picture/{thread.id}.png"
        return web.json_response({"id": node, "first_name": first, "last_name": last, "profile_pic": picture})

    def _history(self, person: str, request: web.Request) -> list[dict[str, Any]]:
        """The newest messages, newest first; no more than twenty can be read, and no metadata."""
        asked = re.search(r"messages\.limit\((\d+)\)", request.query.get("fields", ""))
        most = min(int(asked[1]) if asked else 20, 20)
        thread = self._world.threads[person]
        said = [one for one in thread.messages if not one.gone and not one.public]
        customer, page = {"id": thread.id, "name": thread.name}, {"id": PAGE, "name": PAGE_NAME}
        return [
            {
                "id": one.id,
                "created_time": _time(one.at),
                "from": page if one.by == "brand" else customer,
                "to": {"data": [customer if one.by == "brand" else page]},
                "message": "" if one.file else one.text,
            }
            for one in reversed(said[-most:])
        ]

    async def _debug(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("access_token") not in {f"{APP}|{self._world.app_secret}", self._world.token}:
            raise GraphError(190, None, "Invalid OAuth access token.")
        valid = request.query.get("input_token") == self._world.token and not self._world.revoked
        scopes = ["pages_messaging", "pages_manage_metadata", "pages_read_engagement", "pages_show_list"]
        data = {"app_id": str(APP), "is_valid": valid, "expires_at": 0, "scopes": scopes if valid else []}
        return web.json_response(
            {"data": data | {"granular_scopes": [{"scope": "pages_messaging", "target_ids": [PAGE]}]}}
        )

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=SKETCH, content_type="image/png")


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}+0000"
