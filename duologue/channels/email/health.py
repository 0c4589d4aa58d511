"""How the sign-in stands, told while there is still time to sign in again."""

from datetime import UTC, datetime, timedelta

from duologue.channels.contract import Account, Sign
from duologue.channels.email import access
from duologue.channels.email.access import SignInAgain
from duologue.channels.email.settings import Settings

_NAME = "Sign-in"
_TOLD_BEFORE = timedelta(days=3)


async def health(account: Account) -> list[Sign]:
    """Nothing for an account with a password. Raises `Blocked`, `NoAnswer`."""
    if not account.settings.by_sign_in:
        return []
    try:
        settings = await access.ready(account)
    except SignInAgain as ended:
        return [Sign(name=_NAME, words=str(ended), level="bad")]
    return [standing(settings, account.clock())]


def standing(settings: Settings, now: datetime) -> Sign:
    """Good, or that it ends soon, where the provider says when."""
    ends = settings.signed_in.refresh_until if settings.signed_in else now.timestamp()
    if ends is None:
        return Sign(name=_NAME, words="Signed in at the provider; the key is renewed by itself.")
    until = datetime.fromtimestamp(ends, UTC)
    if until <= now:
        return Sign(name=_NAME, words="The sign-in at the provider has ended: sign in again.", level="bad", until=until)
    if until - now <= _TOLD_BEFORE:
        words = "The sign-in at the provider ends soon: sign in again before."
        return Sign(name=_NAME, words=words, level="warn", until=until)
    return Sign(name=_NAME, words="Signed in at the provider; the key is renewed by itself.", until=until)


def signed_in(settings: Settings) -> str:
    """For the connect page; empty where nobody has signed in."""
    if settings.signed_in is None:
        return ""
    since = datetime.fromtimestamp(settings.signed_in.since, UTC)
    return f"Signed in for {settings.own} since {since:%Y-%m-%d}."
