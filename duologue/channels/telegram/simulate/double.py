"""The double as a whole: it listens, its people write, and it misbehaves when told."""

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from duologue.channels.contract import Kind
from duologue.channels.shared.double.port import Port
from duologue.channels.simulation import Bubble, Caller
from duologue.channels.telegram.settings import Settings
from duologue.channels.telegram.simulate.commands import COMMANDS, do
from duologue.channels.telegram.simulate.phone import Phone
from duologue.channels.telegram.simulate.samples import SAMPLES
from duologue.channels.telegram.simulate.server import Server
from duologue.channels.telegram.simulate.stage import Stage
from duologue.channels.telegram.simulate.world import BOT_USERNAME, Message
from duologue.kernel.clock import Clock, now

_WANTED = [
    "message", "edited_message", "callback_query", "my_chat_member", "message_reaction", "business_connection",
    "business_message", "edited_business_message", "deleted_business_messages",
]  # fmt: skip


class Double:
    """The platform on a port of this machine. `seed` makes numbers and `chaos` (probabilities by fault) repeatable.

    `polled`: the account that it tells of fetches its messages.
    """

    kind = "telegram"

    def __init__(
        self,
        clock: Clock = now,
        *,
        seed: int | None = None,
        chaos: Mapping[str, float] | None = None,
        polled: bool = False,
    ) -> None:
        self.stage = Stage(clock, seed, chaos or {})
        self.world, self.faults, self.hooks = self.stage.world, self.stage.faults, self.stage.hooks
        self.asked, self.polled = self.stage.asked, polled
        self._port = Port(Server(self.stage).app)

    @property
    def base(self) -> str:
        return self._port.base

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._port.host, self._port.port = host, port
        await self._port.listen()

    async def close(self) -> None:
        await self.hooks.close()
        await self._port.hang_up()

    def settings(self) -> Settings:
        known = Settings(token=self.world.token, bot_name=BOT_USERNAME, secret_token=self.world.secret)
        return replace(known, poll=self.polled, base_url=self.base)

    def places(self) -> Sequence[str]:
        return [f"{self._port.host}:{self._port.port}"]

    async def point(self, webhook_url: str) -> None:
        """As the connector's own `setWebhook` would; nothing to do where it is polled."""
        if not self.polled:
            await self.hooks.point(webhook_url, secret=self.world.secret, allowed=list(_WANTED))

    async def settled(self) -> None:
        """Returns when every update has been delivered."""
        await self.hooks.settled()

    def people(self) -> Sequence[Caller]:
        return [Caller(str(one.id), one.name) for one in self.world.chats.values()]

    def phone(self, person: str) -> Phone:
        """Somebody's phone, by number or name. `KeyError` where there is nobody of that name."""
        return Phone(self.world.chat(person), self.stage)

    def business_phone(self, person: str) -> Phone:
        """The same person's chat with the business account."""
        return Phone(self.world.business[self.world.chat(person).id], self.stage)

    async def say(self, person: str, text: str) -> None:
        self.phone(person).says(text)

    def kinds(self) -> Sequence[Kind]:
        return tuple(SAMPLES)

    async def send(self, person: str, kind: Kind) -> str:
        return f"{self.world.chat(person).id}:{SAMPLES[kind](self.phone(person))}"

    def screen(self, person: str) -> Sequence[Bubble]:
        chat = self.world.chat(person)
        shown = [one for one in chat.messages if not one.gone]
        return [
            Bubble(id=f"{chat.id}:{one.number}", by=one.by, text=_drawn(one), at=one.at, sign=one.brands)
            for one in shown
        ]

    def remember(self, person: str, bubbles: Sequence[Bubble]) -> None:
        chat = self.world.chat(person)
        numbers = [_number(one.id) for one in bubbles]
        chat.count = max([chat.count, *numbers])
        before = [
            Message(number=number or chat.count, by=one.by, text=one.text, at=one.at, body={"text": one.text})
            for one, number in zip(bubbles, numbers, strict=True)
        ]
        chat.messages = sorted([*chat.messages, *before], key=lambda one: one.at)
        self.stage.changed()

    def watch(self, changed: Callable[[], None]) -> None:
        self.stage.watch(changed)

    def commands(self) -> dict[str, str]:
        return dict(COMMANDS)

    async def command(self, name: str) -> str:
        words = COMMANDS[name]
        await do(name, self.stage, self._port)
        self.stage.changed()
        return f"{words}: done."


def _drawn(message: Message) -> str:
    buttons = " ".join(f"[{one['text']}]" for row in message.buttons for one in row)
    return f"{message.text}\n{buttons}" if buttons else message.text


def _number(name: str) -> int:
    end = name.rpartition(":")[2]
    return int(end) if end.isascii() and end.isdigit() and len(end) < 16 else 0
