"""The double as a whole: it listens, its people write, and it misbehaves when told."""

from collections.abc import Mapping, Sequence

from duologue.channels.meta.double import templates, whole
from duologue.channels.simulation import Bubble
from duologue.channels.whatsapp.settings import Settings
from duologue.channels.whatsapp.simulate.brand import Brand
from duologue.channels.whatsapp.simulate.commands import COMMANDS, do
from duologue.channels.whatsapp.simulate.phone import Phone
from duologue.channels.whatsapp.simulate.samples import SAMPLES
from duologue.channels.whatsapp.simulate.server import Server
from duologue.channels.whatsapp.simulate.stage import Stage
from duologue.channels.whatsapp.simulate.templates import SEEDS
from duologue.channels.whatsapp.simulate.world import APP, NUMBER, PHONE_ID, WABA, Message, World
from duologue.kernel.clock import Clock, now


class Double(whole.Double[Stage, World, Phone]):
    """The platform on a port of this machine. `seed` makes ids and `chaos` (probabilities by fault) repeatable."""

    kind = "whatsapp"
    samples, buttons = SAMPLES, COMMANDS

    def __init__(
        self, clock: Clock = now, *, seed: int | None = None, chaos: Mapping[str, float] | None = None
    ) -> None:
        stage = Stage(clock, seed, chaos or {})
        self.brand = Brand(stage)
        super().__init__(stage, Server(stage, self.brand).app)
        templates.begin(self.world, SEEDS)

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

    def phone(self, person: str) -> Phone:
        """Somebody's phone, by id or name. `KeyError` where there is nobody of that name."""
        return Phone(self.world.thread(person), self._stage)

    def screen(self, person: str) -> Sequence[Bubble]:
        all_of_it = [one for one in self.world.thread(person).messages if not one.gone]
        signs = {one.reply_to: one.text for one in all_of_it if _is_sign(one)}
        return [
            Bubble(
                id=one.id, by=one.by, text=_shown(one), at=one.at, status=whole.seen(one), sign=signs.get(one.id, "")
            )
            for one in all_of_it
            if not _is_sign(one)
        ]

    def _remembered(self, bubble: Bubble) -> Message:
        return Message(id=bubble.id, by=bubble.by, text=bubble.text, at=bubble.at, seen=True, status="read")

    async def _do(self, name: str) -> None:
        await do(name, self._stage, self.brand, self._port)


def _is_sign(message: Message) -> bool:
    return message.by == "brand" and message.type == "reaction"


def _shown(message: Message) -> str:
    """With what may be tapped below it."""
    return "\n".join([message.text, *(f"▸ {title}" for title in message.buttons)])
