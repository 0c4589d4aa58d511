"""What all parts of the double share: the world, its misbehaviour, its hooks, and who watches."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from aiohttp import web

from duologue.channels.meta.double.hooks import Hooks
from duologue.channels.shared.double.faults import Faults
from duologue.channels.shared.double.port import Seen, seen
from duologue.channels.whatsapp.simulate.tells import Event, Tells
from duologue.channels.whatsapp.simulate.world import World
from duologue.kernel.clock import Clock

GIVES_UP = timedelta(days=7)


class Stage:
    """Everything that happens, happens here; the phones and the API only touch it."""

    def __init__(self, clock: Clock, seed: int | None, chaos: Mapping[str, float]) -> None:
        self.world = World(clock, seed)
        self.faults = Faults(seed, chaos)
        self.hooks: Hooks[Event] = Hooks(Tells(self.world, self.faults), self.faults, gives_up=GIVES_UP)
        self.requests: list[Seen] = []
        self.base = ""  # where the double listens
        self._watchers: list[Callable[[], None]] = []

    def watch(self, changed: Callable[[], None]) -> None:
        self._watchers.append(changed)

    def changed(self) -> None:
        """Somebody's screen may look different."""
        for watcher in self._watchers:
            watcher()

    def record(self, request: web.Request, body: dict[str, Any]) -> None:
        self.requests.append(seen(request, body))
