"""The double as a whole: it listens, its people write, and it misbehaves when told."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiohttp import web
from msgspec import Struct

from duologue.channels.messenger.settings import Settings
from duologue.channels.messenger.simulate.commands import COMMANDS, do
from duologue.channels.messenger.simulate.faults import Faults
from duologue.channels.messenger.simulate.hooks import Event, Hooks
from duologue.channels.messenger.simulate.phone import Phone
from duologue.channels.messenger.simulate.server import Server
from duologue.channels.messenger.simulate.world import APP, PAGE, PAGE_INBOX, PAGE_NAME, Message, Thread, World
from duologue.channels.simulation import Bubble, Caller
from duologue.kernel.clock import Clock, now


class Seen(Struct, frozen=True, kw_only=True):
    """A request that reached the platform, for assertions."""

    method: str
    path: str
    query: dict[str, str]
    authorization: str
    body: dict[str, Any]


class Double:
    """The platform on a port of this machine. `seed` makes ids and `chaos` (probabilities by fault) repeatable."""

    kind = "messenger"

    def __init__(
        self, clock: Clock = now, *, seed: int | None = None, chaos: Mapping[str, float] | None = None
    ) -> None:
        self.world = World(clock, seed)
        self.faults = Faults(seed, chaos or {})
        self.hooks = Hooks(self.world, self.faults)
        self.requests: list[Seen] = []
        self.base = ""
        self._watchers: list[Callable[[], None]] = []
        self._host, self._port = "127.0.0.1", 0
        self._runner: web.AppRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._host, self._port = host, port
        await self.listen()

    async def close(self) -> None:
        await self.hooks.close()
        await self.hang_up()

    def settings(self) -> Settings:
        return Settings(
            page_id=PAGE,
            page_name=PAGE_NAME,
            page_token=self.world.token,
            app_secret=self.world.app_secret,
            verify_token=self.world.verify_token,
            base_url=self.base,
        )

    def places(self) -> Sequence[str]:
        return [f"{self._host}:{self._port}"]

    async def point(self, webhook_url: str) -> None:
        await self.hooks.point(webhook_url)

    async def settled(self) -> None:
        """Returns when every event has been delivered."""
        await self.hooks.settled()

    def people(self) -> Sequence[Caller]:
        return [Caller(one.id, one.name) for one in self.world.threads.values()]

    def phone(self, person: str) -> Phone:
        """Somebody's phone, by id or name. `KeyError` where there is nobody of that name."""
        return Phone(self.world.thread(person), self)

    async def say(self, person: str, text: str) -> None:
        self.phone(person).says(text)

    def screen(self, person: str) -> Sequence[Bubble]:
        return [
            Bubble(
                id=one.id, by=one.by, text=f"📎 {one.text}" if one.file else one.text, at=one.at, status=_status(one)
            )
            for one in self.world.thread(person).messages
            if not one.gone
        ]

    def remember(self, person: str, bubbles: Sequence[Bubble]) -> None:
        thread = self.world.thread(person)
        before = [Message(id=one.id, by=one.by, text=one.text, at=one.at, seen=True) for one in bubbles]
        thread.messages = sorted([*thread.messages, *before], key=lambda one: one.at)
        thread.open_since = max((one.at for one in thread.messages if one.by == "person"), default=None)
        self.changed()

    def watch(self, changed: Callable[[], None]) -> None:
        self._watchers.append(changed)

    def changed(self) -> None:
        """Somebody's screen may look different."""
        for watcher in self._watchers:
            watcher()

    def commands(self) -> dict[str, str]:
        return dict(COMMANDS)

    async def command(self, name: str) -> str:
        words = COMMANDS[name]
        await do(self, name)
        self.changed()
        return f"{words}: done."

    def record(self, request: web.Request, body: dict[str, Any]) -> None:
        self.requests.append(
            Seen(
                method=request.method,
                path=request.path,
                query=dict(request.query),
                authorization=request.headers.get("Authorization", ""),
                body=body,
            )
        )

    async def spoken(self, thread: Thread, message: Message, content: dict[str, Any]) -> None:
        """The page has spoken: the phone has it, and the page's apps hear of it."""
        phone = self.phone(thread.id)
        phone.receives(message)
        echo = phone.echo(message, _with_link(phone, content))
        if self.faults.now("early_echo"):
            await self.hooks.deliver(echo)
        else:
            self.hooks.put(echo)
        self.changed()

    async def answer_elsewhere(self, person: str, text: str, app: int = PAGE_INBOX) -> str:
        """Somebody answers with another tool than ours, by default in the page's own inbox; gives the message's id."""
        thread = self.world.thread(person)
        mid = self.world.number("message")
        said = Message(id=mid, by="brand", text=text, at=self.world.now(), app=app)
        await self.spoken(thread, said, {"text": text})
        return mid

    def hand_over(self, person: str, to: int) -> None:
        """Another app answers this person from now on (or ours again); what is said comes in standby meanwhile."""
        thread = self.world.thread(person)
        before, thread.owner = thread.owner, to
        verb = "take_thread_control" if to == APP else "pass_thread_control"
        about = {"previous_owner_app_id": str(before), "new_owner_app_id": str(to), "metadata": ""}
        self.phone(person).does(**{verb: about})

    def enforce(self, action: str, reason: str | None = None) -> None:
        """The platform warns, blocks or unblocks the page."""
        about = {"action": action} | ({"reason": reason} if reason else {})
        at = round(self.world.now().timestamp() * 1000)
        self.hooks.put(Event({"recipient": {"id": PAGE}, "timestamp": at, "policy-enforcement": about}))

    async def listen(self) -> None:
        """Takes calls, from now on or still."""
        if self._runner is None:
            self._runner = web.AppRunner(Server(self).app(), access_log=None, shutdown_timeout=0.2)
            await self._runner.setup()
            site = web.TCPSite(self._runner, self._host, self._port)
            await site.start()
            self._port = self._runner.addresses[0][1]
            self.base = f"http://{self._host}:{self._port}"

    async def hang_up(self) -> None:
        """Takes no calls: a connector finds nobody there."""
        if self._runner:
            runner, self._runner = self._runner, None
            await runner.cleanup()


def _status(message: Message) -> str:
    return ("seen" if message.seen else "sent") if message.by == "person" else ""


def _with_link(phone: Phone, content: dict[str, Any]) -> dict[str, Any]:
    """The file's number becomes its address."""
    attachments = [
        {"type": one["type"], "payload": {"url": phone.link(one["payload"]["url"])}}
        if one["type"] != "template"
        else one
        for one in content.get("attachments", [])
    ]
    return {**content, "attachments": attachments} if attachments else content
