"""Ways to misbehave: switches, things that happen so many times, and a share of everything by seed."""

import random
from collections import Counter
from collections.abc import Mapping

from msgspec import Struct


class Planned(Struct, frozen=True):
    """An error by its numbers, as the platform words it."""

    code: int
    subcode: int | None
    status: int


class Faults:
    """What is switched on. `chaos` gives a probability for any name, drawn from `seed`.

    Known here: the switches twice, reorder, early_echo, slow; and, so many times: lost_response, dropped,
    dropped_upload, throttle, broken, bad_signature, truncated. A platform adds names of its own.
    """

    def __init__(self, seed: int | None, chaos: Mapping[str, float]) -> None:
        self._seed = seed
        self._dice: dict[str, random.Random] = {}
        self.pace = 1.0  # by which all waiting of the double is multiplied
        self._chaos = dict(chaos)
        self._on: set[str] = set()
        self._left: Counter[str] = Counter()
        self._planned: list[Planned] = []

    def switch(self, name: str, on: bool = True) -> None:
        (self._on.add if on else self._on.discard)(name)

    def next(self, name: str, times: int = 1) -> None:
        """The next `times` occasions go wrong in this way."""
        self._left[name] += times

    def plan(self, code: int, subcode: int | None = None, *, status: int = 400) -> None:
        """One of the next sends is answered with this error, in the order of planning."""
        self._planned.append(Planned(code, subcode, status))

    def now(self, name: str) -> bool:
        """Whether this happens at this very moment; a counted one is used up."""
        if self._left[name] > 0:
            self._left[name] -= 1
            return True
        return name in self._on or (name in self._chaos and self.dice(name).random() < self._chaos[name])

    def dice(self, name: str) -> random.Random:
        """Chance for one purpose: each has its own, so that a seed gives the same whatever happens beside it."""
        if name not in self._dice:
            made = random.Random(None if self._seed is None else f"{self._seed}:{name}")  # noqa: S311 -- no secret
            self._dice[name] = made
        return self._dice[name]

    def planned(self) -> Planned | None:
        """The error that the next send is to be answered with."""
        return self._planned.pop(0) if self._planned else None

    def calm(self) -> None:
        """Everything behaves again."""
        self._chaos.clear()
        self._on.clear()
        self._left.clear()
        self._planned.clear()
