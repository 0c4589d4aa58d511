"""What all parts of the double share: the world, its misbehaviour, its hooks, and who watches."""

from collections.abc import Mapping

from duologue.channels.messenger.simulate.tells import Event, Tells
from duologue.channels.messenger.simulate.world import World
from duologue.channels.meta.double import stage
from duologue.channels.meta.double.hooks import Hooks
from duologue.channels.shared.double.faults import Faults
from duologue.kernel.clock import Clock


class Stage(stage.Stage[World, Event]):
    """Everything that happens, happens here; the phones and the API only touch it."""

    def __init__(self, clock: Clock, seed: int | None, chaos: Mapping[str, float]) -> None:
        world, faults = World(clock, seed), Faults(seed, chaos)
        super().__init__(world, faults, Hooks(Tells(world, faults), faults))
