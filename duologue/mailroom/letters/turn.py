"""A letter leaves as any mail of the carrying account does: at its pace, within its provider's limits, and not while it
is held. It takes its turn behind answers that people write, as what programs send there.
"""

import asyncio
import contextlib

import structlog

from duologue.accounts.connected import Accounts, Connected
from duologue.channels.contract import Outcome, Outgoing, Refusal, Refused, TryLater, Unknown
from duologue.conversations.model import Lane
from duologue.kernel import crash
from duologue.kernel.database import Away
from duologue.kernel.house import House
from duologue.mailroom import limits, store_limits, store_outbox
from duologue.mailroom.deliver import RESERVES, SECONDS
from duologue.mailroom.store_outbox import Pace

log = structlog.get_logger()


class Waits(Exception):
    """The account sends nothing more now. It is not a try of the letter."""

    def __init__(self, after: float, reason: str) -> None:
        super().__init__(reason)
        self.after = after


async def may_leave(house: House, through: Connected) -> bool:
    """Whether the account may send one more now; it is counted as sent. Raises `Away`."""
    abilities = through.channel.abilities
    pace = Pace(through.kind, abilities.sends_per_second, abilities.burst)
    async with house.db.hall() as tx:
        store_outbox.open_paces(tx)
        return await store_limits.spend(tx, through.account.id, pace, reserve=RESERVES[Lane.AUTOMATED])


async def called(house: House, accounts: Accounts, through: Connected, outgoing: Outgoing) -> Outcome:
    """One try, with what its outcome means for the whole account. Raises `Waits` where it was not made."""
    room = await _room(house, through, outgoing)
    outcome = await _call(through, outgoing)
    crash.point("letters.sent")
    with contextlib.suppress(Away):  # one too many is counted until tomorrow; the next mail learns the rest again
        if room and isinstance(outcome, TryLater | Refused):
            await limits.give_back(house, through, room)
        if isinstance(outcome, TryLater) and outcome.whole_account:
            async with house.db.hall() as tx:
                await store_outbox.hold_account(tx, through.account.id, outcome.after)
        if isinstance(outcome, Refused) and outcome.why is Refusal.AUTH:
            await accounts.broken(through.workspace_id, through.account.id, outcome.reason)
    if isinstance(outcome, Refused) and outcome.why is Refusal.AUTH:
        raise Waits(0, outcome.reason)  # until the account is connected again
    return outcome


async def _room(house: House, through: Connected, outgoing: Outgoing) -> limits.Room | None:
    try:
        room = await limits.take(house, through, outgoing)
    except Away:
        raise Waits(0, "The database was away.") from None
    if isinstance(room, TryLater):
        raise Waits(room.after, room.reason)
    return room


async def _call(through: Connected, outgoing: Outgoing) -> Outcome:
    """Whatever goes wrong on the way is an outcome too, and never "not sent" by guess."""
    try:
        async with asyncio.timeout(SECONDS):
            return await through.channel.send(through.account, outgoing)
    except TimeoutError:
        return Unknown(reason=f"The mail server gave no answer within {SECONDS} seconds.")
    except Exception as error:
        log.error("letters.failed", channel=through.kind, error=type(error).__name__)
        return Unknown(reason="Something went wrong while it was being sent.")
