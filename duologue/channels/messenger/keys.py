"""How the page's key is, and how much has been used."""

from duologue.channels.contract import Account, Sign
from duologue.channels.messenger.graph import graph
from duologue.channels.meta import keys


async def health(account: Account) -> list[Sign]:
    """When the key ends, and the share of calls used. Raises `Blocked`, `NoAnswer`."""
    way = graph(account)
    seen = await way.get("me", fields="id")
    if seen.status != 200:
        return [keys.told(seen, account.clock())]
    return [keys.told(await keys.inspected(way, account.settings.app_id), account.clock()), *keys.used(seen)]
