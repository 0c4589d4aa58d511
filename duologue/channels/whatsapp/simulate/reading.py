"""What can be read from the platform: the number, the account, files, templates, keys."""

from typing import Any

from aiohttp import web

from duologue.channels.meta.double import templates
from duologue.channels.meta.double.errors import GraphError
from duologue.channels.meta.double.http import wrong
from duologue.channels.whatsapp.simulate.stage import Stage
from duologue.channels.whatsapp.simulate.world import APP, NAME, NUMBER, PHONE_ID, URL_LIFE, WABA

_SCOPES = ["whatsapp_business_management", "whatsapp_business_messaging"]


class Reading:
    """Handlers of the paths that change nothing."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._world = stage, stage.world

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/whatsapp_business/attachments/", self._file),
            web.get("/{version}/debug_token", self._debug),
            web.get("/{version}/{node}/message_templates", self._templates),
            web.get("/{version}/{node}/phone_numbers", self._numbers),
            web.get("/{version}/{app}/subscriptions", self._hook),
            web.get("/{version}/{any}", self._node),
        ]

    async def _node(self, request: web.Request) -> web.StreamResponse:
        self._stage.record(request, {})
        node = request.match_info["any"]
        if node == PHONE_ID:
            return web.json_response(self._number())
        if node == WABA:
            return web.json_response({"id": WABA, "name": NAME})
        return web.json_response(self._address(node, request.query.get("phone_number_id")))

    def _address(self, number: str, phone: str | None) -> dict[str, Any]:
        """Where a file is to be had for the next five minutes."""
        file = self._world.files.get(number)
        if file is None or self._world.now() > file.until or phone not in {None, PHONE_ID}:
            raise GraphError(100, 33, f"Unsupported get request. Object with ID '{number}' does not exist")
        file.url_until, file.ticket = self._world.now() + URL_LIFE, self._world.number("ticket")
        return {
            "url": f"{self._world.base}/whatsapp_business/attachments/?mid={number}&ext={file.ticket}",
            "mime_type": file.mime,
            "sha256": "…",
            "file_size": len(file.data),
            "id": number,
            "messaging_product": "whatsapp",
        }

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """The file server wants the key too; it was looked at before."""
        self._stage.record(request, {})
        if self._stage.faults.now("redirected"):
            return web.Response(status=302, headers={"Location": "http://127.0.0.1:9/stolen"})
        file = self._world.files.get(request.query.get("mid", ""))
        if file is None or file.url_until is None or self._stage.faults.now("dead_address"):
            return web.Response(status=404)
        if self._world.now() > file.url_until or file.ticket != request.query.get("ext"):
            return web.Response(status=404)
        return web.Response(body=file.data, content_type=file.mime.partition(";")[0])

    async def _templates(self, request: web.Request) -> web.StreamResponse:
        self._stage.record(request, {})
        asked = request.query.get("limit", "25")
        if not asked.isdigit() or request.match_info["node"] != WABA:
            raise wrong("Tried accessing nonexisting field (message_templates)")
        return web.json_response(templates.page(self._world, request.query.get("after"), int(asked)))

    async def _numbers(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"data": [self._number()]})

    def _number(self) -> dict[str, Any]:
        return {
            "id": PHONE_ID,
            "display_phone_number": NUMBER,
            "verified_name": NAME,
            "quality_rating": self._world.quality,
            "status": "CONNECTED",
            "name_status": "APPROVED",
            "whatsapp_business_manager_messaging_limit": self._world.limit,
        }

    async def _hook(self, request: web.Request) -> web.StreamResponse:
        self._as_app(request.query.get("access_token"))
        fields = [{"name": "messages", "version": "v26.0"}, {"name": "message_template_status_update"}]
        row = {"object": "whatsapp_business_account", "active": True, "fields": fields}
        return web.json_response({"data": [row | {"callback_url": self._stage.hooks.url or ""}]})

    async def _debug(self, request: web.Request) -> web.StreamResponse:
        asker = request.query.get("access_token")
        if asker != self._world.token:
            self._as_app(asker)
        valid = request.query.get("input_token") == self._world.token and not self._world.revoked
        data = {"app_id": str(APP), "is_valid": valid, "expires_at": 0, "scopes": _SCOPES if valid else []}
        return web.json_response({"data": data})

    def _as_app(self, token: str | None) -> None:
        if token != f"{APP}|{self._world.app_secret}":
            raise GraphError(190, None, "Invalid OAuth access token.")
