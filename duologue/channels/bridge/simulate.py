"""A bridge as somebody would write it, with a made-up platform behind it: people with phones, and misbehaviour.

`python -m duologue.channels.bridge.simulate` is not needed: `SIMULATOR` makes one, and the playground shows it.
"""

import asyncio
import base64
import json
import random
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import count
from typing import Any

import aiohttp
from aiohttp import web
from msgspec.structs import replace

from duologue.channels.bridge.phone import FILES, WORDS, Person, Phone
from duologue.channels.bridge.settings import PREFIX, Settings, keys
from duologue.channels.bridge.signing import genuine, headers
from duologue.channels.content import Kind
from duologue.channels.shared.double.samples import SKETCH, TONE
from duologue.channels.simulation import COMMON, Bubble, Caller
from duologue.kernel.clock import Clock, now

PEOPLE = (Caller("noor", "Noor Haddad"), Caller("pavel", "Pavel Novák"), Caller("wen", "Wen Li"))
_CAN = (
    "deliver_twice", "early_echo", "lost_response", "throttle", "broken", "down", "up", "revoke_token", "restore_token",
    "block", "unblock", "huge_batch", "malformed", "bad_signature", "they_read", "calm",
)  # fmt: skip
COMMANDS = {name: COMMON[name] for name in _CAN}
_MOST_KEPT = 1000
_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0)
_KEYS = {"type", "id", "conversation", "address", "text", "files", "choices", "author", "automated", "bulk", "reply_to",
         "attempt"}  # fmt: skip
_ABOUT = {"type", "id", "address", "author", "attempt"}
_ACT_KEYS = {"edit": _ABOUT | {"text"}, "unsend": _ABOUT, "reaction": _ABOUT | {"emoji"}}

_SECRET = PREFIX + base64.b64encode(b"the same whenever it is started.").decode()


