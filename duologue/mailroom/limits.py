"""How much an account may send in a minute, an hour, a day, as its provider counts. What is over it waits.

What goes to many waits first: a fifth of each limit is kept for answers, and a tenth for those that people write.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from duologue.accounts.connected import Connected
from duologue.channels.contract import Limit, Outgoing, Sign, TryLater
from duologue.kernel.house import House
from duologue.mailroom import store_limits
from duologue.mailroom.store_limits import Used

BULK, AUTOMATED = 0.8, 0.9  # parts of a limit up to which these are sent
LONGEST = timedelta(hours=1)  # until it is looked at again
_SHORTEST = timedelta(seconds=5)


class Room(Struct, frozen=True):
    """A message may leave; counted under `minute`, to be taken back where it was not sent."""

    minute: datetime


def of(connected: Connected) -> Sequence[Limit]:
    """The limits of an account; none for most."""
    its = connected.channel.limits
    return its(connected.account.settings) if its else ()


async def take(house: House, connected: Connected, outgoing: Outgoing) -> Room | TryLater | None:
    """Counts a message before it leaves, or says how long it waits. None where nothing is counted. Raises `Away`."""
    limits = of(connected)
    if not limits:
        return None
    now = house.now()
    async with house.db.hall() as tx:
        used = await store_limits.used(tx, connected.account.id, [one.within for one in limits], now)
        for limit, so_far in zip(limits, used, strict=True):
            if so_far.messages >= most(limit, outgoing):
                return _waits(limit, so_far, outgoing, now)
        minute = now.replace(second=0, microsecond=0)
        await store_limits.count(tx, connected.workspace_id, connected.account.id, minute, now - timedelta(days=2))
    return Room(minute)


async def give_back(house: House, connected: Connected, room: Room) -> None:
    """It was not sent. Raises `Away`."""
    async with house.db.hall() as tx:
        await store_limits.give_back(tx, connected.account.id, room.minute)


def most(limit: Limit, outgoing: Outgoing) -> int:
    """How many may leave before this one; at least one of any kind."""
    part = BULK if outgoing.bulk else AUTOMATED if outgoing.automated else 1.0
    return max(1, int(limit.most * part))


def _waits(limit: Limit, used: Used, outgoing: Outgoing, now: datetime) -> TryLater:
    """Until the oldest that counts does so no more."""
    free = (used.oldest or now) + limit.within + timedelta(minutes=1) - now
    after = min(max(free, _SHORTEST), LONGEST)
    words = f"This account has sent {used.messages} of {limit.most} messages within {_hours(limit)} hours."
    if outgoing.bulk:
        words = (
            f"This account has sent {used.messages} of {limit.most} messages within {_hours(limit)} hours; what is left"
            " is kept for answers."
        )
    return TryLater(after=after.total_seconds(), reason=words, whole_account=not (outgoing.bulk or outgoing.automated))


async def sign(house: House, connected: Connected) -> Sign | None:
    """How much of the longest limit is used, for the health page. Raises `Away`."""
    limits = of(connected)
    if not limits:
        return None
    longest = max(limits, key=lambda one: one.within)
    async with house.db.hall() as tx:
        (used,) = await store_limits.used(tx, connected.account.id, [longest.within], house.now())
    words = f"{used.messages} of {longest.most} messages within {_hours(longest)} hours were sent."
    return Sign(name="Sending limit", words=words, level="warn" if used.messages >= longest.most * BULK else "good")


def _hours(limit: Limit) -> str:
    return f"{limit.within / timedelta(hours=1):.2g}"
