"""What all parts of a double share: the world, its misbehaviour, its hooks, and who watches."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from aiohttp import web

from duologue.channels.meta.double.hooks import Hooks
from duologue.channels.meta.double.world import World
from duologue.channels.shared.double.faults import Faults
from duologue.channels.shared.double.port import Seen, seen

W = TypeVar("W", bound=World[Any])
E = TypeVar("E")


class Stage(Generic[W, E]):
    """Everything that happens, happens here; the phones and the API only touch it."""

    def __init__(self, world: W, faults: Faults, hooks: Hooks[E]) -> None:
        self.world, self.faults, self.hooks = world, faults, hooks
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
