"""The double as a whole: it listens, its people write, and it misbehaves when told."""

from collections.abc import Callable, Mapping, Sequence

from duologue.channels.contract import Kind
from duologue.channels.messenger.acts import NAMES
from duologue.channels.messenger.settings import Settings
from duologue.channels.messenger.simulate.commands import COMMANDS, do
from duologue.channels.messenger.simulate.page import Page
from duologue.channels.messenger.simulate.phone import Phone
from duologue.channels.messenger.simulate.samples import SAMPLES
from duologue.channels.messenger.simulate.server import Server
from duologue.channels.messenger.simulate.stage import Stage
from duologue.channels.messenger.simulate.templates import SEEDS
from duologue.channels.messenger.simulate.world import APP, PAGE, PAGE_INBOX, PAGE_NAME, Message
from duologue.channels.meta.double import templates
from duologue.channels.shared.double.port import Port
from duologue.channels.simulation import Bubble, Caller
from duologue.kernel.clock import Clock, now


class Double:
    """The platform on a port of this machine. `seed` makes ids and `chaos` (probabilities by fault) repeatable."""

    kind = "messenger"

    def __init__(
        self, clock: Clock = now, *, seed: int | None = None, chaos: Mapping[str, float] | None = None
    ) -> None:
        self._stage = Stage(clock, seed, chaos or {})
        self.world, self.faults, self.hooks = self._stage.world, self._stage.faults, self._stage.hooks
        self.requests = self._stage.requests
        templates.begin(self.world, SEEDS)
        self.page = Page(self._stage)
        self._port = Port(Server(self._stage, self.page).app)

    @property
    def base(self) -> str:
        return self._port.base

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._port.host, self._port.port = host, port
        await self._port.listen()
        self.world.shelf.base = self._port.base

    async def close(self) -> None:
        await self.hooks.close()
        await self._port.hang_up()

    def settings(self) -> Settings:
        return Settings(
            page_id=PAGE,
            page_name=PAGE_NAME,
            page_token=self.world.token,
            app_secret=self.world.app_secret,
            verify_token=self.world.verify_token,
            app_id=str(APP),
            base_url=self.base,
        )

    def places(self) -> Sequence[str]:
        return [f"{self._port.host}:{self._port.port}"]

    async def point(self, webhook_url: str) -> None:
        await self.hooks.point(webhook_url)

    async def settled(self) -> None:
        """Returns when every event has been delivered."""
        await self.hooks.settled()

    def people(self) -> Sequence[Caller]:
        return [Caller(one.id, one.name) for one in self.world.threads.values()]

    def phone(self, person: str) -> Phone:
        """Somebody's phone, by id or name. `KeyError` where there is nobody of that name."""
        return Phone(self.world.thread(person), self._stage)

    async def say(self, person: str, text: str) -> None:
        self.phone(person).says(text)

    def kinds(self) -> Sequence[Kind]:
        return tuple(SAMPLES)

    async def send(self, person: str, kind: Kind) -> str:
        return SAMPLES[kind](self.phone(person))

    def screen(self, person: str) -> Sequence[Bubble]:
        return [
            Bubble(id=one.id, by=one.by, text=_shown(one), at=one.at, status=_status(one), sign=_sign(one))
            for one in self.world.thread(person).messages
            if not one.gone
        ]

    def remember(self, person: str, bubbles: Sequence[Bubble]) -> None:
        thread = self.world.thread(person)
        before = [Message(id=one.id, by=one.by, text=one.text, at=one.at, seen=True) for one in bubbles]
        thread.messages = sorted([*thread.messages, *before], key=lambda one: one.at)
        thread.open_since = max((one.at for one in thread.messages if one.by == "person"), default=None)
        self._stage.changed()

    def watch(self, changed: Callable[[], None]) -> None:
        self._stage.watch(changed)

    def commands(self) -> dict[str, str]:
        return dict(COMMANDS)

    async def command(self, name: str) -> str:
        words = COMMANDS[name]
        await do(name, self._stage, self.page, self._port)
        self._stage.changed()
        return f"{words}: done."

    async def answer_elsewhere(self, person: str, text: str, app: int = PAGE_INBOX) -> str:
        return await self.page.answers_elsewhere(person, text, app)

    def hand_over(self, person: str, to: int) -> None:
        self.page.hand_over(person, to)

    def enforce(self, action: str, reason: str | None = None) -> None:
        self.page.enforces(action, reason)


def _sign(message: Message) -> str:
    """The brand's reaction to what the person said; the person's own stands on the brand's messages."""
    return next((sign for sign, name in NAMES.items() if message.by == "person" and name == message.reaction), "")


def _shown(message: Message) -> str:
    return f"📎 {message.text}" if message.file else f"💬 {message.text}" if message.public else message.text


def _status(message: Message) -> str:
    return ("seen" if message.seen else "sent") if message.by == "person" else ""
