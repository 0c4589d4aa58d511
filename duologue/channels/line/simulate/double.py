"""The double as a whole: it listens, its people write, and it misbehaves when told."""

from collections.abc import Callable, Mapping, Sequence

from duologue.channels.contract import Kind
from duologue.channels.line.settings import Settings
from duologue.channels.line.simulate.commands import COMMANDS, Buttons
from duologue.channels.line.simulate.hooks import Hooks
from duologue.channels.line.simulate.phone import Phone
from duologue.channels.line.simulate.samples import SAMPLES
from duologue.channels.line.simulate.server import Server
from duologue.channels.line.simulate.world import BOT, NAME, Message, World
from duologue.channels.shared.double.faults import Faults
from duologue.channels.shared.double.port import Port
from duologue.channels.simulation import Bubble, Caller
from duologue.kernel.clock import Clock, now


class Double:
    """The platform on a port of this machine. `seed` makes ids and `chaos` (probabilities by fault) repeatable."""

    kind = "line"

    def __init__(
        self, clock: Clock = now, *, seed: int | None = None, chaos: Mapping[str, float] | None = None
    ) -> None:
        self.world, self.faults = World(clock, seed), Faults(seed, chaos or {})
        self.hooks = Hooks(self.world, self.faults)
        self._watchers: list[Callable[[], None]] = []
        self.server = Server(self.world, self.faults, self.hooks, self._changed)
        self._port = Port(self.server.app)
        self._buttons = Buttons(self.world, self.faults, self.hooks, self._port)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._port.host, self._port.port = host, port
        await self._port.listen()

    async def close(self) -> None:
        await self.hooks.close()
        await self._port.hang_up()

    def settings(self) -> Settings:
        return Settings(
            account_name=NAME,
            channel_secret=self.world.secret,
            access_token=self.world.token,
            bot_id=BOT,
            sticker_url="",
            base_url=self._port.base,
            data_url=self._port.base,
        )

    def places(self) -> Sequence[str]:
        return [f"{self._port.host}:{self._port.port}"]

    async def point(self, webhook_url: str) -> None:
        await self.hooks.point(webhook_url)

    async def settled(self) -> None:
        """Returns when every event has been delivered."""
        await self.hooks.settled()

    def people(self) -> Sequence[Caller]:
        return [Caller(one.id, one.name) for one in self.world.friends.values()]

    def phone(self, person: str) -> Phone:
        """Somebody's phone, by id or name. `KeyError` where there is nobody of that name."""
        return Phone(self.world.friend(person), self.world, self.hooks)

    async def say(self, person: str, text: str) -> None:
        self.phone(person).says(text)
        self._changed()

    def kinds(self) -> Sequence[Kind]:
        return tuple(SAMPLES)

    async def send(self, person: str, kind: Kind) -> str:
        sent = SAMPLES[kind](self.phone(person))
        self._changed()
        return sent

    def screen(self, person: str) -> Sequence[Bubble]:
        return [
            Bubble(id=one.id, by=one.by, text=one.text, at=one.at, status=_status(one), author=one.author)
            for one in self.world.friend(person).messages
            if not one.gone
        ]

    def remember(self, person: str, bubbles: Sequence[Bubble]) -> None:
        friend = self.world.friend(person)
        before = [Message(id=one.id, by=one.by, text=one.text, at=one.at, author=one.author) for one in bubbles]
        friend.messages = sorted([*before, *friend.messages], key=lambda one: one.at)
        self._changed()

    def watch(self, changed: Callable[[], None]) -> None:
        self._watchers.append(changed)

    def commands(self) -> dict[str, str]:
        return dict(COMMANDS)

    async def command(self, name: str) -> str:
        words = COMMANDS[name]
        await self._buttons.press(name)
        self._changed()
        return f"{words}: done."

    def _changed(self) -> None:
        for watcher in self._watchers:
            watcher()


def _status(message: Message) -> str:
    return ("seen" if message.seen else "sent") if message.by == "person" else ""
