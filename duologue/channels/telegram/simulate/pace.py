"""How fast a bot may send: one message a second to one person (a few more at once), some thirty in all."""

from collections.abc import Callable
from datetime import datetime

from duologue.channels.telegram.simulate.world import BotError

EACH, ALL = (1.0, 5.0), (30.0, 30.0)  # a second, and at once


class Pace:
    """Buckets by the platform's own clock; only where `on`, as the real ones are not told exactly either."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.on = False
        self._now = now
        self._buckets: dict[int, tuple[float, datetime]] = {}

    def take(self, chat: int) -> None:
        """Raises the platform's error where it goes too fast."""
        if not self.on:
            return
        for bucket, (rate, most) in ((chat, EACH), (0, ALL)):
            left, since = self._buckets.get(bucket, (most, self._now()))
            left = min(most, left + (self._now() - since).total_seconds() * rate)
            if left < 1:
                after = max(1, round((1 - left) / rate))
                raise BotError(429, f"Too Many Requests: retry after {after}", retry_after=after)
            self._buckets[bucket] = (left - 1, self._now())
