"""How often the same caller may try: token buckets in memory, of a bounded number of callers."""

import ipaddress
import math
from collections import OrderedDict

from msgspec import Struct

from duologue.errors import TooMany
from duologue.kernel.clock import Clock


class _Bucket(Struct):
    tokens: float
    at: float


class Buckets:
    """A bucket a key: `burst` tries at once, and one more every `seconds`."""

    def __init__(self, *, burst: int, seconds: float, now: Clock, most: int = 20_000) -> None:
        self._burst = burst
        self._seconds = seconds
        self._now = now
        self._most = most
        self._kept: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, key: str) -> None:
        """One try. Raises `TooMany` where there have been too many lately."""
        bucket = self._filled(key)
        if bucket.tokens < 1:
            wait = math.ceil((1 - bucket.tokens) * self._seconds)
            raise TooMany("That was tried too often. Please wait a little, then try again.", wait)
        bucket.tokens -= 1

    def give_back(self, key: str) -> None:
        """The try was a good one and does not count."""
        bucket = self._filled(key)
        bucket.tokens = min(self._burst, bucket.tokens + 1)

    def _filled(self, key: str) -> _Bucket:
        moment = self._now().timestamp()
        bucket = self._kept.pop(key, None) or _Bucket(self._burst, moment)
        bucket.tokens = min(self._burst, bucket.tokens + max(0.0, moment - bucket.at) / self._seconds)
        bucket.at = moment
        self._kept[key] = bucket
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return bucket


def neighbourhood(address: str) -> str:
    """What counts as one caller: an IPv4 address, or the /64 that one subscriber has of IPv6."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network(f"{address}/64", strict=False)) if ip.version == 6 else address
