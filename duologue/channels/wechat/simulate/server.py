"""The API that the connector calls: strict, with WeChat's own codes at HTTP 200."""

import asyncio
import json
from typing import Any

from aiohttp import web

from duologue.channels.wechat.settings import Settings
from duologue.channels.wechat.simulate.around import Around
from duologue.channels.wechat.simulate.hook import Hook
from duologue.channels.wechat.simulate.strict import Fault, drawn
from duologue.channels.wechat.simulate.world import TEMPLATES, TYPING, Person, World

_TYPES = {"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "thumb": 64 << 10}


class Server:
    """Everything below /cgi-bin."""

    def __init__(self, world: World, settings: Settings, hook: Hook) -> None:
        self.world, self.settings, self.hook = world, settings, hook
        self.faults: dict[str, int] = {}
        self.planned: list[int] = []  # the next sends are answered with these codes
        self.asked: list[tuple[str, Any]] = []
        self.slow, self.allowed = False, True

    def app(self) -> web.Application:
        app = web.Application(client_max_size=32 << 20)
        app.router.add_post("/cgi-bin/stable_token", self._guarded(self._stable, key=False))
        routes = {
            ("POST", "message/custom/send"): self._send,
            ("POST", "message/custom/typing"): self._typing,
            ("POST", "message/template/send"): self._template,
            ("GET", "template/get_all_private_template"): self._templates,
            ("POST", "media/upload"): self._upload,
            ("GET", "media/get"): self._media,
            ("GET", "user/info"): self._info,
            ("GET", "customservice/getkflist"): self._desks,
            ("POST", "openapi/quota/get"): self._quota,
        }
        around = Around(self.world, self.settings)
        app.router.add_get("/cgi-bin/token", self._guarded(around.token, key=False))
        for (method, path), handler in (routes | around.routes()).items():
            app.router.add_route(method, f"/cgi-bin/{path}", self._guarded(handler))
        app.router.add_get("/video/{number}", self._video)
        return app

    def meets(self, fault: str) -> bool:
        self.faults[fault] = self.faults.get(fault, 0) - 1
        return self.faults[fault] >= 0

    def _guarded(self, handler: Any, *, key: bool = True) -> Any:
        async def answer(request: web.Request) -> web.StreamResponse:
            if self.slow:
                await asyncio.sleep(3)
            try:
                if key:
                    self._let_in(request)
                found = await handler(request)
            except Fault as fault:
                rid = f"{self.world.dice.getrandbits(32):08x}"
                found = {"errcode": fault.code, "errmsg": f"{fault.words} rid: {rid}"}
            return found if isinstance(found, web.StreamResponse) else _json(found)

        return answer

    def _let_in(self, request: web.Request) -> None:
        given = request.query.get("access_token")
        if not given:
            raise Fault(41001, "access_token missing")
        if self.world.revoked or given != self.world.key:
            raise Fault(40001, "invalid credential, access_token is invalid or not latest")
        if self.world.key_ends <= self.world.now():
            raise Fault(42001, "access_token expired")
        if self.meets("throttle"):
            raise Fault(45011, "api minute-quota reach limit, must slower, retry next minute")
        if self.meets("broken"):
            raise Fault(-1, "system error")

    async def _stable(self, request: web.Request) -> dict[str, Any]:
        asked = await _body(request)
        if not self.allowed:
            raise Fault(40164, "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist")
        if asked.get("appid") != self.settings.app_id:
            raise Fault(40013, "invalid appid")
        if self.world.revoked or asked.get("secret") != self.settings.app_secret:
            raise Fault(40125, "invalid appsecret")
        if asked.get("grant_type") != "client_credential":
            raise Fault(40002, "invalid grant_type")
        token = self.world.give_key(force=asked.get("force_refresh") is True)
        return {"access_token": token, "expires_in": int((self.world.key_ends - self.world.now()).total_seconds())}

    async def _send(self, request: web.Request) -> dict[str, Any]:
        if self.meets("dropped"):
            return await self._cut(request)
        asked = await _body(request)
        self.asked.append(("send", asked))
        person = self._person(asked)
        if self.planned:
            raise Fault(self.planned.pop(0), "planned")
        shown = drawn(asked, self.world.files)
        grants = person.grants(self.world.now())
        if not grants:
            raise Fault(45015, "response out of time limit or subscription is canceled")
        if not any(one.left > 0 for one in grants):
            raise Fault(45047, "out of response count limit")
        for one in grants:
            one.left -= 1  # whether one message is counted once or in both is not told: the stricter reading
        self.world.heard(person, shown)
        if asked["msgtype"] == "msgmenu":
            person.offered = {str(one["content"]): str(one["id"]) for one in asked["msgmenu"]["list"]}
        if self.meets("lost_response"):
            return await self._cut(request)
        return {"errcode": 0, "errmsg": "ok"}

    async def _cut(self, request: web.Request) -> dict[str, Any]:
        if request.transport:
            request.transport.abort()
        return {}

    async def _typing(self, request: web.Request) -> dict[str, Any]:
        asked = await _body(request)
        self.asked.append(("typing", asked))
        person = self._person(asked)
        if self.planned:
            raise Fault(self.planned.pop(0), "planned")
        if asked.get("command") not in {"Typing", "CancelTyping"}:
            raise Fault(45072, "invalid command")
        if not person.grants(self.world.now()):
            raise Fault(45080, "no message from the user lately")
        if person.typing and person.typing > self.world.now() - TYPING:
            raise Fault(45081, "the typing status is shown already")
        person.typing = self.world.now()
        return {"errcode": 0, "errmsg": "ok"}

    async def _template(self, request: web.Request) -> dict[str, Any]:
        asked = await _body(request)
        self.asked.append(("template", asked))
        if asked.get("template_id") not in {one["template_id"] for one in TEMPLATES}:
            raise Fault(40037, "invalid template_id")
        person, ours = self._person(asked), str(asked.get("client_msg_id") or "")
        if ours in self.world.had:
            return {"errcode": 0, "errmsg": "ok", "msgid": self.world.had[ours]}
        values = [str(one.get("value")) for one in asked.get("data", {}).values()]
        number = int(self.world.heard(person, " · ".join(["订单发货提醒", *values])))
        self.world.had[ours] = number
        about = {"Event": "TEMPLATESENDJOBFINISH", "MsgID": number, "Status": "success"}
        self.hook.tell(self.told(person, {"MsgType": "event", **about}))
        return {"errcode": 0, "errmsg": "ok", "msgid": number}

    async def _templates(self, request: web.Request) -> dict[str, Any]:
        return {"template_list": TEMPLATES}

    async def _upload(self, request: web.Request) -> dict[str, Any]:
        kind, field = request.query.get("type", ""), (await request.post()).get("media")
        if kind not in _TYPES or not isinstance(field, web.FileField):
            raise Fault(40004, "invalid media type")
        data = field.file.read()
        if not data or len(data) > _TYPES[kind]:
            raise Fault(45001, "media size out of limit")
        number = self.world.keep(data, field.content_type)
        return {"type": kind, "media_id": number, "created_at": int(self.world.now().timestamp())}

    async def _media(self, request: web.Request) -> Any:
        number = request.query.get("media_id", "")
        data, mime, ends = self.world.files.get(number, (b"", "", self.world.now()))
        if ends <= self.world.now():
            raise Fault(40007, "invalid media_id")
        if mime.startswith("video/"):
            return {"video_url": f"http://{request.host}/video/{number}"}
        return web.Response(body=data, content_type=mime, headers={"Content-Disposition": "attachment"})

    async def _video(self, request: web.Request) -> web.Response:
        data, mime, _ = self.world.files.get(request.match_info["number"], (b"", "video/mp4", self.world.now()))
        return web.Response(body=data, content_type=mime) if data else web.Response(status=404)

    async def _info(self, request: web.Request) -> dict[str, Any]:
        person = self._person({"touser": request.query.get("openid")}, follows=False)
        told = {"subscribe": int(person.follows), "openid": person.caller.id}
        return told | ({"language": "zh_CN", "remark": "", "subscribe_time": 1767225600} if person.follows else {})

    async def _desks(self, request: web.Request) -> dict[str, Any]:
        return {"kf_list": []}

    async def _quota(self, request: web.Request) -> dict[str, Any]:
        return {"errcode": 0, "errmsg": "ok", "quota": {"daily_limit": 500000, "used": 12, "remain": 499988}}

    def _person(self, asked: dict[str, Any], *, follows: bool = True) -> Person:
        person = self.world.people.get(str(asked.get("touser")))
        if person is None:
            raise Fault(40003, "invalid openid")
        if follows and not person.follows:
            raise Fault(43004, "require subscribe")
        return person

    def told(self, person: Person, about: dict[str, Any]) -> dict[str, Any]:
        """What stands around everything that WeChat tells."""
        at = int(self.world.now().timestamp())
        return {"ToUserName": self.settings.account_id, "FromUserName": person.caller.id, "CreateTime": at, **about}


async def _body(request: web.Request) -> dict[str, Any]:
    """An escaped character stays as it is written: the person would see a backslash and a number."""
    try:
        found = json.loads((await request.read()).replace(b"\\u", b"\\\\u"))
    except ValueError:
        raise Fault(47001, "data format error") from None
    if not isinstance(found, dict):
        raise Fault(47001, "data format error")
    return found


def _json(found: Any) -> web.Response:
    return web.Response(body=json.dumps(found, ensure_ascii=False).encode(), content_type="application/json")
