"""The Graph API over HTTP: who may call, and what changes something."""

from typing import Any

from aiohttp import web

from duologue.channels.messenger.simulate import sending
from duologue.channels.messenger.simulate.page import Page
from duologue.channels.messenger.simulate.reading import Reading
from duologue.channels.messenger.simulate.stage import Stage
from duologue.channels.messenger.simulate.templates import CATEGORIES
from duologue.channels.messenger.simulate.world import APP, PAGE, UPLOAD_LIFE, Thread
from duologue.channels.meta.double import templates
from duologue.channels.meta.double.errors import GraphError
from duologue.channels.meta.double.http import (
    check_token,
    check_version,
    json_body,
    json_object,
    only,
    trouble,
    worded,
    wrong,
)
from duologue.channels.meta.double.messaging.world import Message, Upload
from duologue.channels.meta.double.uploads import Uploads
from duologue.channels.shared.double.port import Answerer, hang_up

LARGEST = 25 * 1024 * 1024


class Server:
    """Handlers of the double's HTTP paths."""

    def __init__(self, stage: Stage, page: Page) -> None:
        self._stage, self._page, self._world, self._faults = stage, page, stage.world, stage.faults

    def app(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST + 5_000_000, middlewares=[worded, self._guarded])
        for method, path, handler in (
            ("POST", "/{version}/{page}/messages", self._messages),
            ("POST", "/{version}/{page}/message_attachments", self._upload),
            ("POST", "/{version}/{page}/message_templates", self._make_template),
            ("GET", "/{version}/{page}/message_templates", self._templates),
            ("DELETE", "/{version}/{page}/message_templates", self._drop_template),
            ("*", "/{version}/{page}/subscribed_apps", self._subscription),
            ("POST", "/{version}/{page}/{verb:(?:pass|take|request)_thread_control}", self._thread_control),
        ):
            app.router.add_route(method, path, handler)
        app.router.add_routes([*Uploads(self._world).routes(), *Reading(self._stage).routes()])
        return app

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Answerer) -> web.StreamResponse:
        """Nothing is answered without a key."""
        if "version" in request.match_info:
            check_version(request.match_info["version"])
            if not request.path.endswith("/debug_token"):
                self._admit(request)
        return await handler(request)

    def _admit(self, request: web.Request) -> None:
        if request.match_info.get("page", PAGE) not in {PAGE, "me"}:
            raise wrong("Unsupported request: object does not exist", 33)
        world = self._world
        check_token(request, token=world.token, secret=world.app_secret, revoked=world.revoked)

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        body = await self._body(request)
        if broken := await trouble(self._faults, request):
            return broken
        thread, comment = sending.recipient(self._world, body)
        if "sender_action" in body:
            sending.action(self._world, thread, body)
            self._stage.changed()
            return web.json_response({"recipient_id": thread.id})
        message, content = sending.message(self._world, thread, comment, body)
        if comment:
            comment.answered = True
        return await self._commit(request, thread, message, content)

    async def _commit(
        self, request: web.Request, thread: Thread, message: Message, content: dict[str, Any]
    ) -> web.StreamResponse:
        await self._page.speaks(thread, message, content)
        if self._faults.now("lost_response"):
            return hang_up(request)
        return web.json_response({"recipient_id": thread.id, "message_id": message.id})

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        only(dict(form), {"message", "filedata"}, "form")
        wanted = json_object(str(form.get("message", ""))).get("attachment") or {}
        self._stage.record(request, {"message": wanted})
        if broken := self._broken_upload(request):
            return broken
        part = form.get("filedata")
        if not isinstance(part, web.FileField):
            raise wrong("Upload attachment failure", 2018047)
        file, kind, name = part.file.read(), part.content_type, part.filename
        if len(file) > LARGEST:
            raise wrong("Attachment size exceeds allowable limit", 2018109)
        if wanted.get("type") == "image" and not kind.startswith("image/"):
            raise wrong("The file is no image", 2018047)
        number = self._world.number("upload")
        until = self._world.now() + UPLOAD_LIFE
        self._world.uploads[number] = Upload(type=str(wanted.get("type")), data=file, mime=kind, name=name, until=until)
        return web.json_response({"attachment_id": number})

    def _broken_upload(self, request: web.Request) -> web.StreamResponse | None:
        return hang_up(request) if self._faults.now("dropped_upload") else None

    async def _make_template(self, request: web.Request) -> web.StreamResponse:
        """Meta looks at it at once, unless it hesitates."""
        row = templates.make(self._world, await self._body(request), CATEGORIES)
        if not self._world.hesitates:
            self._page.looks_at(row)
        return web.json_response({key: row[key] for key in ("id", "status", "category")})

    async def _templates(self, request: web.Request) -> web.StreamResponse:
        asked = request.query.get("limit", "25")
        most = int(asked) if asked.isdigit() and 0 < int(asked) <= 100 else 25
        return web.json_response(templates.page(self._world, request.query.get("after"), most))

    async def _drop_template(self, request: web.Request) -> web.StreamResponse:
        templates.drop(self._world, request.query.get("name"), request.query.get("hsm_id"))
        return web.json_response({"success": True})

    async def _subscription(self, request: web.Request) -> web.StreamResponse:
        body = await self._body(request)
        if request.method == "GET":
            fields = sorted(self._world.subscribed or ())
            rows = [{"id": str(APP), "name": "Duologue", "subscribed_fields": fields}]
            return web.json_response({"data": rows if self._world.subscribed != set() else []})
        wanted = str(body.get("subscribed_fields") or request.query.get("subscribed_fields", ""))
        if request.method == "POST" and not wanted:
            raise wrong("Param subscribed_fields must not be empty")
        if "message_template_status_update" in wanted and not self._world.permits_utility:
            raise GraphError(200, None, "(#200) Requires pages_utility_messaging permission", 403)
        self._world.subscribed = set(wanted.split(",")) if request.method == "POST" else set()
        return web.json_response({"success": True})

    async def _thread_control(self, request: web.Request) -> web.StreamResponse:
        body = await self._body(request)
        thread = self._world.threads.get(str((body.get("recipient") or {}).get("id")))
        if thread is None:
            raise wrong("No matching user found", 2018001)
        target = int(body.get("target_app_id", APP)) if request.match_info["verb"].startswith("pass") else APP
        self._page.hand_over(thread.id, target)
        return web.json_response({"success": True})

    async def _body(self, request: web.Request) -> dict[str, Any]:
        """The request's JSON, written down for assertions. Raises `GraphError` where it is none."""
        body = await json_body(request)
        self._stage.record(request, body)
        return body
