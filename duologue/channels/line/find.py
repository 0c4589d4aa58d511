"""May a message whose fate is unknown be sent again? LINE has no history, but knows retry keys for a day."""

from datetime import timedelta

from duologue.channels.contract import Account, Found, Outgoing

KEYS_LAST = timedelta(hours=23)  # LINE keeps them for 24
TOKENS_LAST = timedelta(minutes=3)  # officially one; clocks differ


async def find(account: Account, out: Outgoing) -> Found:
    """Certain only where it can have gone by push alone: sent again under its key, it cannot arrive twice.

    Where a reply token may have been young at any attempt, nothing is certain: a reply has no key.
    """
    fresh = max(TOKENS_LAST, timedelta(seconds=2 * account.settings.reply_seconds))
    keyless = out.last_in_at is not None and out.queued_at - out.last_in_at < fresh
    known = timedelta(0) <= account.clock() - out.queued_at < KEYS_LAST
    return Found(id=None, certain=known and not keyless)
