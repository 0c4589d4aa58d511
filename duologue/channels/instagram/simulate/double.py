"""The double as a whole: it listens, its people write, and it misbehaves when told."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from duologue.channels.instagram.acts import NAMES
from duologue.channels.instagram.settings import Settings
from duologue.channels.instagram.simulate.brand import Brand
from duologue.channels.instagram.simulate.commands import COMMANDS, do
from duologue.channels.instagram.simulate.phone import Phone
from duologue.channels.instagram.simulate.samples import SAMPLES
from duologue.channels.instagram.simulate.server import Server
from duologue.channels.instagram.simulate.stage import Stage
from duologue.channels.instagram.simulate.world import ACCOUNT, APP, INBOX, KEY_LIFE, PAGE, USERNAME, World
from duologue.channels.meta.double.messaging import whole
from duologue.channels.simulation import Bubble
from duologue.kernel.clock import Clock, now


class Double(whole.Double[Stage, World, Phone]):
    """The platform on a port of this machine. `seed` makes ids and `chaos` (probabilities by fault) repeatable."""

    kind = "instagram"
    samples, buttons, signs = SAMPLES, COMMANDS, NAMES

    def __init__(
        self, clock: Clock = now, *, seed: int | None = None, chaos: Mapping[str, float] | None = None
    ) -> None:
        stage = Stage(clock, seed, chaos or {})
        self.brand = Brand(stage)
        super().__init__(stage, Server(stage, self.brand).app)

    def settings(self) -> Settings:
        """Of an account connected by Instagram Login."""
        return Settings(
            account_id=ACCOUNT,
            username=USERNAME,
            token=self.world.token,
            app_secret=f"{self.world.app_secret}\n{self.world.basic_secret}",
            verify_token=self.world.verify_token,
            token_ends=(self.world.token_made + KEY_LIFE).isoformat(timespec="seconds"),
            base_url=self.base,
        )

    def page_settings(self) -> Settings:
        """Of the same account connected by Facebook Login, through its page."""
        return replace(
            self.settings(),
            token=self.world.page_token,
            app_secret=self.world.basic_secret,
            page_id=PAGE,
            app_id=str(APP),
            token_ends="",
        )

    def phone(self, person: str) -> Phone:
        """Somebody's phone, by id or name. `KeyError` where there is nobody of that name."""
        return Phone(self.world.thread(person), self._stage)

    def remember(self, person: str, bubbles: Sequence[Bubble]) -> None:
        super().remember(person, bubbles)
        thread = self.world.thread(person)
        thread.wrote = thread.open_since is not None

    async def _do(self, name: str) -> None:
        await do(name, self._stage, self.brand, self._port)

    async def answer_elsewhere(self, person: str, text: str, app: int = INBOX) -> str:
        return await self.brand.answers_elsewhere(person, text, app)

    def hand_over(self, person: str, to: int) -> None:
        self.brand.hand_over(person, to)
