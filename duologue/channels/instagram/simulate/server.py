"""The Graph API over HTTP, as both logins have it: who may call, and what changes something."""

from typing import Any

from aiohttp import web

from duologue.channels.instagram.simulate import sending
from duologue.channels.instagram.simulate.brand import Brand
from duologue.channels.instagram.simulate.reading import Reading
from duologue.channels.instagram.simulate.stage import Stage
from duologue.channels.instagram.simulate.world import ACCOUNT, APP, KEY_LIFE, PAGE, UPLOAD_LIFE
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
from duologue.channels.meta.double.messaging.world import Upload
from duologue.channels.shared.double.port import Answerer, hang_up

LARGEST = 25 * 1024 * 1024
PICTURE = 8 * 1024 * 1024


class Server:
    """Handlers of the double's HTTP paths."""

    def __init__(self, stage: Stage, brand: Brand) -> None:
        self._stage, self._brand, self._world, self._faults = stage, brand, stage.world, stage.faults

    def app(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST + 5_000_000, middlewares=[worded, self._guarded])
        app.router.add_post("/{version}/{page}/messages", self._messages)
        app.router.add_post("/{version}/{page}/message_attachments", self._upload)
        app.router.add_route("*", "/{version}/{page}/subscribed_apps", self._subscription)
        app.router.add_routes(Reading(self._stage).routes())
        return app

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Answerer) -> web.StreamResponse:
        """Nothing is answered without a key: the account's own, or that of its page."""
        if "version" in request.match_info:
            check_version(request.match_info["version"])
            if not request.path.endswith("/debug_token"):
                self._admit(request)
        return await handler(request)

    def _admit(self, request: web.Request) -> None:
        if request.match_info.get("page", "me") not in {ACCOUNT, PAGE, "me"}:
            raise wrong("Unsupported request: object does not exist", 33)
        world = self._world
        by_page = request.headers.get("Authorization") == f"Bearer {world.page_token}"
        token, secret = (world.page_token, world.basic_secret) if by_page else (world.token, world.app_secret)
        if request.match_info.get("page") == PAGE and not by_page:
            raise GraphError(190, None, "Invalid OAuth access token.")
        ended = not by_page and world.now() - world.token_made > KEY_LIFE
        check_token(request, token=token, secret=secret, revoked=world.revoked or ended)

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
        await self._brand.speaks(thread, message, content)
        if self._faults.now("lost_response"):
            return hang_up(request)
        return web.json_response({"recipient_id": thread.id, "message_id": message.id})

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        only(dict(form), {"message", "platform", "filedata"}, "form")
        wanted = json_object(str(form.get("message", ""))).get("attachment") or {}
        self._stage.record(request, {"message": wanted})
        if self._faults.now("dropped_upload"):
            return hang_up(request)
        if form.get("platform") != "instagram":
            raise wrong("Param platform must be instagram")
        part = form.get("filedata")
        if not isinstance(part, web.FileField):
            raise wrong("Upload attachment failure", 2018047)
        data = part.file.read()
        self._fits(str(wanted.get("type")), part.content_type, len(data))
        number = self._world.number("upload")
        self._world.uploads[number] = Upload(
            type=str(wanted.get("type")),
            data=data,
            mime=part.content_type,
            name=part.filename,
            until=self._world.now() + UPLOAD_LIFE,
        )
        return web.json_response({"attachment_id": number})

    def _fits(self, kind: str, mime: str, size: int) -> None:
        if size > (PICTURE if kind == "image" else LARGEST):
            raise wrong("Attachment size exceeds allowable limit", 2018109)
        if kind == "image" and mime not in {"image/png", "image/jpeg", "image/gif"}:
            raise wrong("The file is no picture that can be shown", 2018047)
        if kind == "file" and mime != "application/pdf":
            raise wrong("The file is no PDF", 2018047)

    async def _subscription(self, request: web.Request) -> web.StreamResponse:
        await self._body(request)
        if request.method == "GET":
            fields = sorted(self._world.subscribed or ())
            rows = [{"id": str(APP), "name": "Duologue", "subscribed_fields": fields}]
            return web.json_response({"data": rows if self._world.subscribed != set() else []})
        wanted = request.query.get("subscribed_fields", "")
        if request.method == "POST" and not wanted:
            raise wrong("Param subscribed_fields must not be empty")
        if request.match_info["page"] != PAGE:  # through a page, the account's fields are chosen in the dashboard
            self._world.subscribed = set(wanted.split(",")) if request.method == "POST" else set()
        return web.json_response({"success": True})

    async def _body(self, request: web.Request) -> dict[str, Any]:
        """The request's JSON, written down for assertions. Raises `GraphError` where it is none."""
        body = await json_body(request)
        self._stage.record(request, body)
        return body
