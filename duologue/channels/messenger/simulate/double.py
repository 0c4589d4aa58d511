"""The double as a whole: it listens, its people write, and it misbehaves when told."""

from collections.abc import Mapping

from duologue.channels.messenger.acts import NAMES
from duologue.channels.messenger.settings import Settings
from duologue.channels.messenger.simulate.commands import COMMANDS, do
from duologue.channels.messenger.simulate.page import Page
from duologue.channels.messenger.simulate.phone import Phone
from duologue.channels.messenger.simulate.samples import SAMPLES
from duologue.channels.messenger.simulate.server import Server
from duologue.channels.messenger.simulate.stage import Stage
from duologue.channels.messenger.simulate.templates import SEEDS
from duologue.channels.messenger.simulate.world import APP, PAGE, PAGE_INBOX, PAGE_NAME, World
from duologue.channels.meta.double import templates
from duologue.channels.meta.double.messaging import whole
from duologue.kernel.clock import Clock, now


class Double(whole.Double[Stage, World, Phone]):
    """The platform on a port of this machine. `seed` makes ids and `chaos` (probabilities by fault) repeatable."""

    kind = "messenger"
    samples, buttons, signs = SAMPLES, COMMANDS, NAMES

    def __init__(
        self, clock: Clock = now, *, seed: int | None = None, chaos: Mapping[str, float] | None = None
    ) -> None:
        stage = Stage(clock, seed, chaos or {})
        self.page = Page(stage)
        super().__init__(stage, Server(stage, self.page).app)
        templates.begin(self.world, SEEDS)

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

    def phone(self, person: str) -> Phone:
        """Somebody's phone, by id or name. `KeyError` where there is nobody of that name."""
        return Phone(self.world.thread(person), self._stage)

    async def _do(self, name: str) -> None:
        await do(name, self._stage, self.page, self._port)

    async def answer_elsewhere(self, person: str, text: str, app: int = PAGE_INBOX) -> str:
        return await self.page.answers_elsewhere(person, text, app)

    def hand_over(self, person: str, to: int) -> None:
        self.page.hand_over(person, to)

    def enforce(self, action: str, reason: str | None = None) -> None:
        self.page.enforces(action, reason)