class Double:
    """The bridge on a port of this machine."""

    kind = "bridge"

    def __init__(self, clock: Clock = now, *, seed: int | None = None) -> None:
        self._clock = clock
        self._settings = Settings(platform="Parrot post", secret=_SECRET)
        self._people = {one.id: Person(one) for one in PEOPLE}
        self._faults: dict[str, int] = {}
        self._on: set[str] = set()
        self._numbers = count(1)
        self._dice = random.Random(seed)  # noqa: S311 -- no secret
        self._had: dict[str, str] = {}
        self.keeps_history = True
        self._kept: dict[str, dict[str, Any]] = {}  # what people have said, as it was told
        self._watchers: list[Callable[[], None]] = []
        self._queue: asyncio.Queue[list[Any]] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None
        self._host, self._port, self._hook = "127.0.0.1", 0, ""

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._host, self._port = host, port
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        await self._listen()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._hang_up()
        if self._session:
            await self._session.close()

    def settings(self) -> Settings:
        return replace(self._settings, url=f"http://{self._host}:{self._port}/answers")

    def places(self) -> Sequence[str]:
        return [f"{self._host}:{self._port}"]

    async def point(self, webhook_url: str) -> None:
        self._hook = webhook_url
        self._tasks = self._tasks or [asyncio.create_task(self._tell_for_ever())]

    def people(self) -> Sequence[Caller]:
        return PEOPLE

    async def say(self, person: str, text: str) -> None:
        self._said(person, text)

    def kinds(self) -> Sequence[Kind]:
        return (*FILES, *WORDS)

    async def send(self, person: str, kind: Kind) -> str:
        if name := FILES.get(kind):
            return self._said(person, files=[{"url": f"http://{self._host}:{self._port}/{name}", "kind": kind}])
        return self._said(person, **WORDS[kind])

    def phone(self, person: str) -> Phone:
        """Somebody's phone, by address. `KeyError` where there is nobody of that address."""
        return Phone(self._people[person], lambda text: self._said(person, text), self._news)

    async def settled(self) -> None:
        """Returns when everything has been told."""
        await self._queue.join()

    def screen(self, person: str) -> Sequence[Bubble]:
        return list(self._people[person].shown)

    def remember(self, person: str, bubbles: Sequence[Bubble]) -> None:
        self._people[person].shown = sorted([*self._people[person].shown, *bubbles], key=lambda one: one.at)
        self._changed()

    def commands(self) -> dict[str, str]:
        return dict(COMMANDS)

    async def command(self, name: str) -> str:
        words = COMMANDS[name]
        await self._do(name)
        self._changed()
        return f"{words}: done."

    def watch(self, changed: Callable[[], None]) -> None:
        self._watchers.append(changed)

    # what it does wrong ------------------------------------------------------------------------------------------

    async def _do(self, name: str) -> None:
        match name:
            case "throttle" | "broken":
                self._faults[name] = 5 if name == "throttle" else 3
            case "lost_response" | "malformed" | "bad_signature":
                self._faults[name] = 1
            case "down":
                await self._hang_up()
            case "up":
                await self._listen()
            case "block" | "unblock":
                self._people[PEOPLE[-1].id].blocked = name == "block"
            case "huge_batch":
                self._tell(*(self._event(PEOPLE[n % 3].id, f"Message {n + 1} of 1000") for n in range(1000)))
            case "they_read":
                ours = [one.id for who in self._people.values() for one in who.shown if one.by == "brand"]
                self._tell({"type": "status", "status": "read", "at": self._moment(), "ids": ours[-1000:]})
            case "calm":
                self._faults.clear()
                self._on.clear()
                await self._listen()
            case _:
                self._on.discard("revoke_token") if name == "restore_token" else self._on.add(name)

    def _meets(self, fault: str) -> bool:
        self._faults[fault] = self._faults.get(fault, 0) - 1
        return self._faults[fault] >= 0

    # what people say -----------------------------------------------------------------------------------------------

    def _said(self, person: str, text: str | None = None, **more: Any) -> str:
        event = self._event(person, text, **more)
        self._tell(event)
        return str(event["id"])

    def _event(self, person: str, text: str | None = None, **more: Any) -> dict[str, Any]:
        who, id, at = self._people[person], f"in-{next(self._numbers)}", self._clock()  # noqa: A001
        text = text or more.pop("text", None)
        shown = text or more.get("link") or (more.get("place") or {}).get("label") or "📎"
        who.shown.append(Bubble(id=id, by="person", text=shown, at=at, status="sent"))
        self._changed()
        told = {"type": "message", "id": id, "address": person, "at": at.isoformat(), "text": text}
        self._kept[id] = {**told, "person": {"name": who.caller.name}, **more}
        return self._kept[id]

    def _news(self, person: Person, word: str, **more: Any) -> None:
        if word == "unsend":
            self._kept.pop(more.get("id", ""), None)
        self._tell({"type": word, "address": person.caller.id, "at": self._moment(), **more})
        self._changed()

    def _past(self, since: str) -> web.Response:
        """What people have said since then and not taken back; what was changed since is told by its own word."""
        try:
            at = datetime.fromisoformat(since)
        except (TypeError, ValueError):
            return _error(400, "bad_request", "since is no time")
        said = [one for one in self._kept.values() if datetime.fromisoformat(one["at"]) >= at]
        return web.json_response({"events": said[-_MOST_KEPT:]})

    def _moment(self) -> str:
        return self._clock().isoformat()

    def _tell(self, *events: Any) -> None:
        self._queue.put_nowait(list(events))

    async def _tell_for_ever(self) -> None:
        """Until each is taken, as a bridge must."""
        while True:
            events = await self._queue.get()
            if self._meets("malformed"):
                events = [self._event(PEOPLE[0].id, "Before the odd one"), {"type": "message", "id": 7}, *events]
            body = json.dumps({"events": events}).encode()
            key = keys(self._settings)[0]
            if self._meets("bad_signature"):
                await self._post(body, b"x" * 32)
            for _ in range(2 if "deliver_twice" in self._on else 1):
                for pause in (*_PAUSES, *([2.0] * 1000)):
                    if await self._post(body, key) == 200:
                        break
                    await asyncio.sleep(pause)
            self._queue.task_done()

    async def _post(self, body: bytes, key: bytes) -> int:
        assert self._session
        signed = headers(key, f"told-{self._dice.getrandbits(64):x}", now(), body)
        try:
            async with self._session.post(self._hook, data=body, headers=signed) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0

    def _changed(self) -> None:
        for watcher in self._watchers:
            watcher()

    # what it is told -----------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        if self._runner is None:
            app = web.Application(client_max_size=1024**2)
            app.router.add_post("/answers", self._answers)
            for name in FILES.values():
                app.router.add_get(f"/{name}", self._file)
            self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
            await self._runner.setup()
            await web.TCPSite(self._runner, self._host, self._port).start()
            self._port = self._runner.addresses[0][1]

    async def _hang_up(self) -> None:
        if self._runner:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    async def _file(self, request: web.Request) -> web.Response:
        if request.path.endswith(".wav"):
            return web.Response(body=TONE, content_type="audio/wav")
        return web.Response(body=SKETCH, content_type="image/png")

    async def _answers(self, request: web.Request) -> web.Response:
        body = await request.read()
        given = {name.lower(): value for name, value in request.headers.items()}
        if "revoke_token" in self._on or not genuine(keys(self._settings), given, body, now=self._clock()):
            return _error(401, "auth", "the signature is not ours")
        if self._meets("throttle"):
            return web.json_response({}, status=429, headers={"Retry-After": "2"})
        if self._meets("broken"):
            return web.Response(status=502, text="<h1>Bad Gateway</h1>", content_type="text/html")
        return self._told(request, given["webhook-id"], json.loads(body))

    def _told(self, request: web.Request, id: str, word: dict[str, Any]) -> web.Response:
        match word.get("type"):
            case "ping" | "typing" | "seen":
                return web.json_response({})
            case "history":
                no = _error(501, "bad_request", "this bridge keeps no history")
                return self._past(word.get("since", "")) if self.keeps_history else no
            case "message":
                return self._message(request, id, word)
            case "edit" | "unsend" | "reaction":
                return self._act(id, word)
            case other:
                return _error(400, "bad_request", f"there is no word {other!r}")

    def _act(self, id: str, word: dict[str, Any]) -> web.Response:
        """Something is done to a message that is there; the second time it is so already."""
        person = self._people.get(word.get("address", ""))
        if unknown := set(word) - _ACT_KEYS[word["type"]]:
            return _error(400, "bad_request", f"unknown field {min(unknown)}")
        found = next((one for one in person.shown if one.id == word["id"]), None) if person else None
        if id in self._had:
            return web.json_response({}, status=409)
        by = "person" if word["type"] == "reaction" else "brand"
        if person is None or found is None or found.by != by:
            return _error(404, "bad_request", "there is no such message")
        self._had[id] = found.id
        if word["type"] == "unsend":
            person.shown.remove(found)
        else:
            new = {"text": word["text"]} if word["type"] == "edit" else {"sign": word["emoji"] or ""}
            person.shown[person.shown.index(found)] = replace(found, **new)
        self._changed()
        return web.json_response({})

    def _message(self, request: web.Request, id: str, word: dict[str, Any]) -> web.Response:
        person = self._people.get(word.get("address", ""))
        if unknown := set(word) - _KEYS:
            return _error(400, "bad_request", f"unknown field {min(unknown)}")
        if person is None:
            return _error(404, "no_such_person", "nobody has this address")
        if person.blocked:
            return _error(410, "unreachable", "this person has blocked the brand")
        if id in self._had:
            return web.json_response({"id": self._had[id]}, status=409)
        ours = self._had[id] = f"out-{next(self._numbers)}"
        shown = word["text"] or "📎"
        person.shown.append(Bubble(id=ours, by="brand", text=shown, at=self._clock(), author=word["author"]))
        self._changed()
        if "early_echo" in self._on:
            self._tell({"type": "message", "id": ours, "address": word["address"], "at": self._moment(), "by": "brand",
                        "text": word["text"], "correlation": word["id"]})  # fmt: skip
        if self._meets("lost_response") and request.transport:
            request.transport.abort()
        return web.json_response({"id": ours})


def _error(status: int, code: str, reason: str) -> web.Response:
    return web.json_response({"error": {"code": code, "reason": reason}}, status=status)


SIMULATOR = Double
