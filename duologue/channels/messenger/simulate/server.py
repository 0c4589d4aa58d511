"""The Graph API and the file servers, over HTTP."""

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web
from msgspec import Struct

from duologue.channels.messenger.simulate import sending
from duologue.channels.messenger.simulate.faults import GraphError
from duologue.channels.messenger.simulate.sending import wrong
from duologue.channels.messenger.simulate.world import APP, PAGE, PAGE_NAME, UPLOAD_LIFE, Message, Thread, Upload

if TYPE_CHECKING:
    from duologue.channels.messenger.simulate.double import Double

VERSIONS = {"v24.0", "v25.0", "v26.0"}
LARGEST = 25 * 1024 * 1024
Answerer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Seen(Struct, frozen=True, kw_only=True):
    """A request that reached the platform, for assertions."""

    method: str
    path: str
    query: dict[str, str]
    authorization: str
    body: dict[str, Any]


class Server:
    """Handlers of the double's HTTP paths."""

    def __init__(self, double: "Double") -> None:
        self._double, self._world, self._faults = double, double.world, double.faults

    def app(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST + 5_000_000, middlewares=[self._worded])
        for method, path, handler in (
            ("GET", "/cdn/{file}/{name}", self._file),
            ("GET", "/picture/{person}.png", self._picture),
            ("GET", "/{version}/debug_token", self._debug),
            ("POST", "/{version}/{page}/messages", self._messages),
            ("POST", "/{version}/{page}/message_attachments", self._upload),
            ("*", "/{version}/{page}/subscribed_apps", self._subscription),
            ("GET", "/{version}/{page}/conversations", self._conversations),
            ("POST", "/{version}/{page}/{verb:(?:pass|take|request)_thread_control}", self._thread_control),
            ("GET", "/{version}/{node}", self._node),
        ):
            app.router.add_route(method, path, handler)
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
        self._record(request, {"message": wanted})
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
            rows = [{"id": str(APP), "name": "Duologue", "subscribed_fields": self._world.subscribed}]
            return web.json_response({"data": rows if self._world.subscribed else []})
        wanted = str(body.get("subscribed_fields") or request.query.get("subscribed_fields", ""))
        self._world.subscribed = wanted.split(",") if request.method == "POST" and wanted else []
        if request.method == "POST" and not wanted:
            raise wrong("Param subscribed_fields must not be empty")
        return web.json_response({"success": True})

    async def _conversations(self, request: web.Request) -> web.StreamResponse:
        await self._body(request)
        if request.query.get("platform", "messenger") != "messenger":
            raise wrong("Param platform must be messenger")
        who = request.query.get("user_id")
        known = [one for one in self._world.threads.values() if one.messages and who in {None, one.id}]
        return web.json_response({"data": [{"id": f"t_{one.id}"} for one in known]})

    async def _thread_control(self, request: web.Request) -> web.StreamResponse:
        body = await self._body(request)
        thread = self._world.threads.get(str((body.get("recipient") or {}).get("id")))
        if thread is None:
            raise wrong("No matching user found", 2018001)
        target = int(body.get("target_app_id", APP)) if request.match_info["verb"].startswith("pass") else APP
        self._double.hand_over(thread.id, target)
        return web.json_response({"success": True})

    async def _node(self, request: web.Request) -> web.StreamResponse:
        await self._body(request)
        node = request.match_info["node"]
        if node in {PAGE, "me"}:
            return web.json_response({"id": PAGE, "name": PAGE_NAME})
        if node.startswith("t_") and node[2:] in self._world.threads:
            return web.json_response({"id": node, "messages": {"data": self._history(node[2:], request)}})
        thread = self._world.threads.get(node)
        if thread is None or thread.blocked or not thread.messages:
            raise GraphError(100, 33, f"Unsupported get request. Object with ID '{node}' does not exist")
        first, _, last = thread.name.partition(" ")
        picture = f"{self._double.base}/picture/{thread.id}.png"
        return web.json_response({"id": node, "first_name": first, "last_name": last, "profile_pic": picture})

    def _history(self, person: str, request: web.Request) -> list[dict[str, Any]]:
        """The newest messages, newest first; no more than twenty can be read, and no metadata."""
        asked = re.search(r"messages\.limit\((\d+)\)", request.query.get("fields", ""))
        most = min(int(asked[1]) if asked else 20, 20)
        thread = self._world.threads[person]
        customer, page = {"id": thread.id, "name": thread.name}, {"id": PAGE, "name": PAGE_NAME}
        return [
            {
                "id": one.id,
                "created_time": f"{one.at:%Y-%m-%dT%H:%M:%S}+0000",
                "from": page if one.by == "brand" else customer,
                "to": {"data": [customer if one.by == "brand" else page]},
                "message": "" if one.file else one.text,
            }
            for one in reversed(thread.messages[-most:])
        ]

    async def _debug(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("access_token") != f"{APP}|{self._world.app_secret}":
            raise GraphError(190, None, "Invalid OAuth access token.")
        valid = request.query.get("input_token") == self._world.token and not self._world.revoked
        scopes = ["pages_messaging", "pages_manage_metadata", "pages_read_engagement", "pages_show_list"]
        data = {"app_id": str(APP), "is_valid": valid, "expires_at": 0, "scopes": scopes if valid else []}
        return web.json_response(
            {"data": data | {"granular_scopes": [{"scope": "pages_messaging", "target_ids": [PAGE]}]}}
        )

    async def _file(self, request: web.Request) -> web.StreamResponse:
        number = request.match_info["file"]
        file = self._world.files.get(number)
        if file is None or request.query.get("oh") != self._world.ticket(number):
            return web.Response(status=403, text="Bad URL hash")
        if self._world.now() > file.expires:
            return web.Response(status=403, text="URL signature expired")
        return web.Response(body=file.data, content_type=file.mime.partition(";")[0])

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=_PIXEL, content_type="image/png")

    async def _body(self, request: web.Request) -> dict[str, Any]:
        """The request's JSON, written down for assertions. Raises `GraphError` where it is none."""
        body = _object(await request.text()) if request.can_read_body else {}
        self._record(request, body)
        return body

    def _record(self, request: web.Request, body: dict[str, Any]) -> None:
        self._double.requests.append(
            Seen(
                method=request.method,
                path=request.path,
                query=dict(request.query),
                authorization=request.headers.get("Authorization", ""),
                body=body,
            )
        )


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


_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
