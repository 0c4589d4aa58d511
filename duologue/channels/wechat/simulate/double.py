"""The double: people say things here, and misbehaviour is commanded here."""

from collections.abc import Callable, Sequence
from typing import Any

from aiohttp import web
from msgspec.structs import replace

from duologue.channels.content import Kind
from duologue.channels.simulation import COMMON, Bubble, Caller
from duologue.channels.wechat.settings import Settings
from duologue.channels.wechat.simulate.hook import Hook
from duologue.channels.wechat.simulate.server import Server
from duologue.channels.wechat.simulate.world import MOST, PEOPLE, PICTURE, WINDOW, Grant, Person, World
from duologue.kernel.clock import Clock, now

_CAN = (
    "deliver_twice", "lost_response", "dropped", "throttle", "broken", "slow", "down", "up", "close_windows",
    "revoke_token", "restore_token", "block", "unblock", "huge_batch", "malformed", "bad_signature", "expire_media",
    "calm",
)  # fmt: skip
COMMANDS = {name: COMMON[name] for name in _CAN} | {
    "use_up": "Everybody has had five answers, until they write again",
    "not_allowed": "This server's address is taken off the allow-list, until all of this ends",
    "end_key": "The key of two hours ends now",
    "insist": "What is not acknowledged is told until it is, until all of this ends",
}
SETTINGS = Settings(
    account_name="Lume",
    app_id="wx0123456789abcdef",
    app_secret="0123456789abcdef0123456789abcdef",  # noqa: S106 -- made up
    token="wechattoken0001",  # noqa: S106 -- made up
    aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    account_id="gh_0123456789ab",
)


