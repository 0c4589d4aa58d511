"""What all parts of the double share: the world, its misbehaviour, its updates, and who watches."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from duologue.channels.shared.double.faults import Faults
from duologue.channels.telegram.simulate.hooks import Hooks
from duologue.channels.telegram.simulate.pace import Pace
from duologue.channels.telegram.simulate.world import BotError, World
from duologue.kernel.clock import Clock


class Asked(Struct, frozen=True, kw_only=True):
    """A call that reached the platform, for assertions."""

    method: str
    params: dict[str, Any]
    files: tuple[str, ...] = ()


class Stage:
    """Everything that happens, happens here; the phones and the API only touch it."""

    def __init__(self, clock: Clock, seed: int | None, chaos: Mapping[str, float]) -> None:
        self.world = World(clock, seed)
        self.faults = Faults(seed, chaos)
        self.hooks = Hooks(self.world, self.faults, self._run)
        self.pace = Pace(self.world.now)
        self.asked: list[Asked] = []
        self.planned: list[BotError] = []
        self.answered: dict[str, str | None] = {}  # taps that still turn, and those that were answered, by their id
        self._watchers: list[Callable[[], None]] = []

    def watch(self, changed: Callable[[], None]) -> None:
        self._watchers.append(changed)

    def changed(self) -> None:
        """Somebody's screen may look different."""
        for watcher in self._watchers:
            watcher()

    def plan(self, code: int, description: str, **parameters: int) -> None:
        """One of the next sends is answered with this error, in the order of planning."""
        self.planned.append(BotError(code, description, **parameters))

    async def _run(self, asked: dict[str, Any]) -> None:
        """A call in a webhook's answer; only what changes something for the person is taken that way."""
        if asked["method"] == "answerCallbackQuery" and asked.get("callback_query_id") in self.answered:
            self.answered[asked["callback_query_id"]] = str(asked.get("text") or "")
            self.asked.append(Asked(method="answerCallbackQuery", params=asked))
