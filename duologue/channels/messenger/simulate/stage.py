"""What all parts of the double share: the world, its misbehaviour, its hooks, and who watches."""

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from duologue.channels.messenger.simulate.tells import Event, Tells
from duologue.channels.messenger.simulate.world import World
from duologue.channels.meta.double.hooks import Hooks
from duologue.channels.shared.double.faults import Faults
from duologue.channels.shared.double.port import Seen, seen
from duologue.kernel.clock import Clock


class Stage:
    """Everything that happens, happens here; the phones and the API only touch it."""

    def __init__(self, clock: Clock, seed: int | None, chaos: Mapping[str, float]) -> None:
        self.world = World(clock, seed)
        self.faults = Faults(seed, chaos)
        self.hooks: Hooks[Event] = Hooks(Tells(self.world, self.faults), self.faults)
        self.requests: list[Seen] = []
        self._watchers: list[Callable[[], None]] = []

    def watch(self, changed: Callable[[], None]) -> None:
        self._watchers.append(changed)

    def changed(self) -> None:
        """Somebody's screen may look different."""
        for watcher in self._watchers:
            watcher()

    def record(self, request: web.Request, body: dict[str, Any]) -> None:
        self.requests.append(seen(request, body))
