"""The Messaging API and the file servers over HTTP."""

import asyncio
import json
import re
from typing import Any

from aiohttp import web

from duologue.channels.line.simulate.hooks import Hooks
from duologue.channels.line.simulate.keys import Keys
from duologue.channels.line.simulate.strict import LineError, check, only, wrong
from duologue.channels.line.simulate.world import BASIC_ID, BOT, NAME, REPLY_LIFE, Accepted, Friend, World
from duologue.channels.shared.double.faults import Faults
from duologue.channels.shared.double.port import Answerer, Seen, hang_up, seen
from duologue.channels.shared.double.samples import SKETCH

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_LIMIT = "The API rate limit has been exceeded. Try again later."
_MONTH = "You have reached your monthly limit."


class Server:
    """Handlers of the double's HTTP paths."""

    def __init__(self, world: World, faults: Faults, hooks: Hooks, changed: Any) -> None:
        self.requests: list[Seen] = []
        self._world, self._faults, self._hooks, self._changed = world, faults, hooks, changed

    def app(self) -> web.Application:
        app = web.Application(client_max_size=2 * 1024 * 1024, middlewares=[self._worded])
        for method, path, handler in (
            ("POST", "/v2/bot/message/reply", self._reply),
            ("POST", "/v2/bot/message/push", self._push),
            ("POST", "/v2/bot/message/multicast", self._multicast),
            ("POST", "/v2/bot/message/broadcast", self._broadcast),
            ("POST", "/v2/bot/message/validate/{how:reply|push|multicast|broadcast}", self._validate),
            ("GET", "/v2/bot/followers/ids", self._followers),
            ("POST", "/v2/bot/chat/loading/start", self._loading),
            ("POST", "/v2/bot/chat/markAsRead", self._read),
            ("GET", "/v2/bot/profile/{user}", self._profile),
            ("GET", "/v2/bot/info", self._info),
            ("GET", "/v2/bot/message/quota", self._quota),
            ("GET", "/v2/bot/message/quota/consumption", self._consumption),
            ("GET", "/v2/bot/channel/webhook/endpoint", self._endpoint),
            ("PUT", "/v2/bot/channel/webhook/endpoint", self._set_endpoint),
            ("POST", "/v2/bot/channel/webhook/test", self._test),
            ("GET", "/v2/bot/message/{id}/content", self._content),
            ("GET", "/v2/bot/message/{id}/content/preview", self._preview),
            ("GET", "/v2/bot/message/{id}/content/transcoding", self._transcoding),
        ):
            app.router.add_route(method, path, handler)
        Keys(self._world).add(app)
        return app

    @web.middleware
    async def _worded(self, request: web.Request, handler: Answerer) -> web.StreamResponse:
        """Nothing is answered without a token; errors come in the platform's own words."""
        try:
            if not request.path.startswith(("/oauth2/", "/v2/oauth/")):
                self._admit(request)
            return await handler(request)
        except LineError as error:
            words: dict[str, Any] = {"message": error.message}
            return web.json_response(words | ({"details": error.details} if error.details else {}), status=error.status)
        except web.HTTPNotFound:
            return web.json_response({"message": "Not found"}, status=404)

    def _admit(self, request: web.Request) -> None:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not self._world.knows(given):
            words = "Authentication failed. Confirm that the access token in the authorization header is valid."
            raise LineError(401, words)

    def _checked(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        """The messages of a call, of which each quotes only what was said. Raises `LineError`."""
        messages = check(body.get("messages"))
        for number, one in enumerate(messages):
            if one.get("quoteToken") is not None and one["quoteToken"] not in self._world.quotes:
                raise wrong("Invalid quoteToken", f"messages[{number}].quoteToken")
        return messages

    async def _reply(self, request: web.Request) -> web.StreamResponse:
        body = await self._body(request, {"replyToken", "messages", "notificationDisabled"})
        if "X-Line-Retry-Key" in request.headers:
            raise LineError(400, "The retry key is not supported by this API")
        messages = self._checked(body)
        if broken := await self._trouble(request):
            return broken
        token = self._world.replies.get(str(body.get("replyToken")))
        if token is None or token.used or self._world.now() - token.at > REPLY_LIFE:
            raise LineError(400, "Invalid reply token")
        token.used = True
        return self._sent(request, self._world.show(self._world.friend(token.person), messages))

    async def _push(self, request: web.Request) -> web.StreamResponse:
        body = await self._body(request, {"to", "messages", "notificationDisabled", "customAggregationUnits"})
        friend = self._world.friends.get(str(body.get("to")))
        if friend is None:
            raise LineError(400, "The property, 'to', in the request body is invalid (line: -, column: -)")
        return await self._to(request, [friend], self._checked(body), named=True)

    async def _multicast(self, request: web.Request) -> web.StreamResponse:
        """To as many as 500; whom it does not know it passes over, and it tells no ids."""
        body = await self._body(request, {"to", "messages", "notificationDisabled", "customAggregationUnits"})
        to = body.get("to")
        if not isinstance(to, list) or not 1 <= len(to) <= 500:
            raise wrong("Size must be between 1 and 500", "to")
        friends = [self._world.friends[one] for one in to if one in self._world.friends]
        return await self._to(request, friends, self._checked(body))

    async def _broadcast(self, request: web.Request) -> web.StreamResponse:
        body = await self._body(request, {"messages", "notificationDisabled"})
        return await self._to(request, list(self._world.friends.values()), self._checked(body))

    async def _to(
        self, request: web.Request, friends: list[Friend], messages: list[dict[str, Any]], *, named: bool = False
    ) -> web.StreamResponse:
        key = request.headers.get("X-Line-Retry-Key", "")
        if key and not _UUID.fullmatch(key):
            raise LineError(400, "Invalid retry key")
        if broken := await self._trouble(request):
            return broken
        if known := self._world.accepted(key):
            words = {"message": "The retry key is already accepted"} | ({"sentMessages": known.sent} if named else {})
            return web.json_response(words, status=409, headers={"x-line-accepted-request-id": known.request})
        reached = sum(not one.blocked for one in friends)
        if self._world.quota is not None and self._world.used + max(reached, 1) > self._world.quota:
            raise LineError(429, _MONTH)
        self._world.used += reached
        sent = [one for friend in friends for one in self._world.show(friend, messages)]
        if key:
            self._world.keys[key] = Accepted(at=self._world.now(), request=self._world.word("request"), sent=sent)
        return self._sent(request, sent if named else None)

    def _sent(self, request: web.Request, sent: list[dict[str, str]] | None) -> web.StreamResponse:
        self._changed()
        if self._faults.now("lost_response"):
            return hang_up(request)
        return web.json_response(
            {} if sent is None else {"sentMessages": sent}, headers={"X-Line-Request-Id": self._world.word("request")}
        )

    async def _validate(self, request: web.Request) -> web.StreamResponse:
        self._checked(await self._body(request, {"messages"}))
        return web.json_response({})

    async def _loading(self, request: web.Request) -> web.StreamResponse:
        body = await self._body(request, {"chatId", "loadingSeconds"})
        seconds = body.get("loadingSeconds", 20)
        if not isinstance(seconds, int) or seconds not in range(5, 61, 5):
            raise wrong("Must be a multiple of 5 between 5 and 60", "loadingSeconds")
        if str(body.get("chatId")) not in self._world.friends:
            raise wrong("Invalid chat ID", "chatId")
        self._changed()
        return web.json_response({}, status=202)

    async def _read(self, request: web.Request) -> web.StreamResponse:
        body = await self._body(request, {"markAsReadToken"})
        person = self._world.reads.get(str(body.get("markAsReadToken")))
        if person is None:
            raise wrong("Invalid token", "markAsReadToken")
        for one in self._world.friend(person).messages:
            one.seen = one.seen or one.by == "person"
        self._changed()
        return web.json_response({})

    async def _profile(self, request: web.Request) -> web.StreamResponse:
        friend = self._world.friends.get(request.match_info["user"])
        if friend is None or friend.blocked:
            raise LineError(404, "Not found")
        return web.json_response({"displayName": friend.name, "userId": friend.id, "language": friend.language})

    async def _followers(self, request: web.Request) -> web.StreamResponse:
        """In pages, each with the way to the next."""
        most, start = int(request.query.get("limit", 300)), int(request.query.get("start", 0))
        found = [one.id for one in self._world.friends.values() if not one.blocked]
        more = {"next": str(start + most)} if len(found) > start + most else {}
        return web.json_response({"userIds": found[start : start + most], **more})

    async def _info(self, request: web.Request) -> web.StreamResponse:
        about = {"userId": BOT, "basicId": BASIC_ID, "displayName": NAME, "chatMode": "bot", "markAsReadMode": "manual"}
        return web.json_response(about)

    async def _quota(self, request: web.Request) -> web.StreamResponse:
        most = self._world.quota
        return web.json_response({"type": "none"} if most is None else {"type": "limited", "value": most})

    async def _consumption(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"totalUsage": self._world.used})

    async def _endpoint(self, request: web.Request) -> web.StreamResponse:
        if not self._world.endpoint:
            raise LineError(404, "Not found")
        return web.json_response({"endpoint": self._world.endpoint, "active": self._world.active})

    async def _set_endpoint(self, request: web.Request) -> web.StreamResponse:
        body = await self._body(request, {"endpoint"})
        if not str(body.get("endpoint")).startswith("https://"):
            raise wrong("Invalid webhook endpoint URL", "endpoint")
        await self._hooks.point(str(body["endpoint"]))
        return web.json_response({})

    async def _test(self, request: web.Request) -> web.StreamResponse:
        await self._body(request, {"endpoint"})
        answer = await self._hooks.test()
        good = answer is not None and 200 <= answer.status < 300
        told = {
            "success": good,
            "timestamp": self._world.now().isoformat(),
            "statusCode": answer.status if answer else 0,
        }
        reason = "OK" if good else "ERROR_STATUS_CODE" if answer else "COULD_NOT_CONNECT"
        return web.json_response(told | {"reason": reason, "detail": str(answer.status) if answer else "no answer"})

    async def _content(self, request: web.Request) -> web.StreamResponse:
        file = self._world.files.get(request.match_info["id"])
        if file is None or file.state == "failed":
            raise LineError(404, "Not found")
        if file.state == "processing" or self._faults.now("preparing"):
            return web.Response(status=202)
        return web.Response(body=file.data, content_type=file.mime)

    async def _preview(self, request: web.Request) -> web.StreamResponse:
        """A small picture of a picture or video; of anything else there is none."""
        file = self._world.files.get(request.match_info["id"])
        if file is None or not file.mime.startswith(("image/", "video/")):
            raise LineError(404, "Not found")
        return web.Response(body=SKETCH, content_type="image/png")

    async def _transcoding(self, request: web.Request) -> web.StreamResponse:
        file = self._world.files.get(request.match_info["id"])
        if file is None:
            raise LineError(404, "Not found")
        state = "processing" if self._faults.now("preparing") else file.state
        return web.json_response({"status": state})

    async def _body(self, request: web.Request, allowed: set[str]) -> dict[str, Any]:
        """The request's JSON, written down for assertions. Raises `LineError`."""
        if request.content_type != "application/json":
            raise LineError(415, "Unsupported media type")
        try:
            body = json.loads(await request.text())
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise LineError(400, "The request body could not be parsed as JSON")
        self.requests.append(seen(request, body))
        only(body, allowed)
        return body

    async def _trouble(self, request: web.Request) -> web.StreamResponse | None:
        """What goes wrong before anything is committed."""
        if self._faults.now("slow"):
            await asyncio.sleep(3 * self._faults.pace)
        if self._faults.now("dropped"):
            return hang_up(request)
        if self._faults.now("broken"):
            return web.json_response({"message": "Internal server error"}, status=500)
        if self._faults.now("throttle"):
            raise LineError(429, _LIMIT)
        return None
