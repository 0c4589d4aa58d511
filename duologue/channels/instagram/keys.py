"""The account's key: when it ends, and making it last. A key of an Instagram Login lasts 60 days."""

from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from duologue.channels.contract import Account, Sign
from duologue.channels.instagram.graph import graph, node
from duologue.channels.instagram.settings import Settings, by_page, ends
from duologue.channels.meta import keys
from duologue.channels.meta.graph import facts
from duologue.kernel.egress import Blocked, NoAnswer

LIFE = timedelta(days=60)
EARLY = timedelta(days=30)  # renewed when half its life is over, so that a month of trouble costs nothing
RENEW = "refresh_access_token"  # without a version in its address


async def refresh(account: Account) -> Struct | None:
    """Settings with a renewed key; None where it lasts, where it is a page's, or where it cannot be renewed now.

    The platform renews only keys that are a day old, and not those that have ended. A key of unknown age is renewed, so
    that its end is known.
    """
    settings: Settings = account.settings
    end = ends(settings)
    now = account.clock()
    if by_page(settings) or not settings.token or (end and not now < end <= now + EARLY):
        return None
    way = replace(graph(account), version="")
    try:
        answer = await way.get(RENEW, grant_type="ig_refresh_token", access_token=settings.token)
    except (Blocked, NoAnswer):
        return None
    fresh = facts(answer)
    key, until = fresh.get("access_token"), keys.after(fresh.get("expires_in"), now)
    if answer.status != 200 or not isinstance(key, str) or not key or until is None:
        return None
    return replace(settings, token=key, token_ends=until.isoformat(timespec="seconds"))


async def health(account: Account) -> list[Sign]:
    """When the key ends, and how much has been used. Raises `Blocked`, `NoAnswer`."""
    settings: Settings = account.settings
    way = graph(account)
    seen = await way.get(node(settings), fields="id")
    if seen.status != 200:
        return [keys.told(seen, account.clock())]
    if by_page(settings):
        return [keys.told(await keys.inspected(way, settings.app_id), account.clock()), *keys.used(seen)]
    end = ends(settings)
    unknown = Sign(name="Access token", words="It is accepted; when it ends is not known yet.")
    return [keys.token(end, account.clock()) if end else unknown, *keys.used(seen)]
