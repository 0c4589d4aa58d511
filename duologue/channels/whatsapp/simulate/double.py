"""The double as a whole: it listens, its people write, and it misbehaves when told."""

from collections.abc import Callable, Mapping, Sequence

from duologue.channels.contract import Kind
from duologue.channels.meta.double import templates
from duologue.channels.shared.double.port import Port
from duologue.channels.simulation import Bubble, Caller
from duologue.channels.whatsapp.settings import Settings
from duologue.channels.whatsapp.simulate.brand import Brand
from duologue.channels.whatsapp.simulate.commands import COMMANDS, do
from duologue.channels.whatsapp.simulate.phone import Phone
from duologue.channels.whatsapp.simulate.samples import SAMPLES
from duologue.channels.whatsapp.simulate.server import Server
from duologue.channels.whatsapp.simulate.stage import Stage
from duologue.channels.whatsapp.simulate.templates import SEEDS
from duologue.channels.whatsapp.simulate.world import APP, NUMBER, PHONE_ID, WABA, Message
from duologue.kernel.clock import Clock, now


class Double:
    """The platform on a port of this machine. `seed` makes ids and `chaos` (probabilities by fault) repeatable."""

    kind = "whatsapp"

    def __init__(
        self, clock: Clock = now, *, seed: int | None = None, chaos: Mapping[str, float] | None = None
    ) -> None:
        self._stage = Stage(clock, seed, chaos or {})
        self.world, self.faults, self.hooks = self._stage.world, self._stage.faults, self._stage.hooks
        self.requests = self._stage.requests
        self.brand = Brand(self._stage)
        self._port = Port(Server(self._stage, self.brand).app)
        templates.begin(self.world, SEEDS)

    @property
    def base(self) -> str:
        return self._port.base

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._port.host, self._port.port = host, port
        await self._port.listen()
        self._stage.base = self._port.base

    async def close(self) -> None:
        await self.hooks.close()
        await self._port.hang_up()

    def settings(self) -> Settings:
        return Settings(
            number=NUMBER,
            phone_id=PHONE_ID,
            account_id=WABA,
            token=self.world.token,
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
        all_of_it = [one for one in self.world.thread(person).messages if not one.gone]
        signs = {one.reply_to: one.text for one in all_of_it if _is_sign(one)}
        return [
            Bubble(id=one.id, by=one.by, text=_shown(one), at=one.at, status=_status(one), sign=signs.get(one.id, ""))
            for one in all_of_it
            if not _is_sign(one)
        ]

    def remember(self, person: str, bubbles: Sequence[Bubble]) -> None:
        thread = self.world.thread(person)
        before = [Message(id=one.id, by=one.by, text=one.text, at=one.at, seen=True, status="read") for one in bubbles]
        thread.messages = sorted([*thread.messages, *before], key=lambda one: one.at)
        thread.open_since = max((one.at for one in thread.messages if one.by == "person"), default=None)
        self._stage.changed()

    def watch(self, changed: Callable[[], None]) -> None:
        self._stage.watch(changed)

    def commands(self) -> dict[str, str]:
        return dict(COMMANDS)

    async def command(self, name: str) -> str:
        words = COMMANDS[name]
        await do(name, self._stage, self.brand, self._port)
        self._stage.changed()
        return f"{words}: done."


def _is_sign(message: Message) -> bool:
    return message.by == "brand" and message.type == "reaction"


def _shown(message: Message) -> str:
    """With what may be tapped below it."""
    return "\n".join([message.text, *(f"▸ {title}" for title in message.buttons)])


def _status(message: Message) -> str:
    return ("seen" if message.seen else "sent") if message.by == "person" else ""