class Double:
    """WeChat on a port of this machine."""

    kind = "wechat"

    def __init__(self, clock: Clock = now, *, seed: int | None = None) -> None:
        self.world = World(clock, seed)
        self.hook = Hook(self.world, SETTINGS)
        self.server = Server(self.world, SETTINGS, self.hook)
        self._runner: web.AppRunner | None = None
        self._host, self._port, self._odd = "127.0.0.1", 0, 0

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._host, self._port = host, port
        await self._listen()

    async def close(self) -> None:
        await self.hook.close()
        await self._hang_up()

    def settings(self) -> Settings:
        return replace(SETTINGS, base_url=f"http://{self._host}:{self._port}")

    def places(self) -> Sequence[str]:
        return [f"{self._host}:{self._port}"]

    async def point(self, webhook_url: str) -> None:
        self.hook.open(webhook_url)

    def people(self) -> Sequence[Caller]:
        return PEOPLE

    async def say(self, person: str, text: str) -> None:
        who = self.world.people[person]
        if text in who.offered:
            self._chose(who, text)
        else:
            self._said(who, text, {"MsgType": "text", "Content": text})

    def kinds(self) -> Sequence[Kind]:
        return (Kind.IMAGE, Kind.AUDIO, Kind.VIDEO, Kind.LOCATION, Kind.LINK, Kind.TAP, Kind.NOTICE)

    async def send(self, person: str, kind: Kind) -> str:
        who = self.world.people[person]
        if kind in {Kind.TAP, Kind.NOTICE}:
            return self._happened(who, kind)
        samples: dict[Kind, Callable[[], dict[str, Any]]] = {
            Kind.IMAGE: lambda: {"MsgType": "image", "PicUrl": "http://mmbiz.qpic.cn/made-up/0",
                                 "MediaId": self.world.keep(PICTURE, "image/png")},
            Kind.AUDIO: lambda: {"MsgType": "voice", "Format": "amr", "Recognition": "有四十二码吗？",
                                 "MediaId": self.world.keep(b"#!AMR\n" + b"\0" * 60, "audio/amr")},
            Kind.VIDEO: lambda: {"MsgType": "video", "ThumbMediaId": self.world.keep(PICTURE, "image/png"),
                                 "MediaId": self.world.keep(b"\0\0\0\x18ftypmp42" + b"\0" * 60, "video/mp4")},
            Kind.LOCATION: lambda: {"MsgType": "location", "Location_X": 31.2304, "Location_Y": 121.4737,
                                    "Scale": 15, "Label": "上海市黄浦区"},
            Kind.LINK: lambda: {"MsgType": "link", "Title": "Lume Runner", "Description": "Light as a feather",
                                "Url": "https://lume.example/runner"},
        }  # fmt: skip
        return self._said(who, f"[{kind.value}]", samples[kind]())

    def screen(self, person: str) -> Sequence[Bubble]:
        return list(self.world.people[person].shown)

    def remember(self, person: str, bubbles: Sequence[Bubble]) -> None:
        who = self.world.people[person]
        who.shown = sorted([*who.shown, *bubbles], key=lambda one: one.at)
        last = max((one.at for one in who.shown if one.by == "person"), default=None)
        if last:
            answered = sum(one.by == "brand" and one.at > last for one in who.shown)
            who.message = Grant(last + WINDOW, MOST - answered)
        self.world.changed()

    def commands(self) -> dict[str, str]:
        return dict(COMMANDS)

    async def command(self, name: str) -> str:
        words = COMMANDS[name]
        await self._do(name)
        self.world.changed()
        return f"{words}: done."

    def watch(self, changed: Callable[[], None]) -> None:
        self.world.watch(changed)

    async def _do(self, name: str) -> None:
        match name:
            case "throttle" | "broken" | "lost_response" | "dropped":
                self.server.faults[name] = {"throttle": 5, "broken": 3}.get(name, 1)
            case "insist":
                self.hook.insists = True
            case "down":
                await self._hang_up()
            case "up":
                await self._listen()
            case "revoke_token" | "restore_token":
                self.world.revoked = name == "revoke_token"
            case "block" | "unblock":
                self._follows(self.world.people[PEOPLE[-1].id], follows=name == "unblock")
            case "huge_batch":
                for number in range(200):
                    await self.say(PEOPLE[number % 3].id, f"Message {number + 1} of 200")
            case "calm":
                self.hook.twice, self.server.slow, self.server.allowed = False, False, True
                self.hook.insists = False
                self.server.faults.clear()
                await self._listen()
            case _:
                self._turn_on(name)

    def _turn_on(self, name: str) -> None:
        match name:
            case "deliver_twice":
                self.hook.twice = True
            case "slow":
                self.server.slow = True
            case "malformed":
                self._odd = 1
            case "bad_signature":
                self.hook.wrong = 1
            case "expire_media":
                self.world.files = {key: (data, mime, self.world.now()) for key, (data, mime, _) in self._files()}
            case "not_allowed":
                self.server.allowed, self.world.key_ends = False, self.world.now()
            case "end_key":
                self.world.key_ends = self.world.now()
            case "close_windows" | "use_up":
                for person in self.world.people.values():
                    for one in person.grants(self.world.now()):
                        one.left = 0
                        one.until = self.world.now() if name == "close_windows" else one.until

    def _files(self) -> Any:
        return self.world.files.items()

    def _said(self, person: Person, shown: str, about: dict[str, Any]) -> str:
        number = str(next(self.world.numbers))
        self.world.spoke(person, shown, number)
        if self._odd:
            self._odd = 0
            self.hook.tell(b"<xml><ToUserName>gh_0123456789ab</ToUserName><MsgType>text</MsgType></xml>")
        self.hook.tell(self.server.told(person, {**about, "MsgId": int(number)}))
        return number

    def _chose(self, person: Person, choice: str) -> None:
        """A choice below a message of ours was tapped: it is told as a text, and counts as a menu's tap."""
        number = str(next(self.world.numbers))
        self.world.wrote(person, choice, number)
        self.world.tapped(person)
        about = {"MsgType": "text", "Content": choice, "bizmsgmenuid": person.offered[choice]}
        self.hook.tell(self.server.told(person, {**about, "MsgId": int(number)}))

    def _happened(self, person: Person, kind: Kind) -> str:
        """A menu entry is tapped, or a code is scanned: three answers within a minute."""
        about = {"Event": "CLICK", "EventKey": "SIZES"}
        if kind is Kind.NOTICE:
            about = {"Event": "SCAN", "EventKey": "shop-1", "Ticket": "gQH47joAAAAAAAAA"}
        self.world.tapped(person)
        self.hook.tell(self.server.told(person, {"MsgType": "event", **about}))
        return str(next(self.world.numbers))

    def _follows(self, person: Person, *, follows: bool) -> None:
        person.follows = follows
        if follows:
            self.world.tapped(person)
        event = "subscribe" if follows else "unsubscribe"
        self.hook.tell(self.server.told(person, {"MsgType": "event", "Event": event, "EventKey": ""}))

    async def _listen(self) -> None:
        if self._runner is None:
            self._runner = web.AppRunner(self.server.app(), access_log=None, shutdown_timeout=0.2)
            await self._runner.setup()
            await web.TCPSite(self._runner, self._host, self._port).start()
            self._port = self._runner.addresses[0][1]

    async def _hang_up(self) -> None:
        if self._runner:
            runner, self._runner = self._runner, None
            await runner.cleanup()
