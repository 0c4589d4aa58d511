"""How an account is: signs of life in both directions, and what its platform complains about."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from duologue.accounts import store
from duologue.accounts.model import State
from duologue.accounts.templates import TOLD
from duologue.channels.contract import Branch, Sign
from duologue.kernel.acts import Act, record
from duologue.kernel.database import Transaction
from duologue.kernel.wake import Wake

_LONGEST = 500


async def mark_in(tx: Transaction, id: UUID, at: datetime) -> None:
    """Something came in."""
    await store.set_in(tx, id, at)


async def mark_out(tx: Transaction, id: UUID, at: datetime) -> None:
    """Something was taken by the platform."""
    await store.set_out(tx, id, at)


async def trouble(tx: Transaction, wake: Wake, id: UUID, reason: str, *, now: datetime) -> None:
    """The account has a problem that may pass; it goes on trying. Told once, not with every try."""
    if await store.set_trouble(tx, id, reason[:_LONGEST], now=now):
        await record(tx, Act(by=None, now=now, wake=wake), "channel.troubled", id, topic="channels")


async def told(tx: Transaction, wake: Wake, id: UUID, signs: Sequence[Sign], *, now: datetime) -> None:
    """What the platform says of the account: the newest word under each name stays."""
    if await store.keep_signs(tx, id, signs, now):
        tx.after_commit(lambda: wake.tell("channels"))
    if any(one.about == "template" for one in signs):
        tx.after_commit(lambda: wake.call(TOLD, str(id)))


async def branches(tx: Transaction, wake: Wake, id: UUID, news: Sequence[Branch]) -> None:
    """Where one may answer now: the newest word about each part of the account holds."""
    last = {one.name: one.open for one in sorted(news, key=lambda one: one.at)}
    opened = [name for name, may in last.items() if may]
    if await store.keep_branches(tx, id, opened, [name for name in last if name not in opened]):
        tx.after_commit(lambda: wake.tell("channels"))


async def broken(tx: Transaction, wake: Wake, id: UUID, reason: str, *, now: datetime) -> None:
    """The platform does not accept our keys: nothing is sent until an administrator connects it again."""
    await store.set_trouble(tx, id, reason[:_LONGEST], now=now)
    if await store.set_state(tx, id, State.BROKEN, was=State.ACTIVE):
        await record(tx, Act(by=None, now=now, wake=wake), "channel.broke", id, topic="channels")


async def well(tx: Transaction, wake: Wake, id: UUID, *, now: datetime) -> None:
    """It works, as a test or a message has shown: trouble is over, and a broken account is switched on again."""
    better = await store.set_trouble(tx, id, None, now=now)
    mended = await store.set_state(tx, id, State.ACTIVE, was=State.BROKEN)
    if better or mended:
        await record(tx, Act(by=None, now=now, wake=wake), "channel.mended", id, topic="channels")
