"""The Cloud API over HTTP: who may call, and what changes something."""

from typing import Any

from aiohttp import web

from duologue.channels.meta.double import templates
from duologue.channels.meta.double.errors import GraphError
from duologue.channels.meta.double.http import check_token, check_version, json_body, only, trouble, worded, wrong
from duologue.channels.meta.double.uploads import Uploads
from duologue.channels.shared.double.port import Answerer, hang_up
from duologue.channels.whatsapp.media import LARGEST, LIMITS, TAKES
from duologue.channels.whatsapp.simulate import sending
from duologue.channels.whatsapp.simulate.brand import Brand
from duologue.channels.whatsapp.simulate.reading import Reading
from duologue.channels.whatsapp.simulate.stage import Stage
from duologue.channels.whatsapp.simulate.templates import CATEGORIES
from duologue.channels.whatsapp.simulate.world import APP, PHONE_ID, UPLOAD_LIFE, WABA, WINDOW, Thread

_READ = {"messaging_product", "status", "message_id", "typing_indicator"}
_OWN = {PHONE_ID, WABA, str(APP)}


class Server:
    """Handlers of the double's HTTP paths."""

    def __init__(self, stage: Stage, brand: Brand) -> None:
        self._stage, self._brand, self._world, self._faults = stage, brand, stage.world, stage.faults

    def app(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST + 5_000_000, middlewares=[worded, self._guarded])
        app.router.add_post("/{version}/{node}/messages", self._messages)
        app.router.add_post("/{version}/{node}/media", self._upload)
        app.router.add_post("/{version}/{node}/message_templates", self._make_template)
        app.router.add_delete("/{version}/{node}/message_templates", self._drop_template)
        app.router.add_route("*", "/{version}/{node}/subscribed_apps", self._subscription)
        app.router.add_route("*", "/{version}/{node}/block_users", self._block)
        app.router.add_delete("/{version}/{file}", self._drop_file)
        app.router.add_routes(Uploads(self._world).routes())
        app.router.add_routes(Reading(self._stage).routes())
        return app

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Answerer) -> web.StreamResponse:
        """Nothing is answered without the key, files included; a number or account of somebody else is not there."""
        version = request.match_info.get("version")
        if version is not None:
            check_version(version)
        node = request.match_info.get("node")
        if node is not None and node not in _OWN:
            raise GraphError(100, None, "Unsupported request. Object with ID does not exist")
        if not request.path.endswith(("/debug_token", "/subscriptions")):
            world = self._world
            check_token(request, token=world.token, secret=world.app_secret, revoked=world.revoked)
        return await handler(request)

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        body = await self._body(request)
        if broken := await trouble(self._faults, request):
            return broken
        if request.match_info["node"] != PHONE_ID:
            raise wrong("Unsupported post request")
        if "status" in body:
            return self._read(body)
        thread = sending.recipient(self._world, body)
        message = sending.message(self._world, thread, body)
        if message.type == "reaction":
            message.reply_to = str(body["reaction"]["message_id"])
        sending.paced(self._world, thread)
        category = templates.find(self._world, body["template"])["category"] if message.type == "template" else ""
        await self._brand.speaks(thread, message, category)
        if self._faults.now("lost_response"):
            return hang_up(request)
        return web.json_response(_taken(thread, body, message.id, message.type))

    def _read(self, body: dict[str, Any]) -> web.Response:
        """Marks as read, and shows that somebody types."""
        only(body, _READ, "request")
        for thread in self._world.threads.values():
            if any(one.id == body.get("message_id") and one.by == "person" for one in thread.messages):
                for message in thread.messages:
                    message.seen = message.seen or message.by == "person"
                if body.get("typing_indicator"):
                    thread.typing_until = self._world.now()
                self._stage.changed()
                return web.json_response({"success": True})
        raise sending.bad("message_id names no message of a person")

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        only(dict(form), {"messaging_product", "type", "file"}, "form")
        self._stage.record(request, {"type": str(form.get("type"))})
        if self._faults.now("dropped_upload"):
            return hang_up(request)
        part = form.get("file")
        if form.get("messaging_product") != "whatsapp" or not isinstance(part, web.FileField):
            raise wrong("The parameters messaging_product and file are required")
        data, mime = part.file.read(), part.content_type
        kind = next((kind for kind, takes in TAKES.items() if mime in takes), None)
        if kind is None:
            raise wrong(f"Param file must be a file with one of the following types, not {mime}")
        if len(data) > LIMITS[kind]:
            raise sending.refused(131053, "Media upload error: the file is too large")
        return web.json_response({"id": self._world.keep(data, mime, part.filename, UPLOAD_LIFE)})

    async def _drop_file(self, request: web.Request) -> web.StreamResponse:
        if self._world.files.pop(request.match_info["file"], None) is None:
            raise wrong("Unsupported delete request")
        return web.json_response({"success": True})

    async def _make_template(self, request: web.Request) -> web.StreamResponse:
        row = templates.make(self._world, await self._body(request), CATEGORIES)
        taken = {key: row[key] for key in ("id", "status", "category")}
        if self._world.judges:
            self._brand.looks_at(row)
        return web.json_response(taken)

    async def _drop_template(self, request: web.Request) -> web.StreamResponse:
        templates.drop(self._world, request.query.get("name"), request.query.get("hsm_id"))
        return web.json_response({"success": True})

    async def _subscription(self, request: web.Request) -> web.StreamResponse:
        await self._body(request)
        if request.method == "GET":
            rows = [{"whatsapp_business_api_data": {"id": str(APP), "name": "Duologue"}}]
            return web.json_response({"data": rows if self._world.subscribed else []})
        self._world.subscribed = request.method == "POST"
        return web.json_response({"success": True})

    async def _block(self, request: web.Request) -> web.StreamResponse:
        """The brand keeps somebody away: only who has written in the last day."""
        body = await self._body(request)
        for one in body.get("block_users") or []:
            thread = self._world.thread(str(one.get("user")))
            if request.method == "POST" and not self._recent(thread):
                raise sending.refused(139100, "Failed to block: the person has not written in the last 24 hours")
        return web.json_response({"messaging_product": "whatsapp", "block_users": {"added_users": []}})

    def _recent(self, thread: Thread) -> bool:
        return thread.open_since is not None and self._world.now() - thread.open_since <= WINDOW

    async def _body(self, request: web.Request) -> dict[str, Any]:
        """The request's JSON, written down for assertions. Raises `GraphError` where it is none."""
        body = await json_body(request)
        self._stage.record(request, body)
        return body


def _taken(thread: Thread, body: dict[str, Any], id: str, kind: str) -> dict[str, Any]:
    """Accepted is not delivered. A number may come back as another one (Brazil, Mexico, Argentina)."""
    asked = body.get("to") or body.get("recipient")
    contact = {"input": asked, "user_id": thread.user} | ({"wa_id": thread.phone} if "to" in body else {})
    taken = {"id": id} | ({"message_status": "accepted"} if kind == "template" else {})
    return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [taken]}
