"""The Graph API over HTTP: who may call, and what changes something."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from duologue.channels.messenger.simulate import sending
from duologue.channels.messenger.simulate.faults import GraphError
from duologue.channels.messenger.simulate.reading import Reading
from duologue.channels.messenger.simulate.sending import wrong
from duologue.channels.messenger.simulate.world import APP, PAGE, UPLOAD_LIFE, Message, Thread, Upload

if TYPE_CHECKING:
    from duologue.channels.messenger.simulate.double import Double

VERSIONS = {"v24.0", "v25.0", "v26.0"}
LARGEST = 25 * 1024 * 1024
Answerer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """Handlers of the double's HTTP paths."""

    def __init__(self, double: "Double") -> None:
        self._double, self._world, self._faults = double, double.world, double.faults

    def app(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST + 5_000_000, middlewares=[self._worded])
        for method, path, handler in (
            ("POST", "/{version}/{page}/messages", self._messages),
            ("POST", "/{version}/{page}/message_attachments", self._upload),
            ("*", "/{version}/{page}/subscribed_apps", self._subscription),
            ("POST", "/{version}/{page}/{verb:(?:pass|take|request)_thread_control}", self._thread_control),
        ):
            app.router.add_route(method, path, handler)
        app.router.add_routes(Reading(self._double).routes())
        return app

    @web.middleware
    async def _worded(self, request: web.Request, handler: Answerer) -> web.StreamResponse:
        """Errors in the platform's own words; nothing is answered without a key."""
        try:
            if "version" in request.match_info:
                self._admit(request)
            return await handler(request)
        except GraphError as error:
            return _refusal(error)

    def _admit(self, request: web.Request) -> None:
        if request.match_info["version"] not in VERSIONS:
            raise GraphError(2500, None, "Unknown path components")
        if request.path.endswith("/debug_token"):
            return
        if request.match_info.get("page", PAGE) not in {PAGE, "me"}:
            raise wrong("Unsupported request: object does not exist", 33)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        token = token if scheme == "Bearer" else request.query.get("access_token", "")
        if not token:
            raise GraphError(104, None, "An access token is required to request this resource.")
        if self._world.revoked:
            raise GraphError(190, 460, "Error validating access token: the session has been invalidated.")
        if not hmac.compare_digest(token, self._world.token):
            raise GraphError(190, None, "Invalid OAuth access token.")
        proof = hmac.new(self._world.app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        if request.query.get("appsecret_proof", proof) != proof:
            raise wrong("Invalid appsecret_proof provided in the API argument")

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        body = await self._body(request)
        if self._faults.now("slow"):
            await asyncio.sleep(3 * self._faults.pace)
        if broken := self._broken(request):
            return broken
        thread = sending.recipient(self._world, body)
        if "sender_action" in body:
            sending.action(self._world, thread, body)
            self._double.changed()
            return web.json_response({"recipient_id": thread.id})
        return await self._commit(request, thread, *sending.message(self._world, thread, body))

    async def _commit(
        self, request: web.Request, thread: Thread, message: Message, content: dict[str, Any]
    ) -> web.StreamResponse:
        await self._double.spoken(thread, message, content)
        if self._faults.now("lost_response"):
            return _hang_up(request)
        return web.json_response({"recipient_id": thread.id, "message_id": message.id})

    def _broken(self, request: web.Request) -> web.StreamResponse | None:
        """Trouble before anything is committed."""
        if planned := self._faults.planned():
            raise planned
        if self._faults.now("dropped"):
            return _hang_up(request)
        if self._faults.now("broken"):
            return web.Response(status=502, text="<html><h1>502 Bad Gateway</h1></html>", content_type="text/html")
        if self._faults.now("throttle"):
            slow_down = GraphError(613, None, "(#613) Calls to this api have exceeded the rate limit.", 429)
            return _refusal(slow_down, {"Retry-After": "1"})
        return None

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        sending.only(dict(form), {"message", "filedata"}, "form")
        wanted = _object(str(form.get("message", ""))).get("attachment") or {}
        self._double.record(request, {"message": wanted})
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
        return _hang_up(request) if self._faults.now("dropped_upload") else None

    async def _subscription(self, request: web.Request) -> web.StreamResponse:
        body = await self._body(request)
        if request.method == "GET":
            fields = sorted(self._world.subscribed or ())
            rows = [{"id": str(APP), "name": "Duologue", "subscribed_fields": fields}]
            return web.json_response({"data": rows if self._world.subscribed != set() else []})
        wanted = str(body.get("subscribed_fields") or request.query.get("subscribed_fields", ""))
        if request.method == "POST" and not wanted:
            raise wrong("Param subscribed_fields must not be empty")
        self._world.subscribed = set(wanted.split(",")) if request.method == "POST" else set()
        return web.json_response({"success": True})

    async def _thread_control(self, request: web.Request) -> web.StreamResponse:
        body = await self._body(request)
        thread = self._world.threads.get(str((body.get("recipient") or {}).get("id")))
        if thread is None:
            raise wrong("No matching user found", 2018001)
        target = int(body.get("target_app_id", APP)) if request.match_info["verb"].startswith("pass") else APP
        self._double.hand_over(thread.id, target)
        return web.json_response({"success": True})

    async def _body(self, request: web.Request) -> dict[str, Any]:
        """The request's JSON, written down for assertions. Raises `GraphError` where it is none."""
        body = _object(await request.text()) if request.can_read_body else {}
        self._double.record(request, body)
        return body


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise wrong("The body must be a JSON object")
    return found


def _refusal(error: GraphError, headers: dict[str, str] | None = None) -> web.Response:
    words: dict[str, Any] = {
        "message": error.message,
        "type": "OAuthException",
        "code": error.code,
        "fbtrace_id": "Dbl",
    }
    if error.subcode is not None:
        words["error_subcode"] = error.subcode
    return web.json_response({"error": words}, status=error.status, headers=headers)


def _hang_up(request: web.Request) -> web.Response:
    """Closes the line without an answer."""
    if request.transport:
        request.transport.close()
    return web.Response()
