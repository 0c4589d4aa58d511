"""How much, how large and how often: what one visitor, or one network address, may ask of the chat."""

import math
from datetime import datetime

from msgspec import Struct

from duologue.errors import Told, TooMany

KILOBYTE = 1024
MEGABYTE = 1024 * KILOBYTE
TEXT_LIMIT = 10_000  # characters
FILES_EACH = 10
FILE_LIMIT = 10 * MEGABYTE
MESSAGE_LIMIT = 32 * MEGABYTE  # text and files together
JSON_LIMIT = 256 * KILOBYTE  # 10,000 characters outside the basic plane, escaped, are 120 KB
TOKEN_LIMIT = 4 * KILOBYTE
STREAMS_EACH = 12
KEPT = 20_000  # buckets in memory


class TooLarge(Told):
    status = 413
    title = "Too large"


class Rate(Struct, frozen=True):
    """So many at once, then so many a second."""

    burst: float
    a_second: float


RATES = {
    "session": Rate(40, 0.5),
    "message": Rate(20, 1),
    "message from one place": Rate(200, 10),
    "upload": Rate(100 * MEGABYTE, MEGABYTE / 2),
    "answers": Rate(10, 0.2),
    "history": Rate(30, 2),
    "stream": Rate(20, 0.5),
    "typing": Rate(10, 1),
    "receipt": Rate(30, 3),
    "file": Rate(80, 5),
}


class Limits:
    """Token buckets, in memory: a restart forgives, and nobody is written down."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], tuple[float, datetime]] = {}
        self._streams: dict[str, int] = {}

    def take(self, what: str, who: str, *, now: datetime, cost: float = 1) -> None:
        """Counts `cost` against `who`; raises `TooMany` with the seconds until it would fit."""
        rate = RATES[what]
        left, since = self._buckets.pop((what, who), (rate.burst, now))
        left = min(rate.burst, left + max(0.0, (now - since).total_seconds()) * rate.a_second)
        if left < cost:
            self._keep((what, who), left, now)
            wait = math.ceil((cost - left) / rate.a_second)
            raise TooMany("That was a lot at once. Please wait a moment.", wait)
        self._keep((what, who), left - cost, now)

    def enter(self, who: str) -> None:
        """One more open stream; raises `TooMany` where there are too many already. Pair with `leave`."""
        if self._streams.get(who, 0) >= STREAMS_EACH:
            raise TooMany("The chat is open in too many windows.", 30)
        self._streams[who] = self._streams.get(who, 0) + 1

    def leave(self, who: str) -> None:
        left = self._streams.pop(who) - 1
        if left:
            self._streams[who] = left

    def _keep(self, key: tuple[str, str], left: float, now: datetime) -> None:
        """Newest last, so that the bucket forgotten for room is the one longest at rest."""
        self._buckets[key] = (left, now)
        if len(self._buckets) > KEPT:
            del self._buckets[next(iter(self._buckets))]
